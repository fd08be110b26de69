import { setTimeout as sleep } from 'node:timers/promises';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

const MAX_ATTEMPTS = 3;
const TIMEOUT_MS = 5000;
/**
 * The longest pause between two attempts, in seconds. If the service requires a longer pause, the
 * handler fails, and Lambda retries the asynchronous invocation after 1 and 2 minutes.
 */
const MAX_PAUSE_SECONDS = 15;

const secrets = new SecretsManagerClient();

/**
 * The error for a notification that was not delivered. The error message does not contain the URL, because
 * the URL is a secret.
 */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError';
}

/** Reads the secret for each notification, so that a new value works at once. Notifications are rare. */
export async function readSecret(SecretId: string | undefined): Promise<string> {
  const { SecretString = '' } = await secrets.send(new GetSecretValueCommand({ SecretId }));
  const secret = SecretString.trim();
  if (secret === '') throw new DeliveryError(`The secret ${SecretId} is empty.`);
  return secret;
}

export interface ChatRequest {
  /** For error messages. */
  readonly service: string;
  /** Contains `secret`. */
  readonly url: URL;
  readonly secret: string;
  readonly body: object;
  /** @default 5000 */
  readonly timeoutMs?: number;
}

/**
 * Posts JSON, with up to three attempts. After HTTP 429, the function waits for the time that the service
 * states, and tries again. After any other failure, or if the stated time is longer than 15 seconds, the
 * function throws an error, and Lambda retries the invocation twice.
 * @throws DeliveryError
 */
export async function post(request: ChatRequest): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const response = await attemptPost(request);
    if (response.ok) return;
    const reply = ((await response.json().catch(() => null)) ?? {}) as ErrorReply;
    const pauseSeconds = Number(
      reply.parameters?.retry_after ?? reply.retry_after ?? response.headers.get('retry-after') ?? 1,
    );
    if (response.status !== 429 || attempt === MAX_ATTEMPTS || !(pauseSeconds <= MAX_PAUSE_SECONDS))
      throw new DeliveryError(describeRejection(request, response.status, reply));
    await sleep(pauseSeconds * 1000);
  }
}

/** Telegram returns `description` and `parameters`; Discord returns `message` and `retry_after` (seconds). */
interface ErrorReply {
  readonly description?: string;
  readonly message?: string;
  readonly retry_after?: number;
  readonly parameters?: { readonly retry_after?: number };
}

async function attemptPost({ service, url, body, timeoutMs = TIMEOUT_MS }: ChatRequest): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    return await fetch(url, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
      redirect: 'error',
      signal,
    });
  } catch (error) {
    // The new error has no cause, because the original error may contain the URL. The code of the original
    // error contains no URL.
    const { code = 'the connection failed' } = ((error as Error).cause ?? {}) as { readonly code?: string };
    throw new DeliveryError(
      signal.aborted
        ? `${service} did not answer within ${timeoutMs} ms.`
        : `${service} could not be reached: ${code}.`,
    );
  }
}

function describeRejection({ service, secret }: ChatRequest, status: number, reply: ErrorReply): string {
  const reason = String(reply.description ?? reply.message ?? 'no reason given').replaceAll(secret, '***');
  return `${service} rejected the message with HTTP ${status}: ${reason.slice(0, 200)}`;
}

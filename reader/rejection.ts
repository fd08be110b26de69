import { DEAD_TOKEN_CODES, kisErrorCode, kiwoomErrorCode } from '../lambdas/brokers/codes.ts';

/** The replies with which the brokers reject a token. Sources: docs/brokers.md. */
export type BrokerName = 'kis' | 'kiwoom';

/** The maximum size of a response body that is checked for a rejection, in bytes. */
const MAX_LENGTH = 4096;

/**
 * Whether the broker rejected the token: the reply contains a code for a dead token, or is HTTP 401 (Kiwoom)
 * without a code. Reads at most 4 KB of a copy; the body of the response stays unread.
 */
export async function isTokenRejection(response: Response, broker?: BrokerName): Promise<boolean> {
  const { status, headers } = response;
  const isUnauthorized = status === 401 && broker !== 'kis';
  const type = headers.get('content-type') ?? '';
  // KIS never rejects a token with HTTP 2xx.
  const mayRejectToken = /json/i.test(type) && (status >= 400 || broker !== 'kis');
  if (!mayRejectToken) return isUnauthorized && !/html/i.test(type);
  if (Number(headers.get('content-length') ?? 0) > MAX_LENGTH) return false;
  const reply = parse(await readShortBody(response.clone()));
  const isKis = broker !== 'kiwoom' && isDead('kis', kisErrorCode(reply));
  const kiwoomCode = kiwoomErrorCode(reply);
  const isKiwoom = broker !== 'kis' && isDead('kiwoom', kiwoomCode);
  return isKis || isKiwoom || (isUnauthorized && kiwoomCode === undefined);
}

/** Whether a KIS reply has the code of a dead token: invalid, not found or expired. */
export function isKisRejection(text: string): boolean {
  return isDead('kis', kisErrorCode(parse(text)));
}

/**
 * Whether a Kiwoom reply or WebSocket message contains the code of a dead token, in any form. 8010 is not
 * such a code: the token is live, but this machine uses a different IP address than the refresher.
 */
export function isKiwoomRejection(text: string): boolean {
  return isDead('kiwoom', kiwoomErrorCode(parse(text)));
}

function isDead(broker: BrokerName, code: string | undefined): boolean {
  const codes: readonly (string | undefined)[] = DEAD_TOKEN_CODES[broker];
  return codes.includes(code);
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null ? (json as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
}

/** A body of up to `MAX_LENGTH` bytes; an empty text if it is longer or cannot be read. */
async function readShortBody(copy: Response): Promise<string> {
  const decoder = new TextDecoder();
  const reader = copy.body?.getReader();
  let text = '';
  try {
    for (let size = 0; size <= MAX_LENGTH; ) {
      const chunk = await reader?.read();
      if (chunk === undefined || chunk.done) return text + decoder.decode();
      size += chunk.value.length;
      text += decoder.decode(chunk.value, { stream: true });
    }
    // The result is not awaited, because the copy ends only with the original body.
    reader?.cancel().catch(() => {});
  } catch {
    // The error is ignored, because the caller gets the same error from the response itself.
  }
  return '';
}

import { InvokeCommand } from '@aws-sdk/client-lambda';
import { BROKERS_BY_ID } from '../../../lambdas/brokers/endpoints.ts';
import { type Deployment, pollUntil, type WaitOptions } from '../../deploy/deployment.ts';
import type { TestBrokers } from '../brokers.ts';
import type { Platform } from '../platform.ts';
import {
  APP_SECRET,
  type ConsumerAnswer,
  type ConsumerRequest,
  CREDENTIALS,
  type CredentialId,
  type Run,
} from '../settings.ts';

/** The data that all steps share: the deployed stacks, and the brokers that every function uses. */
export interface Scenario {
  readonly run: Run;
  readonly platform: Platform;
  readonly stack: Deployment;
  readonly brokers: TestBrokers;
  readonly signal: AbortSignal;
  readonly startedAt: number;
  /** The alarm notifications that were received until now. */
  readonly notifications: Record<string, unknown>[];
}

/**
 * Calls the broker as the refresher does to verify a token.
 * @throws Error if the broker does not accept the token
 */
export async function expectAccepted({ brokers }: Scenario, id: CredentialId, token: string): Promise<void> {
  expectThat((await verdict(brokers, id, token)) === 'alive', `the broker accepts the token of ${id}`);
}

/** @throws Error if the broker accepts the token */
export async function expectRejected({ brokers }: Scenario, id: CredentialId, token: string): Promise<void> {
  expectThat((await verdict(brokers, id, token)) === 'dead', `the broker rejects the token of ${id}`);
}

async function verdict(brokers: TestBrokers, id: CredentialId, token: string) {
  const { broker, appkey } = CREDENTIALS[id];
  const { verifyRequest, readVerifyReply } = BROKERS_BY_ID[broker];
  const call = verifyRequest({ appkey, secret: APP_SECRET }, token);
  const reply = await brokers.handle({ ...call, body: call.body ?? '', remoteAddress: '127.0.0.1' });
  return readVerifyReply(reply, []).verdict;
}

/** Repeats a call until the call returns a value, for at most `minutes`. */
export function waitFor<T>(
  { signal }: Scenario,
  what: string,
  ask: () => Promise<T | undefined>,
  { minutes = 3, ...options }: WaitOptions & { readonly minutes?: number } = {},
): Promise<T> {
  return pollUntil(what, ask, { maxTries: minutes * 60, signal, ...options });
}

/** Sends a request to the consumer in the second stack. */
export async function invokeConsumer({ stack }: Scenario, request: ConsumerRequest): Promise<ConsumerAnswer> {
  const { Payload, FunctionError } = await stack.lambda.send(
    new InvokeCommand({ FunctionName: stack.output('ConsumerName'), Payload: JSON.stringify(request) }),
  );
  const answer = JSON.parse(Buffer.from(Payload ?? []).toString()) as ConsumerAnswer & {
    readonly errorMessage?: string;
  };
  return FunctionError === undefined ? answer : { result: FunctionError, message: answer.errorMessage ?? '' };
}

/** @throws Error that names the expected result */
export function expectThat(condition: boolean, expected: string, actual?: unknown): void {
  if (condition) return;
  const got = actual === undefined ? '' : `; got ${JSON.stringify(actual)}`;
  throw new Error(`expected that ${expected}${got}`);
}

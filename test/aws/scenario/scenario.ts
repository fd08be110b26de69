import { InvokeCommand } from '@aws-sdk/client-lambda';
import { BROKERS_BY_ID } from '../../../lambdas/brokers/endpoints.ts';
import type { AsyncRequestFunction } from '../../../simulator/http.ts';
import { type Deployment, pollUntil } from '../../deploy/deployment.ts';
import type { Invalidations } from '../brokers/invalidations.ts';
import type { Platform } from '../platform.ts';
import {
  APP_SECRET,
  type ConsumerAnswer,
  type ConsumerRequest,
  CREDENTIALS,
  type CredentialId,
  type Run,
} from '../settings.ts';

/** One step of the scenario, and the guarantee that the step proves. */
export interface Step {
  /** The proven fact, as a complete sentence. */
  readonly guarantee: string;
  /** Set if only a run in an AWS account proves the guarantee. */
  readonly requiresAccount?: true;
  /** @returns details for the report @throws Error if the guarantee is broken */
  run(scenario: Scenario): Promise<string | undefined>;
}

/** The data that all steps share: the deployed stacks, and the brokers that every function uses. */
export interface Scenario {
  readonly run: Run;
  readonly platform: Platform;
  readonly stack: Deployment;
  readonly brokers: AsyncRequestFunction;
  readonly invalidations: Invalidations;
  readonly signal: AbortSignal;
  readonly startedAt: number;
}

/** Calls the broker as the refresher does to verify a token. @returns whether the broker accepts the token */
export async function brokerAccepts(scenario: Scenario, id: CredentialId, token: string): Promise<boolean> {
  const { broker, appkey } = CREDENTIALS[id];
  const { verifyRequest, readVerifyReply } = BROKERS_BY_ID[broker];
  const call = verifyRequest({ appkey, secret: APP_SECRET }, token);
  const reply = await scenario.brokers({ ...call, body: call.body ?? '', remoteAddress: '127.0.0.1' });
  return readVerifyReply(reply, []).verdict === 'alive';
}

/** Repeats a call until the call returns a value, for at most `minutes`. */
export function waitFor<T>(
  { signal }: Scenario,
  what: string,
  ask: () => Promise<T | undefined>,
  { minutes = 3, describe }: { readonly minutes?: number; readonly describe?: () => Promise<unknown> } = {},
): Promise<T> {
  return pollUntil(what, ask, describe, { maxTries: minutes * 60, signal });
}

type DecisionLine = Readonly<Record<string, unknown>>;

/** Returns the decisions that the refresher logged about one credential, oldest first. */
export async function decisions(
  { stack }: Scenario,
  credential: CredentialId,
): Promise<readonly DecisionLine[]> {
  return (await stack.log()).filter(
    (line) => line['message'] === 'decision' && line['credential'] === credential,
  );
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
  if (!condition)
    throw new Error(
      `expected that ${expected}${actual === undefined ? '' : `; got ${JSON.stringify(actual)}`}`,
    );
}

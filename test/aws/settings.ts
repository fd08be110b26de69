import { randomBytes } from 'node:crypto';

/**
 * The names of one run of `npm run test:aws`. All contain its id, so that a later run can delete the
 * resources.
 */
export interface Run {
  readonly id: string;
  /** The name of the stack, which is also the prefix of the names of its queues, alarms and schedules. */
  readonly stack: string;
  readonly consumerStack: string;
  readonly parameterPrefix: string;
  /** The prefix of the names of the secrets that the test creates. */
  readonly secretPrefix: string;
  /** The path of the parameters with the invalidations of the test brokers. */
  readonly invalidations: string;
}

/** The tag of every resource that a run creates; its value is the id of the run. */
export const RUN_TAG = 'broker-token-refresher:test-run';

const RUN_ID = /^[a-z0-9]{6}$/;

export function newRunId(): string {
  return randomBytes(3).toString('hex');
}

/** @throws RangeError */
export function runOf(id: string): Run {
  if (!RUN_ID.test(id)) throw new RangeError(`a run has an id such as "3fa09c", got ${JSON.stringify(id)}`);
  return {
    id,
    stack: `BrokerTokensTest-${id}`,
    consumerStack: `BrokerTokensTest-${id}-consumer`,
    parameterPrefix: `/broker-tokens-test-${id}`,
    secretPrefix: `broker-tokens-test-${id}/`,
    invalidations: `/broker-tokens-test-${id}-brokers`,
  };
}

/** The environment variables of the test's functions. */
export const TEST_ENVIRONMENT = {
  signingKey: 'TEST_SIGNING_KEY',
  invalidations: 'TEST_INVALIDATIONS',
} as const;

/** The credentials of the test. */
export const CREDENTIALS = {
  /** The stack imports its secret by name. */
  kis: { broker: 'kis', appkey: 'PSFAKEtestAwsKis'.padEnd(36, '0') },
  /** A consumer in the second stack uses it. */
  kiwoom: { broker: 'kiwoom', appkey: 'FAKEtestAwsKiwoom'.padEnd(43, '0') },
  /** The stack creates its secret without a value. */
  created: { broker: 'kis', appkey: 'PSFAKEtestAwsCreated'.padEnd(36, '0') },
  /** Its secret contains a wrong app secret at first. */
  rejected: { broker: 'kiwoom', appkey: 'FAKEtestAwsRejected'.padEnd(43, '0') },
} as const;
export type CredentialId = keyof typeof CREDENTIALS;

export const APP_SECRET = 'FAKE-test-aws-secret';

/** The content of a secret. @param secret the app secret */
export function secretValue(credential: CredentialId, secret: string = APP_SECRET): object {
  const { broker, appkey } = CREDENTIALS[credential];
  return broker === 'kis' ? { appkey, appsecret: secret } : { appkey, secretkey: secret };
}

export function secretName(run: Run, credential: CredentialId): string {
  return `${run.secretPrefix}${credential}`;
}

/** A request to the consumer's function: a stock price, or one call on a resource. */
export type ConsumerRequest =
  | { readonly do: 'trade' }
  | {
      readonly do: 'read' | 'read-encrypted' | 'history' | 'write' | 'decrypt' | 'send' | 'publish';
      readonly on: string;
    };

export interface ConsumerAnswer {
  /** The result: `traded`, `rejected`, `allowed`, or the name of an error. */
  readonly result: string;
  readonly message?: string;
  readonly generation?: number | undefined;
}

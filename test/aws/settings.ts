import { randomBytes } from 'node:crypto';

/**
 * The resource names of one run of `npm run test:aws`. Each name contains the run id, so that a later run can
 * delete the resources.
 */
export type Run = ReturnType<typeof runOf>;

/** The tag of every resource that a run creates; its value is the id of the run. */
export const RUN_TAG = 'broker-token-refresher:test-run';

const RUN_ID_PATTERN = /^[a-z0-9]{6}$/;

/**
 * @param id the id of an earlier run; by default, the function creates a new id
 * @throws RangeError
 */
export function runOf(id: string = randomBytes(3).toString('hex')) {
  if (!RUN_ID_PATTERN.test(id))
    throw new RangeError(`a run has an id such as "3fa09c", got ${JSON.stringify(id)}`);
  return {
    id,
    /** The name of the stack, which is also the prefix of the names of its queues, alarms and schedules. */
    stack: `BrokerTokensTest-${id}`,
    consumerStack: `BrokerTokensTest-${id}-consumer`,
    parameterPrefix: `/broker-tokens-test-${id}`,
    /** The prefix of the names of the secrets that the test creates. */
    secretPrefix: `broker-tokens-test-${id}/`,
    /** The path of the parameters in which the test brokers store which tokens are invalid. */
    invalidations: `/broker-tokens-test-${id}-brokers`,
  };
}

/** The environment variable that contains `Run.invalidations`, a parameter path. */
export const INVALIDATIONS_VARIABLE = 'TEST_INVALIDATIONS';

/** The credentials of the test. */
export const CREDENTIALS = {
  /** The credential whose secret the stack imports by name. */
  kis: { broker: 'kis', appkey: 'PSFAKEtestAwsKis'.padEnd(36, '0') },
  /** The credential of the consumer in the second stack. */
  kiwoom: { broker: 'kiwoom', appkey: 'FAKEtestAwsKiwoom'.padEnd(43, '0') },
  /** The credential whose secret the stack creates without a value. */
  created: { broker: 'kis', appkey: 'PSFAKEtestAwsCreated'.padEnd(36, '0') },
  /** The credential whose secret contains a wrong app secret at first. */
  rejected: { broker: 'kiwoom', appkey: 'FAKEtestAwsRejected'.padEnd(43, '0') },
} as const;
export type CredentialId = keyof typeof CREDENTIALS;
export const CREDENTIAL_IDS = Object.keys(CREDENTIALS) as CredentialId[];

export const APP_SECRET = 'FAKE-test-aws-secret';

/** The content of a secret. @param secret the app secret */
export function secretValue(credential: CredentialId, secret: string = APP_SECRET): object {
  const { broker, appkey } = CREDENTIALS[credential];
  return broker === 'kis' ? { appkey, appsecret: secret } : { appkey, secretkey: secret };
}

export function secretName(run: Run, credential: CredentialId): string {
  return `${run.secretPrefix}${credential}`;
}

/**
 * A request to the consumer's function: to get a stock price, or to make one AWS call on the resource `on`.
 */
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

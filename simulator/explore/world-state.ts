import type { AppKey } from '../../lambdas/brokers/broker.ts';
import type { BrokerId, CredentialConfig, Market } from '../../lambdas/shared/credential.ts';
import type { ParsedState } from '../../lambdas/store/state-codec.ts';
import { FUNCTION_TIMEOUT_BEYOND_INTERVAL } from '../../lib/config/limits.ts';
import { type BrokerRecords, emptyRecords } from '../brokers/ledger.ts';
import { KIS_DEFAULTS, KIWOOM_DEFAULTS } from '../brokers/options.ts';

/** The simulated brokers and AWS resources of one credential, as plain objects that `copyState` can copy. */
export interface WorldState {
  /** The time of brokers and AWS, in epoch milliseconds. */
  now: number;
  /** The difference between `now` and the clock of the Lambda function, in milliseconds. */
  clockBehind: number;
  config: CredentialConfig;
  tokenKeyArn: string;
  /** The records and options of each simulated broker. The keys have the form `<broker> <market>`. */
  readonly brokers: Record<string, { book: BrokerRecords; options: object; changed?: true }>;
  /** The token parameter. The property `values` contains the value of each parameter version. */
  token: { version: number; readonly values: Record<number, { value: string; keyArn: string }> } | undefined;
  /** The state parameter. */
  state: ParsedState | undefined;
  /** The secrets by ARN. The property `values` contains the value of each version of a secret. */
  readonly secrets: Record<string, { current: string; readonly values: Record<string, string> }>;
  messages: number;
  /** Whether the broker rejected the app key of the last issue call, or sent a malformed reply. */
  lastIssueFailed: boolean;
}

export const SECRET_ARN = 'arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:fake-AbCdEf';
export const TOKEN_KEY_ARN =
  'arn:aws:kms:ap-northeast-2:123456789012:key/00000000-fake-fake-fake-000000000000';

export interface WorldOptions {
  readonly broker: BrokerId;
  readonly market?: Market;
  readonly now: number;
  readonly config?: Partial<CredentialConfig>;
  readonly options?: object;
}

export function fakeAppKey(broker: BrokerId, serial = 0): AppKey {
  const appkey = `FAKE-${broker}-key-${serial}`;
  return { appkey, secret: `FAKE-${broker}-secret-${serial}` };
}

export function createWorld({ broker, market = 'paper', now, config, ...world }: WorldOptions): WorldState {
  const book = emptyRecords([fakeAppKey(broker)]);
  const options = { ...(broker === 'kis' ? KIS_DEFAULTS : KIWOOM_DEFAULTS), ...world.options };
  return {
    now,
    clockBehind: 0,
    config: {
      version: 1,
      id: 'main',
      broker,
      market,
      secretArn: SECRET_ARN,
      renewBeforeSeconds: 3 * 3600,
      checkEverySeconds: 300,
      sessions: [],
      maxIssuesPerDay: broker === 'kis' ? 8 : 24,
      ...(broker === 'kiwoom' && { renewEarly: 'revoke' }),
      ...config,
    },
    tokenKeyArn: TOKEN_KEY_ARN,
    brokers: { [`${broker} ${market}`]: { book, options } },
    token: undefined,
    state: undefined,
    secrets: { [SECRET_ARN]: { current: 'v1', values: { v1: secretText(broker, fakeAppKey(broker)) } } },
    messages: 0,
    lastIssueFailed: false,
  };
}

/** Returns the timeout of an invocation, in milliseconds. Lambda allows at most 15 minutes. */
export function invocationTimeout(config: Pick<CredentialConfig, 'checkEverySeconds'>): number {
  return Math.min(config.checkEverySeconds + FUNCTION_TIMEOUT_BEYOND_INTERVAL, 900) * 1000;
}

/** Returns an independent copy, which shares only immutable values with the original. */
export function copyState(state: WorldState): WorldState {
  const { brokers, token, secrets } = state;
  return {
    ...state,
    brokers: mapValues(brokers, ({ book, ...rest }) => ({ ...rest, book: copyRecords(book) })),
    token: token && { ...token, values: { ...token.values } },
    secrets: mapValues(secrets, ({ current, values }) => ({ current, values: { ...values } })),
  };
}

function copyRecords(records: BrokerRecords): BrokerRecords {
  return {
    ...records,
    tokens: { ...records.tokens },
    newestTokens: { ...records.newestTokens },
    lastCallTimes: { ...records.lastCallTimes },
    reuseWindowStarts: { ...records.reuseWindowStarts },
    calls: [...records.calls],
  };
}

function mapValues<T>(entries: Readonly<Record<string, T>>, copy: (value: T) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(entries).map(([name, value]) => [name, copy(value)]));
}

export function secretText(broker: BrokerId, { appkey, secret }: AppKey): string {
  return JSON.stringify(broker === 'kis' ? { appkey, appsecret: secret } : { appkey, secretkey: secret });
}

import type { AppKey } from '../../lambdas/brokers/broker.ts';
import type { BrokerId, CredentialConfig } from '../../lambdas/shared/credential.ts';
import type { InboxMessage } from '../../lambdas/shared/message.ts';
import type { Outcome, PortCall } from './call-faults.ts';
import type { ExploredWorld } from './explored-world.ts';
import { fakeAppKey, SECRET_ARN, secretText } from './world-state.ts';

const MINUTE = 60_000;
/** The values of the simulator options with which a simulated broker behaves as documented. */
const DOCUMENTED_OPTIONS = {
  reuseDead: 'never',
  ignoreRevoke: false,
  refuseData: null,
  replacement: 'none',
  newTokenKillsOld: false,
  newTokenDelaySeconds: 0,
};

type Request = InboxMessage extends infer Each
  ? Each extends InboxMessage
    ? Omit<Each, 'credential'>
    : never
  : never;

/** A kind of message that the exploration delivers to the refresher. */
export interface MessageVariant {
  readonly name: string;
  readonly message: (world: ExploredWorld) => Request | undefined;
  /** If true, the next tick follows this message immediately, and not after the check interval. */
  readonly tickFollowsImmediately?: true;
}

/** The messages that the exploration delivers. The first message is the regular tick. */
export const MESSAGES: readonly MessageVariant[] = [
  { name: 'a tick', message: () => ({ cause: 'schedule' }) },
  { name: 'a duplicate tick', message: () => ({ cause: 'schedule' }), tickFollowsImmediately: true },
  { name: 'a message that the credentials changed', message: () => ({ cause: 'credentials-changed' }) },
  { name: 'a forced refresh', message: () => ({ cause: 'forced' }) },
  {
    name: 'a report that the token was rejected',
    message: ({ published: { generation } }) =>
      generation > 0 ? { cause: 'rejected', generation } : undefined,
  },
  {
    name: 'a report that the previous token was rejected',
    message: ({ published: { generation } }) =>
      generation > 1 ? { cause: 'rejected', generation: generation - 1 } : undefined,
  },
  { name: 'a requested revocation', message: () => ({ cause: 'revoke' }) },
  { name: 'a requested revocation with a pause', message: () => ({ cause: 'revoke', reissue: false }) },
];

/**
 * Applies a change of the simulated AWS resources, brokers or clock between two messages. @returns whether
 * the change is possible and has an effect
 */
type ApplyChange = (world: ExploredWorld) => boolean;

/** Changes of the broker's behavior. An explored sequence contains at most one of these changes. */
const BEHAVIOR_CHANGES: readonly (readonly [name: string, broker: BrokerId | 'any', options: object])[] = [
  ['the broker starts to return dead tokens', 'any', { reuseDead: 'always' }],
  ['the broker starts to ignore revocations', 'any', { ignoreRevoke: true }],
  ['the broker starts to return no verdict', 'any', { refuseData: '1700' }],
  ['the broker starts to issue dead tokens', 'any', { replacement: 'dead' }],
  ['the broker starts to invalidate old tokens', 'kis', { newTokenKillsOld: true }],
  ['the broker starts to invalidate old tokens', 'kiwoom', { reissue: 'supersede' }],
  ['the broker starts to return the same token', 'kis', { reuseWindowSeconds: 86_400 }],
  ['the broker starts to return the same token', 'kiwoom', { reissue: 'same-token' }],
  ['the broker starts to follow its documentation', 'any', DOCUMENTED_OPTIONS],
];

/** Returns a change of the broker's behavior. */
function changeBehavior(broker: BrokerId | 'any', options: object): ApplyChange {
  return ({ state }) => {
    if (broker !== 'any' && broker !== state.config.broker) return false;
    if (Object.values(state.brokers).some((each) => 'changed' in each)) return false;
    for (const each of Object.values(state.brokers)) {
      const before = JSON.stringify(each.options);
      Object.assign(each, { options: { ...each.options, ...options }, changed: true });
      if (JSON.stringify(each.options) === before) return false;
    }
    return true;
  };
}

export const WORLD_CHANGES: readonly (readonly [name: string, apply: ApplyChange])[] = [
  ...BEHAVIOR_CHANGES.map(([name, ...change]) => [name, changeBehavior(...change)] as const),
  [
    'a tick is lost',
    ({ state }) => {
      state.now += state.config.checkEverySeconds * 1000;
      return true;
    },
  ],
  [
    'the broker invalidates the token',
    (world) => {
      const { token } = world;
      if (token === undefined || !world.broker().isAlive(token)) return false;
      world.broker().kill(token);
      return true;
    },
  ],
  [
    'the broker invalidates all tokens of the app key',
    (world) => {
      const liveTokens = world.broker().tokens.filter(({ token }) => world.broker().isAlive(token));
      for (const { appkey } of liveTokens) world.broker().killAll(appkey);
      return liveTokens.length > 1;
    },
  ],
  [
    'the token parameter is deleted',
    ({ state }) => {
      const parameterExisted = state.token !== undefined;
      state.token = undefined;
      return parameterExisted;
    },
  ],
  [
    'the token parameter is overwritten',
    ({ state }) => {
      const { token, tokenKeyArn } = state;
      if (token === undefined) return false;
      const version = token.version + 1;
      const values = { ...token.values, [version]: { value: 'FAKE-overwritten', keyArn: tokenKeyArn } };
      state.token = { version, values };
      return true;
    },
  ],
  [
    'the KMS key of the stack is replaced',
    ({ state }) => {
      state.tokenKeyArn = `${state.tokenKeyArn}2`;
      return state.tokenKeyArn.length < 100;
    },
  ],
  ['a wrong key is stored in the secret', (world) => storeSecret(world, 'wrong')],
  ['a placeholder is stored in the secret', (world) => storeSecret(world, 'placeholder')],
  ['a different valid key is stored in the secret', (world) => storeSecret(world, 'different')],
  ['the same key is stored in the secret again', (world) => storeSecret(world, 'same')],
  [
    'the first version of the secret is made current again',
    ({ state }) => {
      const secret = state.secrets[state.config.secretArn];
      const [first] = Object.keys(secret?.values ?? {});
      if (secret === undefined || first === undefined || secret.current === first) return false;
      secret.current = first;
      return true;
    },
  ],
  [
    'the credential is moved to the other market',
    (world) => {
      const { broker, market } = world.state.config;
      return moveToNewSecret(world, { market: market === 'live' ? 'paper' : 'live' }, fakeAppKey(broker, 5));
    },
  ],
  [
    'the credential is moved to the other broker',
    (world) => {
      const broker = world.state.config.broker === 'kis' ? 'kiwoom' : 'kis';
      return moveToNewSecret(world, { broker, renewEarly: 'wait' }, fakeAppKey(broker, 5));
    },
  ],
  [
    'the credential is moved to a different secret with the same key',
    (world) => moveToNewSecret(world, {}, fakeAppKey(world.state.config.broker)),
  ],
  [
    'the clock of the function is set back by ten minutes',
    ({ state }) => {
      state.clockBehind += 10 * MINUTE;
      return state.clockBehind <= 20 * MINUTE;
    },
  ],
];

/**
 * Changes the config and stores `key` in a new secret, at most once in an explored sequence.
 * @returns whether the config and the secret were changed
 */
function moveToNewSecret({ state }: ExploredWorld, to: Partial<CredentialConfig>, key: AppKey): boolean {
  if (state.config.secretArn !== SECRET_ARN) return false;
  const secretArn = `${SECRET_ARN}-2`;
  state.config = { ...state.config, ...to, secretArn };
  state.secrets[secretArn] = { current: 'w1', values: { w1: secretText(state.config.broker, key) } };
  return true;
}

/** Stores a new version of the current secret. @returns whether the version has an effect */
function storeSecret(world: ExploredWorld, kind: 'wrong' | 'placeholder' | 'different' | 'same'): boolean {
  const { config, secrets } = world.state;
  const secret = secrets[config.secretArn];
  if (secret === undefined) return false;
  const { broker: id } = config;
  const current = secret.values[secret.current] ?? '';
  const next = `${secret.current[0]}${Object.keys(secret.values).length + 1}`;
  if (kind === 'different') {
    const key = fakeAppKey(id, 1);
    const { book } = world.broker();
    if (!book.keys.some(({ appkey }) => appkey === key.appkey)) book.keys = [...book.keys, key];
    secret.values[next] = secretText(id, key);
  } else if (kind === 'wrong') secret.values[next] = secretText(id, fakeAppKey(id, 9));
  else if (kind === 'placeholder') secret.values[next] = '{"appkey":"<your key>"}';
  else secret.values[next] = current;
  const changes = secret.values[next] !== current || kind === 'same';
  secret.current = next;
  return changes && Object.keys(secret.values).length <= 4;
}

/** The simulated faults of each call. If several faults have the same effect, the list contains only one. */
export const FAULTS_BY_CALL: Readonly<Record<PortCall, readonly Outcome[]>> = {
  // A failed read of config and state has the same effect as a lost tick, which `WORLD_CHANGES` contains.
  read: ['crash'],
  readToken: ['failed', 'denied'],
  readSecret: ['failed', 'denied'],
  checkSecret: ['failed'],
  // A crash before a call has the same effect as a crash after the previous call.
  writeState: ['failed', 'failed-after', 'denied', 'crash-after'],
  writeToken: ['failed', 'failed-after', 'denied', 'crash-after'],
  // `unavailable` (HTTP 5xx) is missing, because it has the same effect as `unsent` (connection failed).
  issue: ['unsent', 'lost', 'lost-after', 'throttled', 'rejected', 'malformed', 'crash-after'],
  revoke: ['unsent', 'lost', 'lost-after', 'throttled', 'rejected', 'crash-after'],
  verify: ['unsent', 'unclear'],
};

/** The faults that last until the invocation ends, because a retry would hide a single failure. */
export const LASTING_FAULTS: ReadonlySet<Outcome> = new Set(['failed', 'denied', 'throttled']);

export const FAULT_NAMES: Readonly<Record<Outcome, string>> = {
  ok: 'succeeds',
  error: 'fails once',
  failed: 'fails until the invocation ends',
  'failed-after': 'takes effect, but its reply is lost',
  denied: 'is denied',
  unsent: 'is not sent',
  lost: 'is lost before the broker executes it',
  'lost-after': 'is executed, but its reply is lost',
  throttled: 'is throttled',
  rejected: 'is rejected because of the key',
  unavailable: 'returns HTTP 503',
  malformed: 'receives a malformed reply',
  unclear: 'returns no verdict',
  crash: 'does not run because the function is killed before it',
  'crash-after': 'is the last call before the function is killed',
};

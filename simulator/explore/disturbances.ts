import type { AppKey } from '../../lambdas/brokers/broker.ts';
import type { BrokerId, CredentialConfig } from '../../lambdas/shared/credential.ts';
import type { InboxMessage } from '../../lambdas/shared/message.ts';
import {
  type ExploredWorld,
  keyOf,
  type Outcome,
  type PortCall,
  SECRET_ARN,
  secretText,
} from './explored-world.ts';

const MINUTE = 60_000;
/** What each option is by default, as far as behaviors change it. */
const DOCUMENTED = {
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

/** A message that a tick may be replaced by. */
export interface Message {
  readonly name: string;
  readonly message: (world: ExploredWorld) => Request | undefined;
  /** The next tick follows at once instead of after the check interval. */
  readonly extra?: true;
}

/** `tick` is the quiet one; the others are disturbances. */
export const MESSAGES: readonly Message[] = [
  { name: 'a tick', message: () => ({ cause: 'schedule' }) },
  { name: 'a duplicate tick', message: () => ({ cause: 'schedule' }), extra: true },
  { name: 'a message that the credentials changed', message: () => ({ cause: 'credentials-changed' }) },
  { name: 'a forced refresh', message: () => ({ cause: 'forced' }) },
  {
    name: 'a report that the token was refused',
    message: ({ published: { generation } }) =>
      generation > 0 ? { cause: 'rejected', generation } : undefined,
  },
  {
    name: 'a report that the token before was refused',
    message: ({ published: { generation } }) =>
      generation > 1 ? { cause: 'rejected', generation: generation - 1 } : undefined,
  },
  { name: 'a requested revocation', message: () => ({ cause: 'revoke' }) },
  { name: 'a requested revocation with a pause', message: () => ({ cause: 'revoke', reissue: false }) },
];

/** A change of the world between two messages; undefined if it would change nothing. */
export interface Change {
  readonly name: string;
  readonly apply: (world: ExploredWorld) => boolean;
}

/** One change of behavior in a history: the broker starts to do what it did not do before. */
const BEHAVIOR_CHANGES: readonly (readonly [name: string, broker: BrokerId | 'any', options: object])[] = [
  ['the broker starts to return dead tokens', 'any', { reuseDead: 'always' }],
  ['the broker starts to ignore revocations', 'any', { ignoreRevoke: true }],
  ['the broker starts to give no verdict', 'any', { refuseData: '1700' }],
  ['the broker starts to return another dead token', 'any', { replacement: 'dead' }],
  ['the broker starts to end old tokens', 'kis', { newTokenKillsOld: true }],
  ['the broker starts to end old tokens', 'kiwoom', { reissue: 'supersede' }],
  ['the broker starts to return the same token', 'kis', { reuseWindowSeconds: 86_400 }],
  ['the broker starts to return the same token', 'kiwoom', { reissue: 'same-token' }],
  ['the broker becomes as it is documented', 'any', DOCUMENTED],
];

export const CHANGES: readonly Change[] = [
  ...BEHAVIOR_CHANGES.map(
    ([name, broker, options]): Change => ({
      name,
      apply: ({ state }) => {
        if (broker !== 'any' && broker !== state.config.broker) return false;
        if (Object.values(state.brokers).some((each) => 'changed' in each)) return false;
        for (const each of Object.values(state.brokers)) {
          const before = JSON.stringify(each.options);
          Object.assign(each, { options: { ...each.options, ...options }, changed: true });
          if (JSON.stringify(each.options) === before) return false;
        }
        return true;
      },
    }),
  ),
  {
    name: 'a tick is lost',
    apply: ({ state }) => {
      state.now += state.config.checkEverySeconds * 1000;
      return true;
    },
  },
  {
    name: 'the broker ends the token',
    apply: (world) => {
      const { token } = world;
      if (token === undefined || !world.broker().isAlive(token)) return false;
      world.broker().kill(token);
      return true;
    },
  },
  {
    name: 'the broker ends all tokens of the key',
    apply: (world) => {
      const alive = world.broker().tokens.filter(({ token }) => world.broker().isAlive(token));
      for (const { appkey } of alive) world.broker().killAll(appkey);
      return alive.length > 1;
    },
  },
  {
    name: 'the token parameter is deleted',
    apply: ({ state }) => {
      const existed = state.token !== undefined;
      state.token = undefined;
      return existed;
    },
  },
  {
    name: 'the token parameter is overwritten',
    apply: ({ state }) => {
      const { token, tokenKeyArn } = state;
      if (token === undefined) return false;
      const version = token.version + 1;
      const values = { ...token.values, [version]: { value: 'FAKE-overwritten', keyArn: tokenKeyArn } };
      state.token = { version, values };
      return true;
    },
  },
  {
    name: 'the stack gets another KMS key',
    apply: ({ state }) => {
      state.tokenKeyArn = `${state.tokenKeyArn}2`;
      return state.tokenKeyArn.length < 100;
    },
  },
  { name: 'a bad key is stored', apply: (world) => storeSecret(world, 'bad') },
  { name: 'a text that is no key is stored', apply: (world) => storeSecret(world, 'broken') },
  { name: 'another good key is stored', apply: (world) => storeSecret(world, 'good') },
  { name: 'the same key is stored again', apply: (world) => storeSecret(world, 'same') },
  {
    name: 'the first version of the secret is made current again',
    apply: ({ state }) => {
      const secret = state.secrets[state.config.secretArn];
      const [first] = Object.keys(secret?.values ?? {});
      if (secret === undefined || first === undefined || secret.current === first) return false;
      secret.current = first;
      return true;
    },
  },
  {
    name: 'the id is pointed to the other market',
    apply: (world) => {
      const { broker, market } = world.state.config;
      return repoint(world, { market: market === 'live' ? 'paper' : 'live' }, keyOf(broker, 5));
    },
  },
  {
    name: 'the id is pointed to the other broker',
    apply: (world) => {
      const broker = world.state.config.broker === 'kis' ? 'kiwoom' : 'kis';
      return repoint(world, { broker, renewEarly: 'wait' }, keyOf(broker, 5));
    },
  },
  {
    name: 'the id is pointed to another secret with the same key',
    apply: (world) => repoint(world, {}, keyOf(world.state.config.broker)),
  },
  {
    name: "the function's clock is turned back by ten minutes",
    apply: ({ state }) => {
      state.clockBehind += 10 * MINUTE;
      return state.clockBehind <= 20 * MINUTE;
    },
  },
];

/** Points the id elsewhere, at most once in a history. */
function repoint({ state }: ExploredWorld, to: Partial<CredentialConfig>, key: AppKey): boolean {
  if (state.config.secretArn !== SECRET_ARN) return false;
  const secretArn = `${SECRET_ARN}-2`;
  state.config = { ...state.config, ...to, secretArn };
  state.secrets[secretArn] = { current: 'w1', values: { w1: secretText(state.config.broker, key) } };
  return true;
}

/** Stores a new version of the secret. */
function storeSecret(world: ExploredWorld, kind: 'bad' | 'broken' | 'good' | 'same'): boolean {
  const { config, secrets } = world.state;
  const secret = secrets[config.secretArn];
  if (secret === undefined) return false;
  const { broker: id } = config;
  const current = secret.values[secret.current] ?? '';
  const next = `${secret.current[0]}${Object.keys(secret.values).length + 1}`;
  if (kind === 'good') {
    const key = keyOf(id, 1);
    const { book } = world.broker();
    if (!book.keys.some(({ appkey }) => appkey === key.appkey)) book.keys = [...book.keys, key];
    secret.values[next] = secretText(id, key);
  } else if (kind === 'bad') secret.values[next] = secretText(id, keyOf(id, 9));
  else if (kind === 'broken') secret.values[next] = '{"appkey":"<your key>"}';
  else secret.values[next] = current;
  const changes = secret.values[next] !== current || kind === 'same';
  secret.current = next;
  return changes && Object.keys(secret.values).length <= 4;
}

/** What may happen to each call of a port, beside `ok`. Outcomes that cannot differ are merged. */
export const FAULTS: Readonly<Record<PortCall, readonly Outcome[]>> = {
  // The message comes again after the visibility timeout. A read that fails drops the tick: a lost tick.
  read: ['crash'],
  readToken: ['failed', 'denied'],
  readSecret: ['failed', 'denied'],
  checkSecret: ['failed'],
  // A crash before a call is the crash after the one before it.
  writeState: ['failed', 'failed-after', 'denied', 'crash-after'],
  writeToken: ['failed', 'failed-after', 'denied', 'crash-after'],
  // `unavailable` (5xx, HTML) does what `unsent` (DNS, connect, TLS) does: the broker did not act.
  issue: ['unsent', 'lost', 'lost-after', 'throttled', 'rejected', 'malformed', 'crash-after'],
  revoke: ['unsent', 'lost', 'lost-after', 'throttled', 'rejected', 'crash-after'],
  verify: ['unsent', 'unclear'],
};

/** Faults that last for the rest of the invocation: a single one would be repaired by the next try. */
export const LASTING: ReadonlySet<Outcome> = new Set(['failed', 'denied', 'throttled']);

export const FAULT_NAMES: Readonly<Record<Outcome, string>> = {
  ok: 'succeeds',
  error: 'fails once',
  failed: 'fails until the invocation ends',
  'failed-after': 'takes effect and its answer is lost',
  denied: 'is denied',
  unsent: 'is not sent',
  lost: 'is lost before the broker acts',
  'lost-after': 'is executed and its answer is lost',
  throttled: 'is throttled',
  rejected: 'is refused because of the key',
  unavailable: 'is answered with HTTP 503',
  malformed: 'is answered with an unusable text',
  unclear: 'is answered without a verdict',
  crash: 'never happens, because the function is killed',
  'crash-after': 'is the last one before the function is killed',
};

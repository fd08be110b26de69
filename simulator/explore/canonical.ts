import { createHash } from 'node:crypto';
import { fingerprint } from '../../lambdas/shared/fingerprint.ts';
import type { State } from '../../lambdas/shared/state.ts';
import type { ExploredWorld, WorldState } from './world.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const FAR = 45 * MINUTE;
/** More calls than one history makes: a budget that has so many left is as good as a full one. */
const ENOUGH_CALLS = 7;

/** Fields of the refresher's state that the hash leaves out, and why no later step depends on them. */
export const NOT_HASHED: Readonly<Record<string, string>> = {
  generation: 'a report is always of the current generation, or of an earlier one',
  lastRequest: 'only a second delivery of the same message depends on it, and ids are never reused',
  tokenType: 'every token has the same',
};

/** How long after it an instant still changes a decision; a longer past is like none. Milliseconds. */
const MATTERS_FOR: Readonly<Record<string, number>> = {
  lastCallAt: 30 * MINUTE,
  verifiedAt: MINUTE,
  retryAt: 0,
  lastCalls: MINUTE,
};

/**
 * A key that is equal for worlds which behave alike: tokens renamed, instants relative to now in
 * seconds, no message ids, no generation, at most three failures.
 * @param leaveOut a field of the state that the key must not depend on, to prove that it is needed
 */
export function canonical(world: ExploredWorld, leaveOut?: string): string {
  const { state } = world;
  const { published } = world.published;
  const newest = Object.values(state.brokers).flatMap(({ book }) => Object.values(book.newest));
  const names = new Map<string, string>();
  for (const [index, token] of [...new Set([...newest, world.token ?? ''])].entries()) {
    names.set(token, `token ${index}`);
    names.set(fingerprint(token), `print ${index}`);
  }
  const parts = [
    state.state === undefined ? 'no state' : refresherFacts(world.published, state, leaveOut),
    state.token && [
      state.token.version === published?.tokenVersion,
      world.token,
      tokenKeyOf(world) === state.tokenKeyArn,
    ],
    published?.issuedFor.tokenKeyArn === state.tokenKeyArn,
    Object.entries(state.brokers).map(([name, { book, options }]) => [
      name,
      options,
      book.keys.length,
      book.newest,
      Object.values(book.tokens)
        .filter(({ token }) => names.has(token))
        .map(({ token, appkey, issuedAt, expiresAt, diedAt, death }) => [
          token,
          appkey,
          { issuedAt, expiresAt },
          diedAt !== undefined,
          death,
        ]),
      Object.values(book.lastCalls).map((at) => past('lastCalls', at, state.now)),
      Object.values(book.windows).map((issuedAt) => ({ issuedAt })),
    ]),
    state.config.market,
    state.clockBehind,
    secretFacts(world),
  ];
  const text = JSON.stringify(parts, (key, value: unknown) => relative(key, value, state.now, names));
  return createHash('sha1').update(text).digest('base64');
}

function tokenKeyOf({ state }: ExploredWorld): string | undefined {
  return state.token?.values[state.token.version]?.keyArn;
}

/** What the secret holds, and whether it is the version that the state names. */
function secretFacts({ state, published: { published, refused } }: ExploredWorld): object {
  return Object.values(state.secrets).map(({ current, values }) => [
    values[current],
    current === published?.issuedFor.secretVersion,
    current === refused?.secretVersion,
    // Only the first version can be made current again.
    values['v1'] === values[current],
    Object.keys(values).length,
  ]);
}

function refresherFacts(state: State, { now, config }: WorldState, leaveOut: string | undefined): object {
  const budget = config.maxIssuesPerDay;
  const { attempt, published, pending, refused, issues, ...rest } = state;
  const { issuedFor, tokenVersion: _, ...token } = published ?? {};
  const facts = {
    ...rest,
    ...token,
    issuedFor: issuedFor && [issuedFor.broker, issuedFor.market, issuedFor.appKey],
    issues: Math.max(0, issues.length - budget + ENOUGH_CALLS),
    lastCallAt: past('lastCallAt', state.lastCallAt, now),
    verifiedAt: past('verifiedAt', state.verifiedAt, now),
    pending: pending && [
      pending.forced !== undefined,
      pending.credentialsChanged !== undefined,
      pending.revoke && [pending.revoke.fingerprint, pending.revoke.reissue],
    ],
    refused: refused && { times: Math.min(refused.times, 3), retryAt: past('retryAt', refused.retryAt, now) },
    attempt: attempt && {
      kind: attempt.kind,
      outcome: attempt.outcome,
      failures: Math.min(attempt.failures, 3),
      retryAt: past('retryAt', attempt.retryAt, now),
    },
  };
  return Object.fromEntries(
    Object.entries(facts).filter(([name]) => name !== leaveOut && NOT_HASHED[name] === undefined),
  );
}

/** Seconds; minutes for an instant that the few ticks of a history and its ending do not reach. */
function rounded(distance: number): number {
  const unit = Math.abs(distance) > FAR ? MINUTE : SECOND;
  return (Math.round(distance / unit) * unit) / SECOND;
}

/** An instant, unless it is so long past that it changes nothing. */
function past(name: string, at: number | undefined, now: number): number | undefined {
  if (at === undefined || now - at > (MATTERS_FOR[name] ?? 0)) return undefined;
  return Math.round((at - now) / SECOND);
}

const INSTANTS: ReadonlySet<string> = new Set(['issuedAt', 'expiresAt', 'renewAt', 'revokedAt']);

function relative(key: string, value: unknown, now: number, names: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'number' && INSTANTS.has(key)) return rounded(value - now);
  return typeof value === 'string' ? (names.get(value) ?? value) : value;
}

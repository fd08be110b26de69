import { hash } from 'node:crypto';
import { isFromFuture } from '../../lambdas/decision/health.ts';
import type { BrokerId } from '../../lambdas/shared/credential.ts';
import { fingerprint } from '../../lambdas/shared/fingerprint.ts';
import type { Attempt, State } from '../../lambdas/shared/state.ts';
import type { KisOptions } from '../brokers/kis.ts';
import type { ExploredWorld, WorldState } from './explored-world.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** A budget that has so many calls left is as good as a full one; a behavior has the smallest budget. */
const ENOUGH_CALLS = 7;

/** Fields of the refresher's state that the hash leaves out, and why no later step depends on them. */
export const NOT_HASHED: Readonly<Record<string, string>> = {
  generation: 'a report names the current generation or the one before it',
  lastRequest: 'a message is delivered a second time at once, or never',
  tokenType: 'every token has the same',
};

/**
 * A key that is equal for worlds that behave alike. Tokens are renamed. Instants are relative to now and
 * rounded (`ahead`, `since`). Message ids and the generation are left out, failures are counted up to
 * three, and outcomes that no decision distinguishes are one.
 * @param leaveOut a field of the state that the key must not depend on, to prove that it is needed
 */
export function canonical(world: ExploredWorld, leaveOut?: string): string {
  const { state } = world;
  const names = namesOf(world);
  const { published } = world.published;
  const parts = [
    state.state === undefined ? 0 : refresherFacts(world, names, leaveOut),
    state.token && [
      state.token.version === published?.tokenVersion,
      names.get(world.token ?? '') ?? world.token,
      state.token.values[state.token.version]?.keyArn === state.tokenKeyArn,
    ],
    published?.issuedFor.tokenKeyArn === state.tokenKeyArn,
    published?.issuedFor.secretArn === state.config.secretArn,
    Object.entries(state.brokers).map(([name, broker]) => [name, brokerFacts(broker, state.now, names)]),
    state.config.broker,
    state.config.market,
    state.config.secretArn,
    state.clockBehind / MINUTE,
    state.troubled,
    secretFacts(world),
  ];
  return hash('sha1', JSON.stringify(parts), 'base64');
}

/** The tokens that a later step can meet, named by the order in which the books list them. */
function namesOf(world: ExploredWorld): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const add = (token: string): void => {
    if (names.has(token)) return;
    const index = names.size / 2;
    names.set(token, `t${index}`);
    names.set(fingerprintOf(token), `f${index}`);
  };
  for (const { book } of Object.values(world.state.brokers))
    for (const token of Object.values(book.newest)) add(token);
  if (world.token !== undefined) add(world.token);
  return names;
}

const fingerprints = new Map<string, string>();

function fingerprintOf(token: string): string {
  const known = fingerprints.get(token) ?? fingerprint(token);
  fingerprints.set(token, known);
  return known;
}

function brokerFacts(
  { book, options, changed }: WorldState['brokers'][string],
  now: number,
  names: ReadonlyMap<string, string>,
): object {
  const { newTokenDelaySeconds = 0, reuseWindowSeconds = 6 * 3600 } = options as Partial<KisOptions>;
  const known = Object.values(book.tokens).filter(({ token }) => names.has(token));
  return [
    options,
    changed,
    book.keys.length,
    Object.entries(book.newest).map(([appkey, token]) => [appkey, names.get(token)]),
    known.map(({ token, appkey, issuedAt, expiresAt, diedAt, death }) => [
      names.get(token),
      appkey,
      ahead(issuedAt + newTokenDelaySeconds * SECOND, now),
      ahead(expiresAt, now),
      diedAt && 1,
      death,
    ]),
    Object.entries(book.lastCalls).flatMap(([call, at]) => (now - at <= MINUTE ? [call, now - at] : [])),
    Object.values(book.windows).map((at) => ahead(at + reuseWindowSeconds * SECOND, now)),
    // A revocation that the broker ignored explains a credential that is paused while its token lives.
    book.calls.some(({ outcome }) => outcome === 'ignored'),
  ];
}

/** What the secret holds, and whether it is the version that the state names. */
function secretFacts({ state, clock, published: { published, refused } }: ExploredWorld): object {
  const interval = state.config.checkEverySeconds * SECOND;
  // The first two ticks of an hour compare the versions.
  const tick = Math.floor((clock.now() % HOUR) / interval);
  return Object.values(state.secrets).map(({ current, values }) => [
    current !== published?.issuedFor.secretVersion && tick < 2 && tick,
    values[current],
    current === published?.issuedFor.secretVersion,
    current === refused?.secretVersion,
    // The version that issued the token is read again to revoke it; the first one can be made current again.
    values[published?.issuedFor.secretVersion ?? ''] === values[current],
    Object.values(values)[0] === values[current],
  ]);
}

/** What the function knows, by its own clock. */
function refresherFacts(
  world: ExploredWorld,
  names: ReadonlyMap<string, string>,
  leaveOut: string | undefined,
): object {
  const state = world.published;
  const { config } = world.state;
  const now = world.clock.now();
  const { published, pending, refused } = state;
  const interval = config.broker === 'kis' ? 61 * SECOND : 2 * SECOND;
  const counted = state.issues.filter((at) => at > now - 24 * HOUR).length;
  const facts: Record<string, unknown> = {
    ...(published && publishedFacts(published, config.broker, now, names)),
    revokeUseless: state.revokeUseless,
    paused: state.paused,
    interrupted: state.interrupted,
    calledWith: state.calledWith,
    issues: Math.max(0, counted - config.maxIssuesPerDay + ENOUGH_CALLS),
    lastCallAt: since(
      state.lastCallAt,
      now,
      isAskedAgain(state) || counted >= config.maxIssuesPerDay ? HOUR : interval,
    ),
    verifiedAt: since(state.verifiedAt, now, MINUTE),
    pending: pending && [
      pending.forced && 1,
      pending.credentialsChanged && 1,
      pending.revoke && [named(pending.revoke.fingerprint, names), pending.revoke.reissue],
    ],
    refused: refused && [Math.min(refused.times, 3), ahead(refused.retryAt, now)],
    attempt: state.attempt && attemptFacts(state.attempt, now),
  };
  if (leaveOut !== undefined) delete facts[leaveOut];
  return facts;
}

/**
 * Whether the time of the next issue call depends on the last call: the same token was returned, a revocation was
 * sent, or the broker did not answer.
 */
function isAskedAgain({ published, attempt }: State): boolean {
  const { returnedAgain = 0, revocations = 0 } = published ?? {};
  return returnedAgain > 0 || revocations > 0 || attempt?.outcome === 'unavailable';
}

function publishedFacts(
  published: NonNullable<State['published']>,
  broker: BrokerId,
  now: number,
  names: ReadonlyMap<string, string>,
): object {
  const { issuedFor } = published;
  return {
    fingerprint: named(published.fingerprint, names),
    issuedAt: [
      isFromFuture(published.issuedAt, now),
      broker === 'kis' && ahead(published.issuedAt + 6 * HOUR, now),
    ],
    expiresAt: ahead(published.expiresAt, now),
    renewAt: ahead(published.renewAt, now),
    tokenVersion: published.tokenVersion !== undefined,
    health: published.health,
    issuedFor: [issuedFor.broker, issuedFor.market, issuedFor.appKey, issuedFor.keyPair],
    revokedAt: published.revokedAt !== undefined,
    returnedDead: published.returnedDead,
    revocations: published.revocations,
    returnedAgain: Math.min(published.returnedAgain ?? 0, 2),
  };
}

/** An old token that neither the books nor the parameter hold: which one it is makes no difference. */
function named(fingerprint: string | undefined, names: ReadonlyMap<string, string>): string | undefined {
  return fingerprint && (names.get(fingerprint) ?? 'another');
}

/** Maps outcomes and numbers of failures that no decision distinguishes to the same value. */
function attemptFacts({ at, kind, outcome, failures, retryAt }: Attempt, now: number): object {
  const outcomes: Partial<Record<Attempt['outcome'], string>> = {
    throttled: 'refused',
    rejected: 'refused',
    unconfigured: 'refused',
    malformed: 'unusable',
    unpublished: 'unusable',
  };
  const merged =
    kind === 'revoke' && outcome !== 'revoked' && outcome !== 'started' ? 'refused' : outcomes[outcome];
  return [
    kind,
    merged ?? outcome,
    Math.min(failures, countedFailures(kind, merged ?? outcome)),
    ahead(retryAt, now),
    isFromFuture(at, now),
  ];
}

/** Largest number of consecutive failures that a decision distinguishes. */
function countedFailures(kind: Attempt['kind'], outcome: string): number {
  if (kind === 'revoke' || outcome === 'unusable') return 3;
  return outcome === 'unchanged' ? 2 : 1;
}

/**
 * An instant that matters until it is reached, as the distance to it: in seconds if a tick and its sleeps
 * reach it, coarser the farther it is. What a history and its ending do not reach is equally far.
 */
function ahead(at: number | undefined, now: number): number | string | undefined {
  if (at === undefined || at <= now) return undefined;
  const distance = at - now;
  if (distance <= 10 * SECOND) return Math.round(distance / SECOND);
  if (distance <= 6 * MINUTE) return Math.round(distance / (10 * SECOND)) * 10;
  if (distance <= HOUR) return `${Math.floor(distance / (5 * MINUTE)) * 5} min`;
  return distance <= 7 * HOUR ? `${Math.floor(distance / HOUR)} h` : 'far';
}

/** A past instant that matters for a limited time; undefined after that time. */
function since(at: number | undefined, now: number, matters: number): number | string | undefined {
  if (at === undefined || now - at > matters) return undefined;
  if (isFromFuture(at, now)) return 'future';
  const distance = now - at;
  if (distance <= 61 * SECOND) return Math.round(distance / SECOND);
  const unit = distance <= 6 * MINUTE ? 10 * SECOND : 5 * MINUTE;
  return Math.round(distance / unit) * unit;
}

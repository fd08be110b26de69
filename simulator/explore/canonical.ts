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

/**
 * No history and its ending use more issue calls; if the budget allows that many, its exact rest does not
 * matter.
 */
const MAX_USED_CALLS = 7;

/**
 * A key that is equal for worlds (broker, AWS and refresher state) with the same behavior. In the key, tokens
 * are renamed, instants are relative to now and rounded, and outcomes that no decision distinguishes are
 * merged. The key omits `generation` (a report names the current or the previous one), `lastRequest` (only
 * the last message is redelivered) and `tokenType` (constant).
 * @param leaveOut a field of the state to leave out, for the proof that it is needed
 */
export function canonicalKey(world: ExploredWorld, leaveOut?: string): string {
  const { state } = world;
  const names = tokenNamesOf(world);
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
    state.issueFailed,
    secretFacts(world),
  ];
  return hash('sha1', JSON.stringify(parts), 'base64');
}

/** The names of the tokens that a later step can use, in the order of the brokers' records. */
function tokenNamesOf(world: ExploredWorld): ReadonlyMap<string, string> {
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
      roundedDistance(issuedAt + newTokenDelaySeconds * SECOND, now),
      roundedDistance(expiresAt, now),
      diedAt && 1,
      death,
    ]),
    Object.entries(book.lastCalls).flatMap(([call, at]) => (now - at <= MINUTE ? [call, now - at] : [])),
    Object.values(book.windows).map((at) => roundedDistance(at + reuseWindowSeconds * SECOND, now)),
    // After an ignored revocation, a credential may be paused while its token is live.
    book.calls.some(({ outcome }) => outcome === 'ignored'),
  ];
}

/** The content of each secret, and whether its version is the one in the state. */
function secretFacts({ state, clock, published: { published, refused } }: ExploredWorld): object {
  const interval = state.config.checkEverySeconds * SECOND;
  // The first two ticks of an hour compare the versions of the secret.
  const tick = Math.floor((clock.now() % HOUR) / interval);
  return Object.values(state.secrets).map(({ current, values }) => [
    current !== published?.issuedFor.secretVersion && tick < 2 && tick,
    values[current],
    current === published?.issuedFor.secretVersion,
    current === refused?.secretVersion,
    // A revocation reads the secret version that issued the token, and a disturbance can make the first
    // version current again.
    values[published?.issuedFor.secretVersion ?? ''] === values[current],
    Object.values(values)[0] === values[current],
  ]);
}

/** The refresher's state, with times of the function's clock. */
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
    issues: Math.max(0, counted - config.maxIssuesPerDay + MAX_USED_CALLS),
    lastCallAt: since(
      state.lastCallAt,
      now,
      determinesNextIssue(state) || counted >= config.maxIssuesPerDay ? HOUR : interval,
    ),
    verifiedAt: since(state.verifiedAt, now, MINUTE),
    pending: pending && [
      pending.forced && 1,
      pending.credentialsChanged && 1,
      pending.revoke && [tokenName(pending.revoke.fingerprint, names), pending.revoke.reissue],
    ],
    refused: refused && [Math.min(refused.times, 3), roundedDistance(refused.retryAt, now)],
    attempt: state.attempt && attemptFacts(state.attempt, now),
  };
  if (leaveOut !== undefined) delete facts[leaveOut];
  return facts;
}

/**
 * Whether the last call determines the time of the next issue call: the same token was returned, a revocation was
 * sent, or the broker did not reply.
 */
function determinesNextIssue({ published, attempt }: State): boolean {
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
    fingerprint: tokenName(published.fingerprint, names),
    issuedAt: [
      isFromFuture(published.issuedAt, now),
      broker === 'kis' && roundedDistance(published.issuedAt + 6 * HOUR, now),
    ],
    expiresAt: roundedDistance(published.expiresAt, now),
    renewAt: roundedDistance(published.renewAt, now),
    tokenVersion: published.tokenVersion !== undefined,
    health: published.health,
    issuedFor: [issuedFor.broker, issuedFor.market, issuedFor.appKey, issuedFor.keyPair],
    revokedAt: published.revokedAt !== undefined,
    returnedDead: published.returnedDead,
    revocations: published.revocations,
    returnedAgain: Math.min(published.returnedAgain ?? 0, 2),
  };
}

/** The name of a token. All tokens that neither a broker nor the parameter contains get the same name. */
function tokenName(fingerprint: string | undefined, names: ReadonlyMap<string, string>): string | undefined {
  return fingerprint && (names.get(fingerprint) ?? 'old');
}

/** Merges outcomes and numbers of failures that no decision distinguishes. */
function attemptFacts({ at, kind, outcome, failures, retryAt }: Attempt, now: number): object {
  const outcomes: Partial<Record<Attempt['outcome'], string>> = {
    throttled: 'rejected',
    rejected: 'rejected',
    unconfigured: 'rejected',
    malformed: 'unusable',
    unpublished: 'unusable',
  };
  const mergedOutcome =
    kind === 'revoke' && outcome !== 'revoked' && outcome !== 'started' ? 'rejected' : outcomes[outcome];
  return [
    kind,
    mergedOutcome ?? outcome,
    Math.min(failures, countedFailures(kind, mergedOutcome ?? outcome)),
    roundedDistance(retryAt, now),
    isFromFuture(at, now),
  ];
}

/** The largest number of consecutive failures that a decision distinguishes. */
function countedFailures(kind: Attempt['kind'], outcome: string): number {
  if (kind === 'revoke' || outcome === 'unusable') return 3;
  return outcome === 'unchanged' ? 2 : 1;
}

/**
 * The rounded time until an instant; undefined after it, because it then has no effect. The rounding grows
 * with the distance; instants that a history and its ending do not reach are "far".
 */
function roundedDistance(at: number | undefined, now: number): number | string | undefined {
  if (at === undefined || at <= now) return undefined;
  const distance = at - now;
  if (distance <= 10 * SECOND) return Math.round(distance / SECOND);
  if (distance <= 6 * MINUTE) return Math.round(distance / (10 * SECOND)) * 10;
  if (distance <= HOUR) return `${Math.floor(distance / (5 * MINUTE)) * 5} min`;
  return distance <= 7 * HOUR ? `${Math.floor(distance / HOUR)} h` : 'far';
}

/**
 * The rounded time since a past instant; undefined after `matters` milliseconds, because it then has no
 * effect.
 */
function since(at: number | undefined, now: number, matters: number): number | string | undefined {
  if (at === undefined || now - at > matters) return undefined;
  if (isFromFuture(at, now)) return 'future';
  const distance = now - at;
  if (distance <= 61 * SECOND) return Math.round(distance / SECOND);
  const roundingUnit = distance <= 6 * MINUTE ? 10 * SECOND : 5 * MINUTE;
  return Math.round(distance / roundingUnit) * roundingUnit;
}

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
 * The maximum number of issue calls in one explored sequence. All budgets with at least this number of
 * remaining calls have the same effect.
 */
const MAX_EXPLORED_ISSUE_CALLS = 7;

/**
 * Returns a key. In simulation states with the same key, the refresher makes the same decisions. The key
 * renames tokens, rounds the time to or since each instant, and merges outcomes with the same effect. The key
 * omits `generation`, `lastRequest` and `tokenType` of the state.
 * @param omittedField another field to omit, with which a test proves that the key requires this field
 */
export function canonicalKey(world: ExploredWorld, omittedField?: string): string {
  const { state } = world;
  const names = tokenNamesOf(world);
  const { published } = world.published;
  const parts = [
    state.state === undefined ? 0 : canonicalState(world, names, omittedField),
    state.token && [
      state.token.version === published?.tokenVersion,
      names.get(world.token ?? '') ?? world.token,
      state.token.values[state.token.version]?.keyArn === state.tokenKeyArn,
    ],
    published?.issuedFor.tokenKeyArn === state.tokenKeyArn,
    published?.issuedFor.secretArn === state.config.secretArn,
    Object.entries(state.brokers).map(([name, broker]) => [name, canonicalBroker(broker, state.now, names)]),
    state.config.broker,
    state.config.market,
    state.config.secretArn,
    state.clockBehind / MINUTE,
    state.lastIssueFailed,
    canonicalSecrets(world),
  ];
  return hash('sha1', JSON.stringify(parts), 'base64');
}

/** Assigns a name to each token that a later step can use, in the order of the brokers' records. */
function tokenNamesOf(world: ExploredWorld): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const add = (token: string): void => {
    if (names.has(token)) return;
    const index = names.size / 2;
    names.set(token, `t${index}`);
    names.set(fingerprintOf(token), `f${index}`);
  };
  for (const { book } of Object.values(world.state.brokers))
    for (const token of Object.values(book.newestTokens)) add(token);
  if (world.token !== undefined) add(world.token);
  return names;
}

const fingerprints = new Map<string, string>();

function fingerprintOf(token: string): string {
  const known = fingerprints.get(token) ?? fingerprint(token);
  fingerprints.set(token, known);
  return known;
}

function canonicalBroker(
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
    Object.entries(book.newestTokens).map(([appkey, token]) => [appkey, names.get(token)]),
    known.map(({ token, appkey, issuedAt, expiresAt, invalidatedAt, invalidationCause }) => [
      names.get(token),
      appkey,
      roundedTimeUntil(issuedAt + newTokenDelaySeconds * SECOND, now),
      roundedTimeUntil(expiresAt, now),
      invalidatedAt && 1,
      invalidationCause,
    ]),
    Object.entries(book.lastCallTimes).flatMap(([call, at]) => (now - at <= MINUTE ? [call, now - at] : [])),
    Object.values(book.reuseWindowStarts).map((at) =>
      roundedTimeUntil(at + reuseWindowSeconds * SECOND, now),
    ),
    // If the broker ignored a revocation, a paused credential can have a live token.
    book.calls.some(({ outcome }) => outcome === 'ignored'),
  ];
}

/** Returns the content of each secret, and whether the state names the secret's current version. */
function canonicalSecrets({ state, clock, published: { published, refused } }: ExploredWorld): object {
  const interval = state.config.checkEverySeconds * SECOND;
  // The refresher compares the versions of the secret only in the first two ticks of an hour.
  const tick = Math.floor((clock.now() % HOUR) / interval);
  return Object.values(state.secrets).map(({ current, values }) => [
    current !== published?.issuedFor.secretVersion && tick < 2 && tick,
    values[current],
    current === published?.issuedFor.secretVersion,
    current === refused?.secretVersion,
    // A revocation reads the secret version with which the token was issued. A simulated event can make the
    // first version current again.
    values[published?.issuedFor.secretVersion ?? ''] === values[current],
    Object.values(values)[0] === values[current],
  ]);
}

/** Returns the part of the key for the refresher's state. The times are relative to the Lambda clock. */
function canonicalState(
  world: ExploredWorld,
  names: ReadonlyMap<string, string>,
  omittedField: string | undefined,
): object {
  const state = world.published;
  const { config } = world.state;
  const now = world.clock.now();
  const { published, pending, refused } = state;
  const interval = config.broker === 'kis' ? 61 * SECOND : 2 * SECOND;
  const countedIssues = state.issues.filter((at) => at > now - 24 * HOUR).length;
  const fields: Record<string, unknown> = {
    ...(published && canonicalPublished(published, config.broker, now, names)),
    revokeUseless: state.revokeUseless,
    paused: state.paused,
    interrupted: state.interrupted,
    calledWith: state.calledWith,
    issues: Math.max(0, countedIssues - config.maxIssuesPerDay + MAX_EXPLORED_ISSUE_CALLS),
    lastCallAt: roundedTimeSince(
      state.lastCallAt,
      now,
      determinesNextIssue(state) || countedIssues >= config.maxIssuesPerDay ? HOUR : interval,
    ),
    verifiedAt: roundedTimeSince(state.verifiedAt, now, MINUTE),
    pending: pending && [
      pending.forced && 1,
      pending.credentialsChanged && 1,
      pending.revoke && [tokenName(pending.revoke.fingerprint, names), pending.revoke.reissue],
    ],
    refused: refused && [Math.min(refused.times, 3), roundedTimeUntil(refused.retryAt, now)],
    attempt: state.attempt && canonicalAttempt(state.attempt, now),
  };
  if (omittedField !== undefined) delete fields[omittedField];
  return fields;
}

/** Whether the time of the last broker call determines the time of the next issue call. */
function determinesNextIssue({ published, attempt }: State): boolean {
  const { returnedAgain = 0, revocations = 0 } = published ?? {};
  return returnedAgain > 0 || revocations > 0 || attempt?.outcome === 'unavailable';
}

function canonicalPublished(
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
      broker === 'kis' && roundedTimeUntil(published.issuedAt + 6 * HOUR, now),
    ],
    expiresAt: roundedTimeUntil(published.expiresAt, now),
    renewAt: roundedTimeUntil(published.renewAt, now),
    tokenVersion: published.tokenVersion !== undefined,
    health: published.health,
    issuedFor: [issuedFor.broker, issuedFor.market, issuedFor.appKey, issuedFor.keyPair],
    revokedAt: published.revokedAt !== undefined,
    returnedDead: published.returnedDead,
    revocations: published.revocations,
    returnedAgain: Math.min(published.returnedAgain ?? 0, 2),
  };
}

/** All tokens that no later step can use have the same name. */
function tokenName(fingerprint: string | undefined, names: ReadonlyMap<string, string>): string | undefined {
  return fingerprint && (names.get(fingerprint) ?? 'old');
}

/** The outcomes of issue calls that have the effect of another outcome. */
const MERGED_OUTCOMES: Partial<Record<Attempt['outcome'], string>> = {
  throttled: 'rejected',
  unconfigured: 'rejected',
  malformed: 'unusable',
  unpublished: 'unusable',
};

/** Returns the part of the key for an attempt, with merged outcomes and failure counts of the same effect. */
function canonicalAttempt({ at, kind, outcome, failures, retryAt }: Attempt, now: number): object {
  const isFailedRevocation = kind === 'revoke' && outcome !== 'revoked' && outcome !== 'started';
  const mergedOutcome = isFailedRevocation ? 'rejected' : (MERGED_OUTCOMES[outcome] ?? outcome);
  // Above this number of consecutive failures, a further failure changes no decision.
  let mostFailures = mergedOutcome === 'unchanged' ? 2 : 1;
  if (kind === 'revoke' || mergedOutcome === 'unusable') mostFailures = 3;
  return [
    kind,
    mergedOutcome,
    Math.min(failures, mostFailures),
    roundedTimeUntil(retryAt, now),
    isFromFuture(at, now),
  ];
}

/** Returns undefined for a past instant, and "far" for an instant later than any explored sequence. */
function roundedTimeUntil(at: number | undefined, now: number): number | string | undefined {
  if (at === undefined || at <= now) return undefined;
  const timeUntil = at - now;
  if (timeUntil <= 10 * SECOND) return Math.round(timeUntil / SECOND);
  if (timeUntil <= 6 * MINUTE) return Math.round(timeUntil / (10 * SECOND)) * 10;
  if (timeUntil <= HOUR) return `${Math.floor(timeUntil / (5 * MINUTE)) * 5} min`;
  return timeUntil <= 7 * HOUR ? `${Math.floor(timeUntil / HOUR)} h` : 'far';
}

/** Returns undefined for an instant without effect, which is more than `relevantTime` milliseconds ago. */
function roundedTimeSince(
  at: number | undefined,
  now: number,
  relevantTime: number,
): number | string | undefined {
  if (at === undefined || now - at > relevantTime) return undefined;
  if (isFromFuture(at, now)) return 'future';
  const elapsed = now - at;
  if (elapsed <= 61 * SECOND) return Math.round(elapsed / SECOND);
  const roundingUnit = elapsed <= 6 * MINUTE ? 10 * SECOND : 5 * MINUTE;
  return Math.round(elapsed / roundingUnit) * roundingUnit;
}

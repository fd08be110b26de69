import { createBrokerClient } from '../../lambdas/brokers/client.ts';
import type { RefreshResult } from '../../lambdas/refresher/ports.ts';
import { readAppKey } from '../../lambdas/store/secrets.ts';
import type { ExploredWorld } from './explored-world.ts';
import { isUnpredictable } from './safety.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** The description of a tick without a fault. */
export const QUIET_TICK = 'a quiet tick';
/** The number of ticks without a fault within which the refresher must publish a live token. */
export const QUIET_TICKS = 3;
/** The allowed number of issue calls that return the same token in six hours. */
const MAX_SAME_TOKEN_RETURNS = 12;
/** The maximum number of issue calls while the refresher handles one message. */
const MAX_CALLS_PER_DELIVERY = 3;
/** The maximum number of issue calls in one day for a live KIS key. */
const MAX_KIS_LIVE_CALLS_PER_DAY = 32;

/**
 * Runs ticks without faults after an explored sequence.
 * @param hasPassed returns whether ticks without faults from this simulation state already passed all checks
 * @returns the description of the first violated check
 */
export async function endingViolation(
  start: ExploredWorld,
  hasPassed: (world: ExploredWorld) => boolean = () => false,
): Promise<string | undefined> {
  const world = start.copy();
  const levels: number[] = [];
  const end = world.state.now + allowedDelay(world);
  for (let tick = 1; tick <= QUIET_TICKS || world.state.now < end; tick += 1) {
    const results = await runQuietTick(world);
    levels.push(results.at(-1)?.failureLevel ?? 0);
    if (!isSettled(world, levels.at(-1) ?? 0)) continue;
    if (hasPassed(world)) return undefined;
    if (tick >= QUIET_TICKS) break;
  }
  return finalViolation(start, world, levels);
}

async function finalViolation(
  start: ExploredWorld,
  world: ExploredWorld,
  levels: readonly number[],
): Promise<string | undefined> {
  const level = levels.at(-1) ?? 0;
  const { paused, pending } = world.published;
  if (paused && world.isTokenLive && !isRevocationIgnored(world))
    return 'the credential is paused and its token is live';
  if (paused || pending?.revoke?.reissue === false) return undefined;
  const callCountProblem = callCountViolation(start, world, levels.length);
  if (callCountProblem !== undefined) return callCountProblem;
  return world.isTokenLive
    ? levelViolation(world, levels, level)
    : deadTokenViolation(start, world, levels.length, level);
}

async function deadTokenViolation(
  start: ExploredWorld,
  world: ExploredWorld,
  ticks: number,
  level: number,
): Promise<string | undefined> {
  // If the broker never shows whether a token is live, the refresher keeps a reported token until its
  // renewal.
  if (world.broker().options.refuseData !== null) return undefined;
  const isTokenAvailable = await isLiveTokenAvailable(start.copy());
  if (isTokenAvailable && !isUnpredictable(start))
    return `no live token is published after ${ticks} quiet ticks`;
  return level === 0 && !isTokenAvailable
    ? 'no live token is available, and the failure level is 0'
    : undefined;
}

/** Checks the requested revocation and the failure level in a simulation that ends with a live token. */
function levelViolation(world: ExploredWorld, levels: readonly number[], level: number): string | undefined {
  if (isRevocationPending(world) && hasUsableKey(world))
    return `a requested revocation was not made in ${levels.length} quiet ticks`;
  if (oscillates(levels)) return `the failure level went ${levels.join(', ')}`;
  // A renewal that waits for its next attempt has the failure level 1.
  if (level === 1 && wasRenewalDue(world)) return undefined;
  return level !== 0 && isHealthy(world)
    ? `the failure level is ${level} although nothing is wrong`
    : undefined;
}

/** Checks the number of successful issue calls, because a broker can send a message for each call. */
function callCountViolation(start: ExploredWorld, world: ExploredWorld, ticks: number): string | undefined {
  const { config, now } = world.state;
  const calls = world.broker().calls.slice(start.broker().calls.length);
  const issued = calls.filter(({ outcome }) => outcome === 'issued' || outcome === 'reused');
  const sameTokenCalls = issued.filter(({ outcome }) => outcome === 'reused');
  const liveTokenCalls = sameTokenCalls.filter(({ token = '', at }) => world.broker().isAlive(token, at));
  // Without a live token, the refresher may send one issue call per check interval beyond its budget.
  const maxCalls = Math.max(config.maxIssuesPerDay, MAX_CALLS_PER_DELIVERY) + ticks;
  const isKisLive = config.broker === 'kis' && config.market === 'live';
  if (issued.length > (isKisLive ? Math.min(maxCalls, MAX_KIS_LIVE_CALLS_PER_DAY) : maxCalls))
    return `${issued.length} issue calls returned a token in ${ticks} quiet ticks`;
  if (sameTokenCalls.length > MAX_SAME_TOKEN_RETURNS)
    return `a token was returned ${sameTokenCalls.length} times in ${ticks} quiet ticks`;
  // The limit includes one call with which the refresher restores a deleted token parameter.
  const allowed = 2 + Math.floor((now - start.state.now) / (30 * MINUTE));
  return config.broker === 'kis' && liveTokenCalls.length > allowed
    ? `a live token was returned ${liveTokenCalls.length} times in ${ticks} quiet ticks`
    : undefined;
}

function isSettled(world: ExploredWorld, level: number): boolean {
  const isRenewing = level === 1 && wasRenewalDue(world);
  return world.isTokenLive && !isRevocationPending(world) && (level === 0 || isRenewing || !isHealthy(world));
}

/** Whether a requested revocation is pending and the broker executes revocations. */
function isRevocationPending(world: ExploredWorld): boolean {
  return world.published.pending?.revoke !== undefined && !world.broker().options.ignoreRevoke;
}

function oscillates(levels: readonly number[]): boolean {
  const changes = levels.filter((level, index) => level !== levels[index - 1]);
  return /2,(1,)*0,(1,)*2/.test(changes.join(','));
}

/** Runs one tick without faults. Then a consumer reports the token if the broker invalidated the token. */
export async function runQuietTick(world: ExploredWorld): Promise<RefreshResult[]> {
  world.chooseOutcome = () => 'ok';
  const next = world.state.now + world.state.config.checkEverySeconds * SECOND;
  const results = [await world.tick()];
  const { generation, paused } = world.published;
  const record = world.broker().tokens.find(({ token }) => token === world.token);
  // The consumer reports only a token that the broker invalidated. The refresher must detect a token that the
  // refresher itself revoked.
  if (record?.invalidationCause === 'killed' && generation > 0 && !paused) {
    world.state.now += SECOND;
    results.push(await world.deliver({ cause: 'rejected', generation }));
  }
  world.state.now = Math.max(world.state.now, next);
  return results;
}

/** Returns the allowed time until the next issue call according to the broker's records, in milliseconds. */
function allowedDelay(world: ExploredWorld): number {
  const { config } = world.state;
  const interval = config.broker === 'kis' ? MINUTE : 2 * SECOND;
  const last = world.broker().calls.findLast(({ kind }) => kind === 'issue');
  const ticks = QUIET_TICKS * config.checkEverySeconds * SECOND;
  const returnedDead = last?.outcome === 'reused' && !world.broker().isAlive(last.token ?? '', last.at);
  // If the broker returns a revoked token, the refresher calls the broker again after 15, 30 and 60 min.
  // After a rejected key or a malformed reply, the refresher waits for at most an hour.
  const isRevocationUseless = world.broker().options.ignoreRevoke || isRevocationIgnored(world);
  const waitsAnHour =
    world.state.lastIssueFailed || isRevocationUseless || isBudgetUsedUp(world) || isRevocationPending(world);
  const timeUntilWindowEnd = returnedDead ? 6 * HOUR + MINUTE : 0;
  const wait = waitsAnHour ? HOUR : timeUntilWindowEnd;
  // If the clock of the function was set back by a duration, the refresher acts later by the same duration.
  return interval + ticks + wait + world.state.clockBehind;
}

/**
 * Returns whether an issue call, or an issue call after a revoke call, returns a live token for the key in
 * the secret. The calls change `world`.
 */
async function isLiveTokenAvailable(world: ExploredWorld): Promise<boolean> {
  const { config, secrets } = world.state;
  const secret = secrets[config.secretArn];
  if (secret === undefined) return false;
  const client = createBrokerClient(config, async (request) => world.answer(config, request));
  const { published, pending } = world.published;
  try {
    const key = readAppKey(secret.values[secret.current], client.secretFields, config.secretArn, '');
    const issue = async () => {
      world.state.now += 5 * MINUTE;
      const { token, expiresAt } = await client.issue(key);
      return { token, isLive: world.broker().isAlive(token) && expiresAt > world.state.now };
    };
    // The refresher sends a requested revocation before the issue call.
    if (pending?.revoke && published) await client.revoke(key, world.token ?? '').catch(() => undefined);
    const { token, isLive } = await issue();
    if (isLive) return true;
    await client.revoke(key, token).catch(() => undefined);
    return (await issue()).isLive;
  } catch {
    return false;
  }
}

/** Returns whether the renewal was already due at the last tick, according to the clock of the function. */
function wasRenewalDue(world: ExploredWorld): boolean {
  const record = world.broker().tokens.find(({ token }) => token === world.token);
  if (record === undefined) return false;
  const { renewBeforeSeconds, checkEverySeconds, broker } = world.state.config;
  const maxMargin = (record.expiresAt - record.issuedAt) / (broker === 'kis' ? 2 : 4);
  const margin = Math.min(renewBeforeSeconds * SECOND, maxMargin);
  return record.expiresAt - margin < world.clock.now() - checkEverySeconds * SECOND;
}

/** Whether the broker confirmed a revocation, but did not invalidate the token. */
function isRevocationIgnored(world: ExploredWorld): boolean {
  return world.broker().calls.some(({ outcome }) => outcome === 'ignored');
}

function isHealthy(world: ExploredWorld): boolean {
  const canVerifyAndRevoke = world.broker().options.refuseData === null && !isRevocationIgnored(world);
  return canVerifyAndRevoke && !isBudgetUsedUp(world) && world.isTokenLive && hasUsableKey(world);
}

function hasUsableKey(world: ExploredWorld): boolean {
  const { config, secrets } = world.state;
  const secret = secrets[config.secretArn];
  const text = secret?.values[secret.current] ?? '';
  const { keys } = world.broker();
  return keys.some(({ appkey, secret: other }) => text.includes(appkey) && text.includes(other));
}

/** A call counts if the refresher recorded its start, even if the call was not sent. */
function isBudgetUsedUp(world: ExploredWorld): boolean {
  const { now, config } = world.state;
  const issues = world.published.issues.filter((at) => at > now - 24 * HOUR);
  return issues.length >= config.maxIssuesPerDay;
}

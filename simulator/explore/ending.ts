import { clientOf } from '../../lambdas/brokers/client.ts';
import type { Refreshed } from '../../lambdas/refresher/ports.ts';
import { readAppKey } from '../../lambdas/store/secrets.ts';
import type { ExploredWorld } from './explored-world.ts';
import { isUnforeseeable } from './safety.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Sentence of a tick without a disturbance. */
export const QUIET_TICK = 'a quiet tick';
/** Quiet ticks within which a live token must be published. */
export const QUIET_TICKS = 3;
/** Issue calls that return the same token, in six hours. */
const MOST_RETURNS = 12;
/** Issue calls in one delivery, and in a day at KIS live. */
const CALLS_OF_DELIVERY = 3;
const CALLS_OF_KIS_LIVE = 32;

/**
 * What quiet ticks did not bring about, in a sentence; undefined if all ends well.
 * @param isKnown whether the ending of this world is known to be good
 */
export async function brokenEnding(
  start: ExploredWorld,
  isKnown: (world: ExploredWorld) => boolean = () => false,
): Promise<string | undefined> {
  const world = start.copy();
  const levels: number[] = [];
  const end = world.state.now + patienceOf(world);
  for (let tick = 1; tick <= QUIET_TICKS || world.state.now < end; tick += 1) {
    const results = await quietTick(world);
    levels.push(results.at(-1)?.failureLevel ?? 0);
    if (!isSettled(world, levels.at(-1) ?? 0)) continue;
    if (isKnown(world)) return undefined;
    if (tick >= QUIET_TICKS) break;
  }
  return brokenEnd(start, world, levels);
}

async function brokenEnd(
  start: ExploredWorld,
  world: ExploredWorld,
  levels: readonly number[],
): Promise<string | undefined> {
  const level = levels.at(-1) ?? 0;
  const { paused, pending } = world.published;
  if (paused && world.isTokenLive && !isIgnored(world)) return 'the credential is paused and its token lives';
  if (paused || pending?.revoke?.reissue === false) return undefined;
  const tooManyCalls = brokenCalls(start, world, levels.length);
  if (tooManyCalls !== undefined) return tooManyCalls;
  return world.isTokenLive
    ? brokenLevel(world, levels, level)
    : brokenToken(start, world, levels.length, level);
}

/** No live token is published at the end. */
async function brokenToken(
  start: ExploredWorld,
  world: ExploredWorld,
  ticks: number,
  level: number,
): Promise<string | undefined> {
  // A report is believed only with the broker's verdict: without one the token is kept until its renewal.
  if (world.broker().options.refuseData !== null) return undefined;
  const available = await isAvailable(start.copy());
  if (available && !isUnforeseeable(start)) return `no live token is published after ${ticks} quiet ticks`;
  return level === 0 && !available ? 'no live token can be had, and the failure level is 0' : undefined;
}

/** A live token is published at the end. */
function brokenLevel(world: ExploredWorld, levels: readonly number[], level: number): string | undefined {
  if (isRevocationPending(world) && hasUsableKey(world))
    return `a requested revocation was not made in ${levels.length} quiet ticks`;
  if (flickers(levels)) return `the failure level went ${levels.join(', ')}`;
  // A renewal that waits for its next attempt is failing, not healthy.
  if (level === 1 && isInsideMargin(world)) return undefined;
  return level !== 0 && deservesZero(world)
    ? `the failure level is ${level} although all is well`
    : undefined;
}

/** Too many answered issue calls: each may send the owner a message. */
function brokenCalls(start: ExploredWorld, world: ExploredWorld, ticks: number): string | undefined {
  const { config, now } = world.state;
  const calls = world.broker().calls.slice(start.broker().calls.length);
  const issued = calls.filter(({ outcome }) => outcome === 'issued' || outcome === 'reused');
  const reused = issued.filter(({ outcome }) => outcome === 'reused');
  const alive = reused.filter(({ token = '', at }) => world.broker().isAlive(token, at));
  // Without a live token a spent budget allows one call per check interval.
  const most = Math.max(config.maxIssuesPerDay, CALLS_OF_DELIVERY) + ticks;
  const isKisLive = config.broker === 'kis' && config.market === 'live';
  if (issued.length > (isKisLive ? Math.min(most, CALLS_OF_KIS_LIVE) : most))
    return `${issued.length} issue calls were answered in ${ticks} quiet ticks`;
  if (reused.length > MOST_RETURNS)
    return `a token was returned ${reused.length} times in ${ticks} quiet ticks`;
  // One ask may be for a parameter that was lost.
  const asks = 2 + Math.floor((now - start.state.now) / (30 * MINUTE));
  return config.broker === 'kis' && alive.length > asks
    ? `a live token was returned ${alive.length} times in ${ticks} quiet ticks`
    : undefined;
}

function isSettled(world: ExploredWorld, level: number): boolean {
  const isRenewing = level === 1 && isInsideMargin(world);
  return (
    world.isTokenLive && !isRevocationPending(world) && (level === 0 || isRenewing || !deservesZero(world))
  );
}

/** A revocation was requested, and the broker executes revocations. */
function isRevocationPending(world: ExploredWorld): boolean {
  return world.published.pending?.revoke !== undefined && !world.broker().options.ignoreRevoke;
}

function flickers(levels: readonly number[]): boolean {
  const changes = levels.filter((level, index) => level !== levels[index - 1]);
  return /2,(1,)*0,(1,)*2/.test(changes.join(','));
}

/** One tick, and a consumer that uses the token and reports it if the broker has ended it by itself. */
export async function quietTick(world: ExploredWorld): Promise<Refreshed[]> {
  world.choose = () => 'ok';
  const next = world.state.now + world.state.config.checkEverySeconds * SECOND;
  const results = [await world.tick()];
  const { generation, paused } = world.published;
  const record = world.broker().tokens.find(({ token }) => token === world.token);
  // The refresher must detect a token that it revoked, or may have revoked, without a report.
  if (record?.death === 'killed' && generation > 0 && !paused) {
    world.state.now += SECOND;
    results.push(await world.deliver({ cause: 'rejected', generation }));
  }
  world.state.now = Math.max(world.state.now, next);
  return results;
}

/** The longest allowed delay of the next issue call, calculated from the broker's records. */
function patienceOf(world: ExploredWorld): number {
  const { config } = world.state;
  const interval = config.broker === 'kis' ? MINUTE : 2 * SECOND;
  const last = world.broker().calls.findLast(({ kind }) => kind === 'issue');
  const ticks = QUIET_TICKS * config.checkEverySeconds * SECOND;
  const returnedDead = last?.outcome === 'reused' && !world.broker().isAlive(last.token ?? '', last.at);
  // A broker that confirms a revocation and keeps the token is asked again after 15, 30 and 60 min.
  // After a refusal because of the key, or of an unusable answer, it is asked again after an hour at most.
  const isUseless = world.broker().options.ignoreRevoke || isIgnored(world);
  const isHeld = world.state.troubled || isUseless || isBudgetSpent(world) || isRevocationPending(world);
  const untilWindowEnds = returnedDead ? 6 * HOUR + MINUTE : 0;
  const wait = isHeld ? HOUR : untilWindowEnds;
  // A function whose clock was turned back does everything later by that time.
  return interval + ticks + wait + world.state.clockBehind;
}

/** Whether issue – or revoke and issue – gives a live token for the key in the secret. Changes the world. */
async function isAvailable(world: ExploredWorld): Promise<boolean> {
  const { config, secrets } = world.state;
  const secret = secrets[config.secretArn];
  if (secret === undefined) return false;
  const client = clientOf(config, async (request) => world.answer(config, request));
  const { published, pending } = world.published;
  try {
    const key = readAppKey(secret.values[secret.current], client.secretFields, config.secretArn, '');
    const issue = async () => {
      world.state.now += 5 * MINUTE;
      const { token, expiresAt } = await client.issue(key);
      return { token, lives: world.broker().isAlive(token) && expiresAt > world.state.now };
    };
    // A revocation that was requested comes first.
    if (pending?.revoke && published) await client.revoke(key, world.token ?? '').catch(() => undefined);
    const { token, lives } = await issue();
    if (lives) return true;
    await client.revoke(key, token).catch(() => undefined);
    return (await issue()).lives;
  } catch {
    return false;
  }
}

/** Whether the published token was to be renewed before the last tick, by the function's clock. */
function isInsideMargin(world: ExploredWorld): boolean {
  const record = world.broker().tokens.find(({ token }) => token === world.token);
  if (record === undefined) return false;
  const { renewBeforeSeconds, checkEverySeconds, broker } = world.state.config;
  const share = (record.expiresAt - record.issuedAt) / (broker === 'kis' ? 2 : 4);
  const margin = Math.min(renewBeforeSeconds * SECOND, share);
  return record.expiresAt - margin < world.clock.now() - checkEverySeconds * SECOND;
}

/** The broker confirmed a revocation, and the token lives on. */
function isIgnored(world: ExploredWorld): boolean {
  return world.broker().calls.some(({ outcome }) => outcome === 'ignored');
}

/** Whether nothing is wrong by the broker's books and the secret. */
function deservesZero(world: ExploredWorld): boolean {
  const { refuseData } = world.broker().options;
  const isWell = refuseData === null && !isIgnored(world) && !isBudgetSpent(world) && world.isTokenLive;
  return isWell && hasUsableKey(world);
}

/** Whether the secret holds a key that the broker accepts. */
function hasUsableKey(world: ExploredWorld): boolean {
  const { config, secrets } = world.state;
  const secret = secrets[config.secretArn];
  const text = secret?.values[secret.current] ?? '';
  return world
    .broker()
    .keys.some(({ appkey, secret: other }) => text.includes(appkey) && text.includes(other));
}

/** What is due waits for the day's next issue call. A call that was stamped and never sent counts, too. */
function isBudgetSpent(world: ExploredWorld): boolean {
  const { now, config } = world.state;
  const issues = world.published.issues.filter((at) => at > now - 24 * HOUR);
  return issues.length >= config.maxIssuesPerDay;
}

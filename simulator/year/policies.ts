import type { IssuedToken } from '../../lambdas/brokers/broker.ts';
import { SESSION_PRESETS } from '../../lambdas/shared/sessions.ts';
import { inSession } from '../trading-calendar.ts';
import { joinSpans, type Span } from './fault-model.ts';
import type { YearWorld } from './year-world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** The hours in which programs with an on-demand policy use a token. */
const ON_DEMAND_SESSIONS = [SESSION_PRESETS.nxt];

/**
 * Simulates a policy for the whole period of the fault plan. @returns the periods in which a program had no
 * live token; undefined for a policy that publishes its tokens
 */
type RunPolicy = (world: YearWorld) => Promise<readonly Span[] | undefined>;

/** Common alternatives to the refresher. docs/availability.md describes and compares them. */
export const OTHER_POLICIES = {
  // An EventBridge schedule with rate(23 hours) invokes a Lambda function. Lambda retries a failed invocation
  // after one minute and after two more minutes (Lambda Developer Guide, "Error handling for asynchronous
  // invocation").
  'blind-23h': (world) => runAtInterval(world, 23 * HOUR, [0, 1, 3]),
  // Secrets Manager rotates the token. Secrets Manager retries a failed rotation "multiple times" (User Guide,
  // "Rotation"); the simulation assumes five attempts.
  'rotation-12h': (world) => runAtInterval(world, 12 * HOUR, [0, 1, 3, 7, 15]),
  // The class TokenManager from the guide of KIS runs in the consumer, and requests a new token 30 minutes
  // before the old token expires.
  'on-demand': (world) => runOnDemand(world, 1),
  // Two programs use the same app key, and each program has its own TokenManager.
  'on-demand-two': (world) => runOnDemand(world, 2),
  // The TokenManager runs on a machine in UTC, as in Lambda. The expiry contains no time zone, and the
  // TokenManager compares the expiry with the local time.
  'on-demand-utc': (world) => runOnDemand(world, 1, 9 * HOUR),
} as const satisfies Record<string, RunPolicy>;

async function runAtInterval(world: YearWorld, interval: number, attemptMinutes: readonly number[]) {
  const { from, to } = world.faults;
  for (let due = from; due < to; due += interval) {
    for (const minutes of attemptMinutes) {
      world.advanceTo(due + minutes * MINUTE);
      if (await requestToken(world)) break;
    }
  }
  world.advanceTo(to);
  return undefined;
}

/**
 * Simulates programs that use a token every minute of each session.
 * @param expiryError the time that a program adds to the expiry by mistake, milliseconds
 */
async function runOnDemand(
  world: YearWorld,
  programCount: number,
  expiryError = 0,
): Promise<readonly Span[]> {
  const { from, to } = world.faults;
  const spansWithoutToken: Span[] = [];
  const programTokens: (IssuedToken | undefined)[] = Array.from({ length: programCount });
  for (let now = from; now < to; now += MINUTE) {
    if (!inSession(ON_DEMAND_SESSIONS, now)) continue;
    world.advanceTo(now);
    const areAllProgramsServed = await renewProgramTokens(
      world,
      programTokens,
      now + 30 * MINUTE - expiryError,
    );
    if (!areAllProgramsServed) spansWithoutToken.push({ from: now, to: now + MINUTE });
  }
  return joinSpans(spansWithoutToken);
}

/**
 * Requests a new token for each program whose token expires before the instant `renewBefore`.
 * @returns whether all programs then have a live token
 */
async function renewProgramTokens(
  world: YearWorld,
  programTokens: (IssuedToken | undefined)[],
  renewBefore: number,
): Promise<boolean> {
  let areAllProgramsServed = true;
  for (const [program, old] of programTokens.entries()) {
    const isDue = renewBefore >= (old?.expiresAt ?? 0);
    const issued = isDue ? await requestToken(world) : undefined;
    if (issued) programTokens[program] = issued;
    // A program with a TokenManager fails if an issue call fails, even if the old token is live.
    const token = isDue ? issued?.token : old?.token;
    areAllProgramsServed &&= token !== undefined && world.broker().isAlive(token);
  }
  return areAllProgramsServed;
}

async function requestToken(world: YearWorld): Promise<IssuedToken | undefined> {
  try {
    const issued = await world.client().issue(world.key);
    world.publish(issued.token);
    return issued;
  } catch {
    return undefined;
  }
}

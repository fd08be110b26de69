import type { Session } from '../../lambdas/shared/sessions.ts';
import { inSession } from '../trading-calendar.ts';
import type { Span } from './fault-model.ts';
import type { YearWorld } from './year-world.ts';

/**
 * How people keep a token today, for comparison: each as its users run it, with the brokers' replies read
 * by the same adapters. None of them knows the broker's rules.
 */
export const OTHER_POLICIES = [
  'blind-23h',
  'rotation-12h',
  'on-demand',
  'on-demand-two',
  'on-demand-utc',
] as const;
export type OtherPolicy = (typeof OTHER_POLICIES)[number];

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Time without a token, as the one who asks for it sees it; absent if it is to be judged by the parameter. */
export type Unserved = readonly Span[] | undefined;

/** Lives the whole span. */
export async function runOtherPolicy(
  policy: OtherPolicy,
  world: YearWorld,
  demand: readonly Session[],
): Promise<Unserved> {
  switch (policy) {
    // EventBridge rate(23 hours) and a function that asks and stores: Lambda tries twice more, a minute and
    // two minutes later. Source: Lambda Developer Guide, "Error handling for asynchronous invocation".
    case 'blind-23h':
      return atInterval(world, 23 * HOUR, [0, 1, 3]);
    // Secrets Manager tries a failed rotation "multiple times" (User Guide, "Rotation"): taken for five.
    case 'rotation-12h':
      return atInterval(world, 12 * HOUR, [0, 1, 3, 7, 15]);
    // The TokenManager of the broker's guide: in the consumer, when it is asked, 30 minutes ahead of the end.
    case 'on-demand':
      return onDemand(world, demand, { programs: 1, late: 0 });
    // Two programs, each with a TokenManager of its own.
    case 'on-demand-two':
      return onDemand(world, demand, { programs: 2, late: 0 });
    // The same on a machine in UTC, as Lambda is: the end has no zone, and is compared with local time.
    case 'on-demand-utc':
      return onDemand(world, demand, { programs: 1, late: 9 * HOUR });
  }
}

async function atInterval(
  world: YearWorld,
  interval: number,
  retries: readonly number[],
): Promise<undefined> {
  const { from, to } = world.faults;
  for (let due = from; due < to; due += interval) {
    for (const minutes of retries) {
      world.reach(due + minutes * MINUTE);
      if (await requestToken(world)) break;
    }
  }
  world.reach(to);
}

interface Demand {
  readonly programs: number;
  /** The end of a token is seen so much later than it is, milliseconds. */
  readonly late: number;
}

/** Programs that each want a token every minute of the session. */
async function onDemand(
  world: YearWorld,
  sessions: readonly Session[],
  { programs, late }: Demand,
): Promise<Unserved> {
  const { from, to } = world.faults;
  const unserved: { from: number; to: number }[] = [];
  const kept: { token: string; expiresAt: number }[] = [];
  for (let now = from; now < to; now += MINUTE) {
    if (!inSession(sessions, now)) continue;
    world.reach(now);
    let served = true;
    for (let program = 0; program < programs; program += 1) {
      const due = now >= (kept[program]?.expiresAt ?? 0) + late - 30 * MINUTE;
      const issued = due ? await requestToken(world) : undefined;
      if (issued) kept[program] = issued;
      // It raises when it cannot issue: the program gets no token, although the old one may live.
      const token = due ? issued?.token : kept[program]?.token;
      served &&= token !== undefined && world.broker.isAlive(token);
    }
    if (served) continue;
    const open = unserved.at(-1);
    if (open?.to === now) open.to = now + MINUTE;
    else unserved.push({ from: now, to: now + MINUTE });
  }
  return unserved;
}

async function requestToken(world: YearWorld) {
  try {
    const issued = await world.client().issue(world.key);
    world.publish(issued.token);
    return issued;
  } catch {
    return undefined;
  }
}

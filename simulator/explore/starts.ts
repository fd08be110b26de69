import type { Behavior } from './behaviors.ts';
import { runQuietTick } from './ending.ts';
import { createWorld, ExploredWorld } from './explored-world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Tuesday 21:00 in Seoul, which is outside the trading hours. */
const START = Date.parse('2026-11-24T21:00:00+09:00');

export const START_SITUATIONS = [
  'no token',
  'fresh',
  'before renewAt',
  'inside the margin',
  'before expiry',
  'expired',
] as const;
export type StartSituation = (typeof START_SITUATIONS)[number];

/** Creates the simulation with which a sequence starts, for example with a fresh or an expired token. */
export async function createStartWorld(behavior: Behavior, start: StartSituation): Promise<ExploredWorld> {
  const world = new ExploredWorld(createWorld({ now: START, ...behavior }));
  if (start === 'no token') return world;
  await runQuietTick(world);
  const { published } = world.published;
  if (published === undefined) throw new Error(`${behavior.name}: no token was published`);
  const { renewAt, expiresAt } = published;
  const startInstants: Readonly<Record<Exclude<StartSituation, 'no token'>, number>> = {
    fresh: world.state.now + HOUR,
    'before renewAt': renewAt - 2 * MINUTE,
    'inside the margin': (renewAt + expiresAt) / 2,
    'before expiry': expiresAt - 2 * MINUTE,
    expired: expiresAt + MINUTE,
  };
  world.state.now = startInstants[start];
  return world;
}

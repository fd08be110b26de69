import { describe, expect, it } from 'vitest';
import { behaviorOf } from '../../../simulator/explore/behaviors.ts';
import { runQuietTick } from '../../../simulator/explore/ending.ts';
import type { ExploredWorld } from '../../../simulator/explore/explored-world.ts';
import { type SearchOptions, search } from '../../../simulator/explore/search.ts';

/** Runs the next tick. Returns the decisions and failure levels, and whether the token is live afterwards. */
async function nextTick(world: ExploredWorld): Promise<string> {
  const after = world.copy();
  const results = await runQuietTick(after);
  const lines = after.lines.map(({ action, reason, outcome, verdict }) => [action, reason, outcome, verdict]);
  return JSON.stringify([lines, results.map(({ failureLevel }) => failureLevel), after.isTokenLive]);
}

class DifferentBehaviorError extends Error {}

/**
 * Runs the exploration (docs/testing.md) with one variant of the simulated broker.
 * @returns the number of worlds that the search merged
 * @throws DifferentBehaviorError if two merged worlds differ in the next tick
 */
async function countMerges(behavior: string, options: Omit<SearchOptions, 'onReached'>): Promise<number> {
  const known = new Map<string, string>();
  let merged = 0;
  const onReached = async (key: string, world: ExploredWorld, history: () => readonly string[]) => {
    const next = await nextTick(world);
    const other = known.get(key) ?? next;
    if (other !== next)
      throw new DifferentBehaviorError(`after ${history().join('; ')}: ${next} instead of ${other}`);
    if (known.has(key)) merged += 1;
    known.set(key, next);
  };
  await search(behaviorOf(behavior), { ...options, onReached });
  return merged;
}

describe('Simulated states that "npm run explore" merges', () => {
  it.each(['kis', 'kis-same-until-expiry', 'kiwoom-same', 'kiwoom-no-verdict'])(
    'cause the same decisions in the next tick after each single fault (%s)',
    async (behavior) => {
      expect(await countMerges(behavior, { depth: 1 })).toBeGreaterThan(50);
    },
  );

  it('cause the same decisions in the next tick after each pair of faults', async () => {
    const starts = ['no token', 'inside the margin'] as const;
    expect(await countMerges('kis-smallest-budget', { depth: 2, starts })).toBeGreaterThan(1000);
  });
});

describe('The check of merged states', () => {
  it.each([
    ['expiresAt', 'kis'],
    ['health', 'kis'],
    ['paused', 'kis'],
    ['pending', 'kis'],
    ['refused', 'kis'],
    ['attempt', 'kis'],
    ['issues', 'kis'],
    ['lastCallAt', 'kis'],
    ['revocations', 'kiwoom-same'],
    ['revokedAt', 'kiwoom-same'],
  ])(
    'reports different behavior if the comparison of states ignores the field %s',
    async (omittedField, behavior) => {
      const starts = ['no token', 'inside the margin', 'before expiry'] as const;
      await expect(countMerges(behavior, { depth: 2, starts, omittedField })).rejects.toThrow(
        DifferentBehaviorError,
      );
    },
  );
});

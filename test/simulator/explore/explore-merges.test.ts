import { describe, expect, it } from 'vitest';
import { behaviorOf } from '../../../simulator/explore/behaviors.ts';
import { quietTick } from '../../../simulator/explore/ending.ts';
import type { ExploredWorld } from '../../../simulator/explore/explored-world.ts';
import { type SearchOptions, search } from '../../../simulator/explore/search.ts';

/** Decisions, failure levels and the token's life in the next tick. */
async function nextTick(world: ExploredWorld): Promise<string> {
  const after = world.copy();
  const results = await quietTick(after);
  const lines = after.lines.map(({ action, reason, outcome, verdict }) => [action, reason, outcome, verdict]);
  return JSON.stringify([lines, results.map(({ failureLevel }) => failureLevel), after.isTokenLive]);
}

class DoesOtherwiseError extends Error {}

/** Merged worlds that do the same in the next tick. @throws DoesOtherwiseError */
async function merges(behavior: string, options: Omit<SearchOptions, 'onReached'>): Promise<number> {
  const known = new Map<string, string>();
  let merged = 0;
  const onReached = async (key: string, world: ExploredWorld, history: () => readonly string[]) => {
    const next = await nextTick(world);
    const other = known.get(key) ?? next;
    if (other !== next)
      throw new DoesOtherwiseError(`after ${history().join('; ')}: ${next} instead of ${other}`);
    if (known.has(key)) merged += 1;
    known.set(key, next);
  };
  await search(behaviorOf(behavior), { ...options, onReached });
  return merged;
}

describe('Worlds that the exploration merges', () => {
  it.each(['kis', 'kis-same-until-expiry', 'kiwoom-same', 'kiwoom-no-verdict'])(
    'do the same in the next tick, whatever disturbance came before (%s)',
    async (behavior) => {
      expect(await merges(behavior, { depth: 1 })).toBeGreaterThan(50);
    },
  );

  it('do the same in the next tick, whatever two disturbances came before', { timeout: 60_000 }, async () => {
    const starts = ['no token', 'inside the margin'] as const;
    expect(await merges('kis-smallest-budget', { depth: 2, starts })).toBeGreaterThan(1000);
  });
});

describe('Without one field of the state', () => {
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
    'worlds that do otherwise in the next tick would be merged: %s',
    { timeout: 60_000 },
    async (leaveOut, behavior) => {
      const starts = ['no token', 'inside the margin', 'before expiry'] as const;
      await expect(merges(behavior, { depth: 2, starts, leaveOut })).rejects.toThrow(DoesOtherwiseError);
    },
  );
});

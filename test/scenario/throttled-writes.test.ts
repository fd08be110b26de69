import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { names } from '../../simulator/world.ts';
import { MINUTE, Operation } from './operation.ts';

const ID = 'kis-main';
const { token, state } = names(ID);

let operation: Operation;
beforeEach(async () => {
  operation = await Operation.start({
    start: Date.parse('2026-11-23T09:00:00+09:00'),
    credentials: [{ id: ID, broker: 'kis' }],
  });
});
afterEach(async () => {
  await operation.stop();
});

function throttle(name: string, times: number): void {
  operation.world.aws.faults.add({ kind: 'throttling', operation: 'PutParameter', name, times });
}

describe('Parameter Store is busy with other credentials', () => {
  it('the token that was issued is stored as soon as there is room, and the broker is asked once', async () => {
    throttle(token, 30);
    await operation.tick(ID);
    expect(operation.world.kis.count('issue')).toBe(1);
    expect(operation.world.published(ID).state).toMatchObject({
      generation: 1,
      attempt: { outcome: 'published', failures: 0 },
    });
    expect(operation.slept).toEqual(Array.from({ length: 30 }, () => 1000));
  });

  it('what came of the call is remembered as well, so nobody asks once more', async () => {
    let stored = false;
    operation.killer = (step) => {
      if (stored || !step.includes('writeToken')) return;
      stored = true;
      // From now on: the first write of the state, that a call begins, is done.
      throttle(state, 20);
    };
    await operation.tick(ID);
    operation.world.clock.advance(5 * MINUTE);
    await operation.tick(ID);
    expect(stored).toBe(true);
    expect(operation.world.kis.count('issue')).toBe(1);
    expect(operation.world.published(ID).state?.attempt?.outcome).toBe('published');
  });

  it.each(['internal-error', 'no-answer', 'written-but-error', 'written-but-no-answer'] as const)(
    'the same if it fails for half a minute by itself: %s',
    async (kind) => {
      operation.world.aws.faults.add({ kind, operation: 'PutParameter', name: token, times: 6 });
      await operation.tick(ID);
      expect(operation.world.kis.count('issue')).toBe(1);
      expect(operation.world.published(ID).state).toMatchObject({
        generation: 1,
        attempt: { outcome: 'published' },
      });
      expect(new Set(operation.slept)).toEqual(new Set([5000]));
    },
  );

  it('before the call nothing is lost by giving way: the next tick asks', async () => {
    throttle(state, 1);
    await operation.tick(ID);
    expect(operation.slept).toEqual([]);
    expect(operation.world.kis.count('issue')).toBe(0);
    operation.world.clock.advance(5 * MINUTE);
    await operation.tick(ID);
    expect(operation.world.kis.count('issue')).toBe(1);
  });

  it('gives up in time for the invocation to say so, and waits before it asks again', async () => {
    throttle(token, Number.POSITIVE_INFINITY);
    const begun = operation.world.clock.now();
    await operation.tick(ID);
    const spent = operation.world.clock.now() - begun;
    expect(spent).toBeGreaterThan(5 * MINUTE);
    expect(spent).toBeLessThanOrEqual(operation.world.timeout(ID) - 45_000);
    expect(operation.world.published(ID).state?.attempt).toMatchObject({
      outcome: 'unpublished',
      retryAt: operation.world.clock.now() + 5 * MINUTE,
    });
  });

  it('an answer that is no matter of patience is not tried again', async () => {
    operation.world.aws.faults.add({ kind: 'access-denied', operation: 'PutParameter', name: token });
    await operation.tick(ID);
    expect(operation.world.published(ID).state?.attempt?.outcome).toBe('unpublished');
    // What is slept through afterwards are the broker's minute and the way to the next try.
    expect(operation.slept).not.toContain(1000);
  });
});

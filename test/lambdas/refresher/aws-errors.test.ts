import { describe, expect, it } from 'vitest';
import type { InboxMessage } from '../../../lambdas/shared/message.ts';
import { createAwsError } from '../../../simulator/explore/call-faults.ts';
import { type ExploredWorld, KilledError } from '../../../simulator/explore/explored-world.ts';
import {
  createDeadTokenWorld,
  createIdleWorld,
  createWorldAtRenewal,
  decisionsIn,
  later,
  publishedTokenIn,
  REPORT,
  setCallOutcomes,
  TICK_INTERVAL,
} from './world-harness.ts';

/**
 * Delivers one message. `failed` contains the numbers of the state writes that fail, starting at 1. Unlike
 * the outcome `failed` of `ExploredWorld`, a failed write does not advance the clock.
 */
function deliverWithFailedWrites(
  world: ExploredWorld,
  failed: readonly number[],
  request: Omit<InboxMessage, 'credential'> = { cause: 'schedule' },
) {
  const ports = world.ports();
  let writeCount = 0;
  const writeState: typeof ports.store.writeState = async (id, state) => {
    writeCount += 1;
    if (!failed.includes(writeCount)) return ports.store.writeState(id, state);
    world.calls.push('writeState');
    throw createAwsError('writeState', 'InternalServerError');
  };
  return world.deliver(request, undefined, { ...ports, store: { ...ports.store, writeState } });
}

describe('An AWS error', () => {
  it('ends the delivery if the error occurs in the write before a broker call, and the write is not repeated', async () => {
    const world = await createWorldAtRenewal('kis');
    const result = await deliverWithFailedWrites(world, [1]);
    expect(result.failure).toMatchObject({ retry: true });
    expect(world.calls.at(-1)).toBe('writeState');
    expect(world.calls.join()).not.toContain('sleep');
  });

  it.each([
    ['a requested revocation', createIdleWorld, { cause: 'revoke', reissue: false }, { paused: true }],
    ['an issue call', createWorldAtRenewal, { cause: 'schedule' }, { generation: 2 }],
  ] as const)(
    'in the write after %s makes the refresher repeat the write until it succeeds',
    async (_call, createWorld, request, written) => {
      const world = await createWorld('kis');
      const result = await deliverWithFailedWrites(world, [2, 3], request);
      expect(world.calls.slice(-5).join()).toBe('writeState,sleep 5 s,writeState,sleep 5 s,writeState');
      expect(result.failure).toBeUndefined();
      expect(world.published).toMatchObject(written);
    },
  );

  it('after a revocation does not make SQS deliver the message again', async () => {
    const world = await createIdleWorld();
    setCallOutcomes(world, { writeState: ['ok', 'denied'] });
    const result = await world.deliver({ cause: 'revoke', reissue: false });
    expect(result.failure).toMatchObject({ retry: false, error: { permanent: true } });
    expect(world.broker().count('revoke')).toBe(1);
  });

  it('does not discard the verdict "dead" if the error occurs when the refresher reads the token to revoke it', async () => {
    const world = await createDeadTokenWorld();
    setCallOutcomes(world, { readToken: ['ok', 'ok', 'failed'] });
    const result = await world.deliver(REPORT);
    expect(decisionsIn(world)).toBe(
      'verify Suspect: dead, issue TokenDead: unchanged, verify TokenDead: dead',
    );
    expect(result.failure).toMatchObject({ retry: false, error: { awsCode: 'InternalServerError' } });
    expect(publishedTokenIn(world)).toMatchObject({ health: 'dead', returnedDead: true });
    world.chooseOutcome = () => 'ok';
    await later(world, TICK_INTERVAL).tick();
    expect(decisionsIn(world)).toMatch(/^revoke TokenDead: revoked, issue TokenDead: published/);
  });

  it('does not hide an exception that the next write throws', async () => {
    const world = await createDeadTokenWorld();
    setCallOutcomes(world, { readToken: ['ok', 'ok', 'failed'], writeState: ['ok', 'ok', 'crash'] });
    await expect(world.deliver(REPORT)).rejects.toThrow(KilledError);
  });

  it('makes SQS deliver the message again if the refresher cannot store the request of the message', async () => {
    const world = await createIdleWorld();
    setCallOutcomes(world, { writeState: ['failed'] });
    const result = await world.deliver({ cause: 'forced' }, 'm-forced');
    expect(result.failure).toMatchObject({ retry: true });
    expect(world.published.pending).toBeUndefined();
    await later(world, TICK_INTERVAL).deliver({ cause: 'forced' }, 'm-forced');
    expect(decisionsIn(world)).toBe('wait WouldReuse');
    expect(world.published.lastRequest).toMatchObject({ messageId: 'm-forced', reason: 'WouldReuse' });
  });
});

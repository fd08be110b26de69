import { describe, expect, it } from 'vitest';
import { KilledError } from '../../../simulator/explore/explored-world.ts';
import {
  createWorldAtRenewal,
  createWorldWithToken,
  decisionLines,
  decisionsIn,
  HOUR,
  later,
  publishedTokenIn,
  setCallOutcomes,
  TICK_INTERVAL,
  tickWithFailedWrites,
} from './world-harness.ts';

describe('An AWS error', () => {
  it('in the write before a broker call ends the delivery without a second write', async () => {
    const world = await createWorldAtRenewal('kis');
    const result = await tickWithFailedWrites(world, 'writeState', [1]);
    expect(result.failure).toMatchObject({ retry: true });
    expect(world.calls.at(-1)).toBe('writeState');
    expect(world.calls.join()).not.toContain('sleep');
  });

  it('in the write after a requested revocation makes the refresher repeat the write until it succeeds', async () => {
    const world = later(await createWorldWithToken('kis'), HOUR);
    const request = { cause: 'revoke', reissue: false } as const;
    const result = await tickWithFailedWrites(world, 'writeState', [2, 3], request);
    expect(world.calls.slice(-6)).toEqual([
      'revoke',
      'writeState',
      'sleep 5 s',
      'writeState',
      'sleep 5 s',
      'writeState',
    ]);
    expect(result.failure).toBeUndefined();
    expect(world.published.paused).toBe(true);
  });

  it('in the write after an issue call makes the refresher repeat the write until it succeeds', async () => {
    const world = await createWorldAtRenewal('kis');
    const result = await tickWithFailedWrites(world, 'writeState', [2, 3]);
    expect(world.calls.slice(-5)).toEqual([
      'writeState',
      'sleep 5 s',
      'writeState',
      'sleep 5 s',
      'writeState',
    ]);
    expect(result.failure).toBeUndefined();
    expect(world.published.generation).toBe(2);
  });

  it('after a revocation does not make SQS deliver the message again', async () => {
    const world = later(await createWorldWithToken('kis'), HOUR);
    setCallOutcomes(world, { writeState: ['ok', 'denied'] });
    const result = await world.deliver({ cause: 'revoke', reissue: false });
    expect(result.failure).toMatchObject({ retry: false, error: { permanent: true } });
    expect(world.broker().count('revoke')).toBe(1);
  });

  it('in the read of the token before a revocation does not prevent the write of the verdict "dead" to the state', async () => {
    const world = later(await createWorldWithToken('kis'), HOUR);
    world.broker().kill(world.token ?? '');
    setCallOutcomes(world, { readToken: ['ok', 'ok', 'failed'] });
    const result = await world.deliver({ cause: 'rejected', generation: 1 });
    expect(decisionsIn(world)).toBe(
      'verify Suspect: dead, issue TokenDead: unchanged, verify TokenDead: dead',
    );
    expect(result.failure).toMatchObject({ retry: false, error: { awsCode: 'InternalServerError' } });
    expect(publishedTokenIn(world)).toMatchObject({ health: 'dead', returnedDead: true });
    world.chooseOutcome = () => 'ok';
    await later(world, TICK_INTERVAL).tick();
    expect(decisionLines(world).slice(0, 2)).toEqual([
      'revoke TokenDead: revoked',
      'issue TokenDead: published',
    ]);
  });

  it('does not hide an exception that the write after the error throws', async () => {
    const world = later(await createWorldWithToken('kis'), HOUR);
    world.broker().kill(world.token ?? '');
    setCallOutcomes(world, { readToken: ['ok', 'ok', 'failed'], writeState: ['ok', 'ok', 'crash'] });
    await expect(world.deliver({ cause: 'rejected', generation: 1 })).rejects.toThrow(KilledError);
  });

  it('in the write that records a request makes SQS deliver the message again', async () => {
    const world = later(await createWorldWithToken('kis'), HOUR);
    setCallOutcomes(world, { writeState: ['failed'] });
    const result = await world.deliver({ cause: 'forced' }, 'm-forced');
    expect(result.failure).toMatchObject({ retry: true });
    expect(world.published.pending).toBeUndefined();
    await later(world, TICK_INTERVAL).deliver({ cause: 'forced' }, 'm-forced');
    expect(decisionsIn(world)).toBe('wait WouldReuse');
    expect(world.published.lastRequest).toMatchObject({ messageId: 'm-forced', reason: 'WouldReuse' });
  });
});

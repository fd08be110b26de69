import { describe, expect, it } from 'vitest';
import { AwsError } from '../../../lambdas/store/aws-error.ts';
import { KilledError, type PortCall } from '../../../simulator/explore/explored-world.ts';
import { SECOND } from '../decision/facts.ts';
import {
  always,
  dueWorld,
  HOUR,
  issueCalls,
  later,
  linesOf,
  publishedIn,
  script,
  TICK,
  tickWithFailedWrites,
  worldWith,
} from './world-harness.ts';

describe('An AWS error', () => {
  it('at the first read ends the invocation', async () => {
    const world = await dueWorld('kis');
    world.choose = always('read', 'failed');
    await expect(world.tick()).rejects.toThrow(AwsError);
    expect(world.calls).toEqual(['read']);
  });

  it.each<[call: PortCall, outcome: 'failed' | 'denied', permanent: boolean]>([
    ['readSecret', 'failed', false],
    ['readToken', 'failed', false],
    ['writeState', 'failed', false],
    ['writeState', 'denied', true],
  ])('at %s (%s) before the issue call allows another delivery', async (call, outcome, permanent) => {
    const world = await dueWorld('kis');
    script(world, { [call]: [outcome] });
    const result = await world.tick();
    expect(result.failure).toMatchObject({ retry: true, error: { permanent } });
    const left = (publishedIn(world).expiresAt - world.state.now) / SECOND;
    expect(result).toMatchObject({ issued: 0, secondsToExpiry: left });
    expect(left).toBeGreaterThan(2.8 * 3600);
    expect(world.calls).not.toContain('issue');
    expect(issueCalls(world)).toHaveLength(1);
    expect(world.isTokenLive).toBe(true);
  });

  it('in the write before a call is left to the next delivery, which has the time that tries would take', async () => {
    const world = await dueWorld('kis');
    const result = await tickWithFailedWrites(world, 'writeState', [1]);
    expect(result.failure).toMatchObject({ retry: true });
    expect(world.calls.at(-1)).toBe('writeState');
    expect(world.calls.join()).not.toContain('sleep');
  });

  it('in the write after a requested revocation is retried until the state is written', async () => {
    const world = later(await worldWith('kis'), HOUR);
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

  it('after the issue call is retried until the state is written', async () => {
    const world = await dueWorld('kis');
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

  it('after the issue call does not lead to another delivery', async () => {
    const world = await dueWorld('kis');
    script(world, { writeState: ['ok', ...Array(100).fill('failed')] });
    const result = await world.tick();
    expect(result.failure).toMatchObject({ retry: false });
    expect(result.issued).toBe(1);
    expect(issueCalls(world)).toHaveLength(2);
    expect(world.isTokenLive).toBe(true);
  });

  it('after a revocation does not lead to another delivery', async () => {
    const world = later(await worldWith('kis'), HOUR);
    script(world, { writeState: ['ok', 'denied'] });
    const result = await world.deliver({ cause: 'revoke', reissue: false });
    expect(result.failure).toMatchObject({ retry: false, error: { permanent: true } });
    expect(world.broker().count('revoke')).toBe(1);
  });

  it('before the revocation of a dead token does not lose the verdict of the verify call', async () => {
    const world = later(await worldWith('kis'), HOUR);
    world.broker().kill(world.token ?? '');
    script(world, { readToken: ['ok', 'ok', 'failed'] });
    const result = await world.deliver({ cause: 'rejected', generation: 1 });
    expect(linesOf(world)).toEqual([
      'verify Suspect: dead',
      'issue TokenDead: unchanged',
      'verify TokenDead: dead',
    ]);
    expect(result.failure).toMatchObject({ retry: false, error: { awsCode: 'InternalServerError' } });
    expect(publishedIn(world)).toMatchObject({ health: 'dead', returnedDead: true });
    world.choose = () => 'ok';
    await later(world, TICK).tick();
    expect(linesOf(world).slice(0, 2)).toEqual(['revoke TokenDead: revoked', 'issue TokenDead: published']);
  });

  it('before the revocation of a dead token is reported although the verdict cannot be stored either', async () => {
    const world = later(await worldWith('kis'), HOUR);
    world.broker().kill(world.token ?? '');
    script(world, { readToken: ['ok', 'ok', 'failed'], writeState: ['ok', 'ok', 'denied'] });
    const result = await world.deliver({ cause: 'rejected', generation: 1 });
    expect(result.failure).toMatchObject({ retry: false, error: { permanent: false } });
    expect(world.calls.at(-1)).toBe('writeState');
    expect(publishedIn(world)).toMatchObject({ health: 'dead' });
    expect(publishedIn(world).returnedDead).toBeUndefined();
  });

  it('does not hide a defect in the write that follows it', async () => {
    const world = later(await worldWith('kis'), HOUR);
    world.broker().kill(world.token ?? '');
    script(world, { readToken: ['ok', 'ok', 'failed'], writeState: ['ok', 'ok', 'crash'] });
    await expect(world.deliver({ cause: 'rejected', generation: 1 })).rejects.toThrow(KilledError);
  });

  it('in an idle tick changes nothing', async () => {
    const world = later(await worldWith('kis'), HOUR + 300 * SECOND * 3);
    const before = world.state.state;
    world.choose = always('writeState', 'failed');
    const result = await world.tick();
    expect(result.failure).toBeUndefined();
    expect(world.state.state).toBe(before);
  });

  it('while a request is recorded leaves it to the next delivery', async () => {
    const world = later(await worldWith('kis'), HOUR);
    script(world, { writeState: ['failed'] });
    const result = await world.deliver({ cause: 'forced' }, 'm-forced');
    expect(result.failure).toMatchObject({ retry: true });
    expect(world.published.pending).toBeUndefined();
    await later(world, TICK).deliver({ cause: 'forced' }, 'm-forced');
    expect(linesOf(world)).toEqual(['wait WouldReuse']);
    expect(world.published.lastRequest).toMatchObject({ messageId: 'm-forced', reason: 'WouldReuse' });
  });

  it('during the read of an earlier secret version before a revocation makes SQS deliver the message again', async () => {
    const world = later(await worldWith('kis'), HOUR);
    script(world, { readSecret: ['failed'] });
    const result = await world.deliver({ cause: 'revoke' });
    expect(result.failure).toMatchObject({ retry: true });
    expect(publishedIn(world).health).toBe('live');
    expect(world.broker().count('revoke')).toBe(0);
  });
});

import { describe, expect, it } from 'vitest';
import { UnreadableConfigError } from '../../../lambdas/store/parameters.ts';
import { createAwsError } from '../../../simulator/explore/call-faults.ts';
import type { Outcome } from '../../../simulator/explore/explored-world.ts';
import { HEALTHY_STATE, kst, PUBLISHED_TOKEN } from '../decision/facts.ts';
import {
  FORCED_REFRESH,
  HANDLED_RESPONSE,
  handlerForWorld,
  RETURNED_TO_QUEUE_RESPONSE,
  rejectWith,
  TICK,
} from './events.ts';
import {
  alwaysFail,
  createEmptyWorld,
  createIdleWorld,
  createWorldAtRenewal,
  HOUR,
  setCallOutcomes,
} from './world-harness.ts';

describe('An AWS error', () => {
  const failingRead = (name: string) => rejectWith(createAwsError('read', name));

  it('makes the handler drop the message of a tick', async () => {
    const { deliver, lines } = handlerForWorld(await createIdleWorld(), failingRead('ThrottlingException'));
    expect(await deliver(TICK)).toEqual(HANDLED_RESPONSE);
    const context = { credential: 'main', cause: 'schedule', messageId: 'm-9' };
    const error = { code: 'Aws', awsCode: 'ThrottlingException' };
    const problem = expect.stringContaining('read: ThrottlingException: ');
    const fields = { ...context, ...error, problem, retried: false };
    expect(lines).toEqual([{ level: 'error', message: 'AWS error', fields }]);
  });

  it('makes the handler retry a forced refresh after 2, 4, 8 … 60 s and then return the message to the queue', async () => {
    const world = await createIdleWorld();
    world.calls = [];
    const { deliver, lines } = handlerForWorld(world, failingRead('InternalServerError'));
    expect(await deliver(FORCED_REFRESH)).toEqual(RETURNED_TO_QUEUE_RESPONSE);
    const seconds = [2, 4, 8, 16, 32, 60, 60, 60, 60, 60];
    expect(world.calls).toEqual(seconds.map((each) => `sleep ${each} s`));
    expect(lines).toHaveLength(seconds.length + 1);
    expect(lines[0]?.fields).toMatchObject({ retried: true });
  });

  it.each([
    ['if 45 s of the invocation remain', 'InternalServerError', 47_000, ['sleep 2 s']],
    ['no more if less than 45 s of the invocation remain', 'InternalServerError', 46_999, []],
    ['only through the queue if the error is permanent', 'AccessDeniedException', undefined, []],
  ])('makes the handler retry a message %s', async (_when, name, time, sleeps) => {
    const world = await createIdleWorld();
    world.calls = [];
    const { deliver } = handlerForWorld(world, failingRead(name), time);
    expect(await deliver(FORCED_REFRESH)).toEqual(RETURNED_TO_QUEUE_RESPONSE);
    expect(world.calls).toEqual(sleeps);
  });

  it.each<[outcome: Outcome, level: number]>([
    ['failed', 1],
    ['denied', 2],
  ])('in the read of the secret (%s) causes failure level %i', async (outcome, failureLevel) => {
    const world = await createWorldAtRenewal('kis');
    world.chooseOutcome = alwaysFail('readSecret', outcome);
    const { deliver, metrics, lines } = handlerForWorld(world);
    expect(await deliver(TICK)).toEqual(HANDLED_RESPONSE);
    const readings = expect.objectContaining({ failureLevel, secondsToExpiry: 3 * 3600 });
    expect(metrics).toEqual([['credential', 'main', readings]]);
    expect(lines.at(-1)).toMatchObject({ level: 'error', message: 'AWS error' });
  });

  it('after an issue call does not make the handler return the message to the queue', async () => {
    const world = await createIdleWorld('kiwoom');
    setCallOutcomes(world, { writeState: ['ok', 'denied', 'denied'] });
    const { deliver } = handlerForWorld(world);
    expect(await deliver(FORCED_REFRESH)).toEqual(HANDLED_RESPONSE);
    expect(world.broker().count('issue')).toBe(2);
  });
});

describe('An unreadable config', () => {
  const now = kst('20:30', '2026-11-18');
  it.each([
    ['a live token', { ...PUBLISHED_TOKEN, expiresAt: now + HOUR }, 3600],
    ['a dead token', { ...PUBLISHED_TOKEN, expiresAt: now + HOUR, health: 'dead' as const }, 0],
    ['an expired token', { ...PUBLISHED_TOKEN, expiresAt: now - HOUR }, 0],
    ['no token', undefined, 0],
  ])('with %s in the state causes failure level 2', async (_what, published, seconds) => {
    const error = new UnreadableConfigError('FAKE config', { ...HEALTHY_STATE, published }, false);
    const { deliver, lines, metrics } = handlerForWorld(createEmptyWorld('kis'), rejectWith(error));
    expect(await deliver(FORCED_REFRESH)).toEqual(HANDLED_RESPONSE);
    const context = { credential: 'main', cause: 'forced', messageId: 'm-9' };
    const fields = { ...context, code: 'UnreadableConfig', problem: 'FAKE config' };
    expect(lines).toEqual([{ level: 'error', message: 'unreadable config', fields }]);
    const readings = { secondsToExpiry: seconds, headroom: seconds, failureLevel: 2 };
    expect(metrics).toEqual([['credential', 'main', readings]]);
  });

  it('of a fleet credential causes no metrics, because the fleet monitor reports this credential', async () => {
    const error = new UnreadableConfigError('FAKE config', HEALTHY_STATE, true);
    const { deliver, metrics } = handlerForWorld(createEmptyWorld('kis'), rejectWith(error));
    await deliver(TICK);
    expect(metrics).toEqual([]);
  });
});

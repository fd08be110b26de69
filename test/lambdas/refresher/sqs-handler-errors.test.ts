import { describe, expect, it } from 'vitest';
import { UnreadableConfigError } from '../../../lambdas/store/parameters.ts';
import type { Outcome } from '../../../simulator/explore/explored-world.ts';
import { HEALTHY_STATE, kst, PUBLISHED_TOKEN } from '../decision/facts.ts';
import {
  awsErrorNamed,
  failing,
  forcedRefreshMessage,
  handlerForWorld,
  record,
  sqsEventOf,
  tick,
} from './events.ts';
import {
  alwaysFail,
  createEmptyWorld,
  createIdleWorld,
  createWorldAtRenewal,
  HOUR,
} from './world-harness.ts';

describe('An AWS error', () => {
  it('makes the handler drop the message of a tick', async () => {
    const { handle, lines } = handlerForWorld(
      await createIdleWorld(),
      failing(awsErrorNamed('ThrottlingException')),
    );
    expect(await handle(sqsEventOf(record(tick())))).toEqual({ batchItemFailures: [] });
    expect(lines).toEqual([
      {
        level: 'error',
        message: 'AWS error',
        fields: {
          credential: 'main',
          cause: 'schedule',
          messageId: 'm-1',
          code: 'Aws',
          awsCode: 'ThrottlingException',
          problem: 'read /x: ThrottlingException: FAKE',
          retried: false,
        },
      },
    ]);
  });

  it('makes the handler retry a forced refresh after 2, 4, 8 … 60 s and then return the message to the queue', async () => {
    const world = await createIdleWorld();
    const { handle, lines } = handlerForWorld(world, failing(awsErrorNamed('InternalServerError')));
    const response = await handle(sqsEventOf(record(forcedRefreshMessage, 'm-1')));
    expect(response.batchItemFailures).toEqual([{ itemIdentifier: 'm-1' }]);
    const seconds = [2, 4, 8, 16, 32, 60, 60, 60, 60, 60];
    expect(world.calls).toEqual([
      'read',
      'readSecret',
      'writeState',
      'issue',
      'writeToken',
      'writeState',
      ...seconds.map((each) => `sleep ${each} s`),
    ]);
    expect(lines).toHaveLength(seconds.length + 1);
    expect(lines[0]?.fields).toMatchObject({ retried: true });
  });

  it.each([
    ['if 45 s of the invocation remain', 47_000, ['sleep 2 s']],
    ['no more if less than 45 s of the invocation remain', 46_999, []],
  ])('makes the handler retry a message %s', async (_when, time, sleeps) => {
    const world = await createIdleWorld();
    const { handle } = handlerForWorld(world, failing(awsErrorNamed('InternalServerError')), time);
    expect((await handle(sqsEventOf(record(forcedRefreshMessage)))).batchItemFailures).toEqual([
      { itemIdentifier: 'm-1' },
    ]);
    expect(world.calls.filter((call) => call.startsWith('sleep'))).toEqual(sleeps);
  });

  it('that is permanent makes the handler return the message to the queue without a retry', async () => {
    const world = await createIdleWorld();
    const { handle } = handlerForWorld(world, failing(awsErrorNamed('AccessDeniedException')));
    expect((await handle(sqsEventOf(record(forcedRefreshMessage)))).batchItemFailures).toEqual([
      { itemIdentifier: 'm-1' },
    ]);
    expect(world.calls.join()).not.toContain('sleep');
  });

  it.each<[outcome: Outcome, level: number]>([
    ['failed', 1],
    ['denied', 2],
  ])('in the read of the secret (%s) causes failure level %i', async (outcome, failureLevel) => {
    const world = await createWorldAtRenewal('kis');
    world.chooseOutcome = alwaysFail('readSecret', outcome);
    const { handle, metrics, lines } = handlerForWorld(world);
    expect(await handle(sqsEventOf(record(tick())))).toEqual({ batchItemFailures: [] });
    expect(metrics).toEqual([
      ['credential', 'main', expect.objectContaining({ failureLevel, secondsToExpiry: 3 * 3600 - 0 })],
    ]);
    expect(lines.at(-1)).toMatchObject({ level: 'error', message: 'AWS error' });
  });

  it('after an issue call does not make the handler return the message to the queue', async () => {
    const world = await createIdleWorld('kiwoom');
    let writes = 0;
    world.chooseOutcome = (call) => (call === 'writeState' && writes++ > 0 ? 'denied' : 'ok');
    const { handle } = handlerForWorld(world);
    expect(await handle(sqsEventOf(record(forcedRefreshMessage, 'm-forced')))).toEqual({
      batchItemFailures: [],
    });
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
    const { handle, lines, metrics } = handlerForWorld(createEmptyWorld('kis'), failing(error));
    expect(await handle(sqsEventOf(record(forcedRefreshMessage)))).toEqual({ batchItemFailures: [] });
    expect(lines).toEqual([
      {
        level: 'error',
        message: 'unreadable config',
        fields: {
          credential: 'main',
          cause: 'forced',
          messageId: 'm-1',
          code: 'UnreadableConfig',
          problem: 'FAKE config',
        },
      },
    ]);
    expect(metrics).toEqual([
      ['credential', 'main', { secondsToExpiry: seconds, headroom: seconds, failureLevel: 2 }],
    ]);
  });

  it('of a fleet credential causes no metrics, because the fleet monitor reports this credential', async () => {
    const error = new UnreadableConfigError('FAKE config', HEALTHY_STATE, true);
    const { handle, metrics } = handlerForWorld(createEmptyWorld('kis'), failing(error));
    await handle(sqsEventOf(record(tick())));
    expect(metrics).toEqual([]);
  });
});

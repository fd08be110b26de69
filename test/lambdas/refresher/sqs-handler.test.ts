import { describe, expect, it } from 'vitest';
import { DefectError } from '../../../lambdas/refresher/sqs-handler.ts';
import { UnknownCredentialError } from '../../../lambdas/store/parameters.ts';
import type { Outcome, PortCall } from '../../../simulator/explore/explored-world.ts';
import { MINUTE } from '../decision/facts.ts';
import { failing, handlerForWorld, record, sqsEventOf, tick } from './events.ts';
import {
  alwaysFail,
  createDeadTokenWorld,
  createIdleWorld,
  createWorldAtRenewal,
  createWorldWithToken,
  HOUR,
  later,
  publishedTokenIn,
  START,
} from './world-harness.ts';

describe('The handler', () => {
  it('logs each decision, and publishes the metrics of the credential once per invocation', async () => {
    const world = await createIdleWorld();
    const { handle, lines, metrics } = handlerForWorld(world);
    expect(await handle(sqsEventOf(record(tick(), 'm-7')))).toEqual({ batchItemFailures: [] });
    expect(lines).toEqual([
      {
        level: 'info',
        message: 'decision',
        fields: {
          credential: 'main',
          cause: 'schedule',
          messageId: 'm-7',
          action: 'keep',
          reason: 'Fresh',
          generation: 1,
          next: new Date(START + 21 * HOUR).toISOString(),
          brokerMessage: undefined,
        },
      },
    ]);
    const seconds = 23 * 3600 - 0.3;
    expect(metrics).toEqual([
      ['credential', 'main', { secondsToExpiry: seconds, headroom: seconds, failureLevel: 0 }],
    ]);
  });

  it('publishes no metrics of a fleet credential, because the fleet monitor publishes them', async () => {
    const world = await createWorldWithToken('kis', { config: { managedBy: 'operator' } });
    const { handle, metrics } = handlerForWorld(later(world, HOUR));
    await handle(sqsEventOf(record(tick())));
    expect(metrics).toEqual([]);
  });

  it('publishes the metrics before and after a wait of more than 60 s for the next broker call', async () => {
    const world = await createWorldAtRenewal('kis', { options: { reuseWindowSeconds: 86_400 } });
    await world.tick();
    await later(world, 35 * MINUTE).tick();
    world.state.now = publishedTokenIn(world).expiresAt - 4 * MINUTE;
    const { handle, metrics } = handlerForWorld(world);
    await handle(sqsEventOf(record(tick())));
    const [before, after, issued] = metrics;
    // The verify call takes 0.3 s of the 240 s until the expiry.
    expect(before?.[2]).toEqual({ secondsToExpiry: 239.7, headroom: 3 * 3600, failureLevel: 0 });
    expect(after?.[2]).toMatchObject({ secondsToExpiry: expect.closeTo(86_400, -1), failureLevel: 0 });
    expect([issued, metrics.length]).toEqual([['issued', 1], 3]);
  });

  it('publishes the metrics only once if it waits 2 s between two broker calls', async () => {
    const { handle, metrics } = handlerForWorld(await createWorldAtRenewal('kiwoom'));
    await handle(sqsEventOf(record(tick())));
    expect(metrics.map(([name]) => name)).toEqual(['credential', 'issued']);
    expect(metrics.at(-1)).toEqual(['issued', 2]);
  });

  it('publishes the metrics only after a wait of 60 s if no token is live before the wait', async () => {
    const world = await createDeadTokenWorld();
    const { handle, metrics } = handlerForWorld(world);
    await handle(sqsEventOf(record({ credential: 'main', cause: 'rejected', generation: 1 }, 'm-report')));
    expect(world.calls).toContain('sleep 60 s');
    expect(metrics.map(([name]) => name)).toEqual(['credential', 'issued']);
  });

  it.each<[outcome: string, level: string, call: PortCall, chosen: Outcome]>([
    ['published', 'info', 'issue', 'ok'],
    ['throttled', 'warn', 'issue', 'throttled'],
    ['unavailable', 'warn', 'issue', 'unavailable'],
    ['malformed', 'warn', 'issue', 'malformed'],
    ['rejected', 'warn', 'issue', 'rejected'],
    ['unpublished', 'warn', 'writeToken', 'denied'],
  ])('logs the outcome %s as %s', async (outcome, level, call, chosen) => {
    const world = await createWorldAtRenewal('kis');
    world.chooseOutcome = alwaysFail(call, chosen);
    const { handle, lines } = handlerForWorld(world);
    await handle(sqsEventOf(record(tick())));
    expect(lines.find(({ fields }) => fields['action'] === 'issue')).toMatchObject({
      level,
      message: 'decision',
      fields: { outcome },
    });
  });
});

describe('An invalid message', () => {
  it.each([
    ['is no JSON', 'FAKE', 'main', 'the body is not JSON'],
    ['has an unknown cause', { credential: 'main', cause: 'other' }, 'main', 'cause'],
    [
      'is in the message group of a different credential',
      tick(),
      'other',
      'the message group must be "main", got "other"',
    ],
  ])('that %s is logged, counted and dropped', async (_why, body, group, problem) => {
    const { handle, lines, metrics } = handlerForWorld(await createIdleWorld());
    expect(await handle(sqsEventOf(record(body, 'm-1', group)))).toEqual({ batchItemFailures: [] });
    expect(lines).toEqual([
      {
        level: 'warn',
        message: 'refused message',
        fields: { messageId: 'm-1', problems: expect.stringContaining(problem) },
      },
    ]);
    expect(metrics).toEqual([['refused']]);
  });

  it('without a message group is dropped', async () => {
    const { handle, lines } = handlerForWorld(await createIdleWorld());
    const { attributes: _, ...bare } = record(tick());
    expect(await handle(sqsEventOf({ ...bare, attributes: {} } as never))).toEqual({ batchItemFailures: [] });
    expect(lines[0]?.fields['problems']).toBe('the message group must be "main", got none');
  });

  it('for an unknown credential is dropped', async () => {
    const { handle, lines, metrics } = handlerForWorld(
      await createIdleWorld(),
      failing(new UnknownCredentialError('FAKE unknown')),
    );
    expect(await handle(sqsEventOf(record(tick())))).toEqual({ batchItemFailures: [] });
    expect(lines).toMatchObject([{ level: 'warn', fields: { problems: 'FAKE unknown' } }]);
    expect(metrics).toEqual([['refused']]);
  });
});

describe('An unexpected error', () => {
  it('is thrown as a DefectError, and its text is not logged', async () => {
    const { handle, lines } = handlerForWorld(
      await createIdleWorld(),
      failing(new SyntaxError('FAKE-SECRET at FAKE')),
    );
    await expect(handle(sqsEventOf(record(tick())))).rejects.toThrow(
      expect.objectContaining({
        code: 'Defect',
        message: 'a message failed because of a defect: see the log line "defect"',
      }),
    );
    expect(lines).toMatchObject([{ level: 'error', message: 'defect', fields: { defect: 'SyntaxError' } }]);
    expect(lines[0]?.fields['at']).toEqual(
      expect.arrayContaining([expect.stringMatching(/^at .*sqs-handler\.test\.ts/)]),
    );
    expect(JSON.stringify(lines)).not.toContain('FAKE-SECRET');
  });

  it('is logged with its type if the thrown value is no Error object', async () => {
    const { handle, lines } = handlerForWorld(await createIdleWorld(), failing('FAKE text'));
    await expect(handle(sqsEventOf(record(tick())))).rejects.toThrow(DefectError);
    expect(lines).toMatchObject([{ fields: { defect: 'string', at: [] } }]);
  });
});

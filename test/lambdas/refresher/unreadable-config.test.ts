import { describe, expect, it } from 'vitest';
import { UnreadableConfigError } from '../../../lambdas/store/parameters.ts';
import { HEALTHY, kst, TOKEN } from '../decision/facts.ts';
import { eventOf, failing, forced, handlerOver, record, tick } from './events.ts';
import { emptyWorld, HOUR } from './world-harness.ts';

describe('A config that cannot be read', () => {
  const now = kst('20:30', '2026-11-18');
  it.each([
    ['a live token', { ...TOKEN, expiresAt: now + HOUR }, 3600],
    ['a dead token', { ...TOKEN, expiresAt: now + HOUR, health: 'dead' as const }, 0],
    ['an expired token', { ...TOKEN, expiresAt: now - HOUR }, 0],
    ['no token', undefined, 0],
  ])('keeps %s at level 2', async (_what, published, seconds) => {
    const error = new UnreadableConfigError('FAKE config', { ...HEALTHY, published }, false);
    const { handle, lines, metrics } = handlerOver(emptyWorld('kis'), failing(error));
    expect(await handle(eventOf(record(forced)))).toEqual({ batchItemFailures: [] });
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

  it('writes no metrics of a fleet credential, which the fleet monitor reports', async () => {
    const error = new UnreadableConfigError('FAKE config', HEALTHY, true);
    const { handle, metrics } = handlerOver(emptyWorld('kis'), failing(error));
    await handle(eventOf(record(tick())));
    expect(metrics).toEqual([]);
  });
});

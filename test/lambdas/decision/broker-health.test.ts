import { describe, expect, it } from 'vitest';
import type { Session } from '../../../lambdas/shared/sessions.ts';
import {
  attempt,
  decisionAt,
  type FactsChange,
  forced,
  HOUR,
  kiwoomFactsAt,
  kst,
  MINUTE,
  NEAR,
  SECOND,
  stepAt,
  stepOf,
} from './facts.ts';

const sessions: Session[] = [{ preset: 'nxt' }];
const unreachable = { verdict: 'unreachable' } as const;
const WAIT = 'wait BrokerUnhealthy';
const ISSUE = 'issue NearExpiry';

describe('While the broker answers no verify calls, the refresher', () => {
  // The trading session starts at 08:00, and the lead time before it starts at 07:30.
  const beforeSession = { config: { sessions }, token: { expiresAt: kst('12:00'), renewAt: kst('07:00') } };

  it.each<[what: string, time: string, step: string, change: FactsChange]>([
    ['sends no issue call until two thirds of the margin are left', '08:19:59.999', WAIT, {}],
    ['sends an issue call when two thirds of the margin are left', '08:20', ISSUE, {}],
    ['then sends this issue call without a verify call', '08:20', ISSUE, { done: {} }],
    ['sends an issue call for a suspect token', '08:20:01', ISSUE, { token: { health: 'suspect' } }],
    ['sends no issue call at the start of the lead before a session', '07:10', WAIT, beforeSession],
    ['sends no issue call in the first half of this lead', '07:44:59', WAIT, beforeSession],
    ['sends an issue call in the last half of this lead', '07:45', ISSUE, beforeSession],
    ['sends an issue call until two minutes before the session', '07:57:59', ISSUE, beforeSession],
    ['keeps the token in the last two minutes before the session', '07:58', 'keep Fresh', beforeSession],
  ])('%s (at %s: %s)', (_what, time, step, change) => {
    expect(stepAt(kst(time), { done: unreachable, ...change })).toBe(step);
  });

  it.each([
    ['08:20', WAIT],
    ['08:39:59', WAIT],
    ['08:40', ISSUE],
  ])('sends a Kiwoom issue call only when one third of the margin is left (at %s: %s)', (time, step) => {
    expect(stepOf(kiwoomFactsAt(kst(time), { done: unreachable }), kst(time))).toBe(step);
  });

  it('delays a forced refresh in the last half of the lead time before a session', () => {
    const token = { expiresAt: kst('23:00'), renewAt: kst('22:00') };
    const change = { token, config: { sessions }, done: unreachable, state: { pending: forced } };
    expect(decisionAt(kst('07:50'), change)).toEqual({
      action: 'wait',
      reason: 'BrokerUnhealthy',
      until: kst('07:55'),
      due: 'Forced',
      sleep: false,
    });
  });
});

describe('A token that is kept until its expiry', () => {
  it.each([
    ['is not verified in the first half of its margin', kst('08:30'), 'wait AwaitExpiry'],
    ['is verified at each tick in the last half of its margin', kst('08:30') + 1, 'verify AwaitExpiry'],
  ])('%s', (_what, now, step) => {
    expect(stepAt(now, { token: { returnedAgain: 2 }, state: { lastCallAt: NEAR - HOUR } })).toBe(step);
  });
});

describe('Without a live token, after an unanswered issue call, the refresher', () => {
  /** The token expired at 09:00; the last issue call ended at 09:01 without an answer. */
  const LAST = kst('09:01');
  const unanswered = (change: FactsChange): FactsChange => {
    const last = attempt({ at: LAST - 10 * SECOND, outcome: 'unavailable' });
    return { ...change, state: { attempt: last, lastCallAt: LAST, ...change.state } };
  };

  it.each(['alive', 'dead', 'unclear'] as const)(
    'sends the next issue call after a verify call with the verdict "%s"',
    (verdict) => {
      expect(stepAt(LAST + 2 * MINUTE, unanswered({ done: { verdict } }))).toMatch(/^issue/);
    },
  );

  it.each<[minutes: number, when: string, step: string, change: FactsChange]>([
    [60, 'the broker answers no call', 'issue Expired', { done: unreachable }],
    [15, 'the broker answers only verify calls', 'issue Expired', { done: { verdict: 'dead' } }],
    [60, 'there is no token', 'issue Missing', { token: null }],
    [60, 'the token parameter does not contain the token', 'issue ParameterLost', { parameter: 'lost' }],
  ])(
    'with a spent budget at KIS live sends the next call after %i min if %s',
    (minutes, _if, step, change) => {
      const issues = Array.from({ length: 8 }, (_, index) => LAST - (index + 1) * MINUTE);
      const until = LAST + minutes * MINUTE;
      const spent = unanswered({ ...change, state: { issues } });
      expect(decisionAt(until - 1, spent)).toMatchObject({ reason: 'BrokerUnhealthy', until });
      expect(stepAt(until, spent)).toBe(step);
    },
  );
});

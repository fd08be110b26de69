import { describe, expect, it } from 'vitest';
import { decide } from '../../../lambdas/decision/decide.ts';
import type { State } from '../../../lambdas/shared/state.ts';
import {
  attempt,
  DAY,
  type FactsChange,
  factsAt,
  kst,
  MINUTE,
  OTHER_APP_KEY,
  SECOND,
  TOKEN,
} from './facts.ts';

/** The token expired at 09:00; the last ask ended at 09:01 without an answer. */
const LAST = kst('09:01');
const NOW = LAST + 2 * MINUTE;
const EVERY = 15 * MINUTE;
const unreachable = { verdict: 'unreachable' as const };
const asked = (state: Partial<State> = {}): Partial<State> => ({
  attempt: attempt({ at: LAST - 10 * SECOND, outcome: 'unavailable' }),
  lastCallAt: LAST,
  ...state,
});
const decided = (now: number, { state, ...change }: FactsChange = {}) =>
  decide(factsAt(now, { ...change, state: asked(state) }), now);
const ISSUE = { action: 'issue', reason: 'Expired' };
const VERIFY = { action: 'verify', reason: 'BeforeCall' };

describe('Without a live token, after an issue call that had no answer, the broker', () => {
  it('gets a verify call before the next issue call', () => {
    expect(decided(NOW)).toEqual(VERIFY);
  });

  it.each(['alive', 'dead', 'unclear'] as const)(
    'is asked once the verify call has the verdict %s',
    (verdict) => {
      expect(decided(NOW, { done: { verdict } })).toMatchObject({ action: 'issue' });
    },
  );

  it('is left alone until the next tick while it does not answer', () => {
    expect(decided(NOW, { done: unreachable })).toEqual({
      action: 'wait',
      reason: 'BrokerUnhealthy',
      until: NOW + 5 * MINUTE,
      due: 'Expired',
      sleep: false,
    });
  });

  it('gets an issue call 15 min after the last one, without a verify call', () => {
    const at = LAST + EVERY;
    expect(decided(at - 1, { done: unreachable })).toMatchObject({ reason: 'BrokerUnhealthy', until: at });
    expect(decided(at - 1)).toEqual(VERIFY);
    expect(decided(at)).toEqual(ISSUE);
  });

  describe('of KIS live, once the issues of the day are spent,', () => {
    const config = { market: 'live' } as const;
    const issues = Array.from({ length: 8 }, (_, index) => LAST - (index + 1) * MINUTE);
    const spent = (now: number, change: FactsChange = {}) =>
      decided(now, { config, ...change, state: { issues, ...change.state } });

    it('gets an issue call an hour after the last one while it answers nothing', () => {
      const at = LAST + 60 * MINUTE;
      expect(spent(LAST + EVERY, { done: unreachable })).toMatchObject({ reason: 'BrokerUnhealthy' });
      expect(spent(at - 1, { done: unreachable })).toMatchObject({ reason: 'BrokerUnhealthy', until: at });
      expect(spent(at, { done: unreachable })).toEqual(ISSUE);
    });

    it('gets an issue call 15 min after the last one while it answers verify calls only', () => {
      const at = LAST + EVERY;
      const done = { verdict: 'dead' } as const;
      expect(spent(at - 1, { done })).toMatchObject({ reason: 'BrokerUnhealthy', until: at });
      expect(spent(at, { done })).toEqual(ISSUE);
    });

    it.each<[what: string, change: FactsChange]>([
      ['there is no token', { token: null }],
      ['the token parameter does not hold the token', { parameter: 'lost' }],
    ])('is asked an hour after the last ask if %s to verify', (_what, change) => {
      const at = LAST + 60 * MINUTE;
      expect(spent(at - 1, change)).toMatchObject({ reason: 'BrokerUnhealthy', until: at });
      expect(spent(at, change)).toMatchObject({ action: 'issue' });
    });
  });

  it('gets an issue call after a verdict although the budget is spent, where no daily limit applies', () => {
    const issues = Array.from({ length: 8 }, (_, index) => LAST - (index + 1) * MINUTE);
    expect(decided(NOW + EVERY, { state: { issues }, done: { verdict: 'dead' } })).toMatchObject(ISSUE);
  });

  it('is verified with a token that was found dead, too', () => {
    const published = { ...TOKEN, expiresAt: NOW + DAY, health: 'dead' as const };
    expect(decided(NOW, { state: { published } })).toEqual(VERIFY);
  });

  it.each<[what: string, change: FactsChange]>([
    ['there is no token to verify', { token: null }],
    ['the token parameter does not hold the token', { parameter: 'lost' }],
    ['the last ask was answered', { state: { attempt: attempt({ at: LAST, outcome: 'throttled' }) } }],
    [
      'the last call was a revocation',
      { state: { attempt: attempt({ at: LAST, kind: 'revoke', outcome: 'unavailable' }) } },
    ],
    ['the time of the last call is not known', { state: { lastCallAt: undefined } }],
    [
      'the last call lies in the future, because the clock was turned back',
      { state: { lastCallAt: NOW + DAY } },
    ],
    ['the last call was made with another app key', { state: { calledWith: OTHER_APP_KEY } }],
  ])('is asked at once if %s', (_what, change) => {
    expect(decided(NOW, change)).toMatchObject({ action: 'issue' });
  });

  it('gets no call before the minimum interval is over', () => {
    expect(decided(LAST + 61 * SECOND - 1)).toMatchObject({ action: 'wait', reason: 'TooSoon' });
    expect(decided(LAST + 61 * SECOND)).toEqual(VERIFY);
  });
});

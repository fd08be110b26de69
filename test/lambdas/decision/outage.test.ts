import { describe, expect, it } from 'vitest';
import { decide } from '../../../lambdas/decision/decide.ts';
import type { State } from '../../../lambdas/shared/state.ts';
import { attempt, type FactsChange, factsAt, kst, MINUTE, SECOND } from './facts.ts';

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

describe('Without a live token, after an issue call that had no answer, the broker', () => {
  it.each(['alive', 'dead', 'unclear'] as const)(
    'is asked once the verify call has the verdict %s',
    (verdict) => {
      expect(decided(NOW, { done: { verdict } })).toMatchObject({ action: 'issue' });
    },
  );

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
});

import { describe, expect, it } from 'vitest';
import { decide } from '../../../lambdas/decision/decide.ts';
import { type Decision, VERDICTS, type Verdict, type Wait } from '../../../lambdas/decision/facts.ts';
import { timeLeft } from '../../../lambdas/decision/failure-level.ts';
import { type FactsChange, factsAt, kst, OTHER_APP_KEY, PUBLISHED_TOKEN } from './facts.ts';

/**
 * The token is due for renewal from 08:00 and expires at 09:00, so half of its renewal margin is left at
 * 08:30.
 */
const FRESH = kst('20:30', '2026-11-19');
const NEAR = kst('08:10');

describe('The remaining time in the metrics', () => {
  const wait = (reason: Wait['reason']): Decision => ({
    action: 'wait',
    reason,
    until: PUBLISHED_TOKEN.expiresAt,
    due: 'NearExpiry',
    sleep: false,
  });
  const keep: Decision = { action: 'keep', reason: 'Fresh' };
  const left = (decision: Decision, now: number, change: FactsChange = {}) =>
    timeLeft(factsAt(now, change), decision, now);

  it('is the time to the expiry of a live token', () => {
    expect(left(keep, FRESH)).toEqual({ secondsToExpiry: 45_000, headroom: 45_000 });
    expect(left(wait('BudgetSpent'), NEAR)).toEqual({ secondsToExpiry: 3000, headroom: 3000 });
  });

  it.each<[what: string, change: FactsChange]>([
    ['a dead token', { token: { health: 'dead' } }],
    ['a token of a different app key', { secret: { version: 'v2', appKey: OTHER_APP_KEY } }],
    ['a lost parameter', { parameter: 'lost' }],
    ['no token', { token: null }],
  ])('is 0 for %s', (_what, change) => {
    expect(left(wait('AwaitExpiry'), NEAR, change)).toEqual({ secondsToExpiry: 0, headroom: 0 });
  });

  it('is at least the renewal margin while the refresher waits for the expiry of a live token', () => {
    const token = { returnedAgain: 1 };
    expect(left(wait('AwaitExpiry'), NEAR, { token })).toEqual({ secondsToExpiry: 3000, headroom: 3600 });
    expect(left(wait('AwaitExpiry'), FRESH, { token }).headroom).toBe(45_000);
    expect(left(wait('WouldReuse'), NEAR, { token }).headroom).toBe(3600);
    expect(left(wait('BudgetSpent'), NEAR, { token }).headroom).toBe(3600);
    expect(left({ action: 'verify', reason: 'AwaitExpiry' }, NEAR, { token }).headroom).toBe(3600);
    expect(left({ action: 'verify', reason: 'WouldReuse' }, NEAR, { token }).headroom).toBe(3600);
  });

  it('is scaled up to renewBefore if a short token lifetime shortens the margin', () => {
    // A token lifetime of 1 h limits the margin to 30 min; the headroom is scaled to the 60 min of
    // renewBefore.
    const token = { issuedAt: kst('08:00'), expiresAt: kst('09:00') };
    const at = (time: string) => left(keep, kst(time), { token });
    expect(at('08:00')).toEqual({ secondsToExpiry: 3600, headroom: 5400 });
    expect(at('08:30')).toEqual({ secondsToExpiry: 1800, headroom: 3600 });
    expect(at('08:45')).toEqual({ secondsToExpiry: 900, headroom: 1800 });
    expect(at('08:59')).toEqual({ secondsToExpiry: 60, headroom: 120 });
  });

  it('is the time to the expiry if the broker does not answer in the second half of the margin', () => {
    const now = kst('08:40');
    const state = { lastCallAt: kst('08:25'), published: { ...PUBLISHED_TOKEN, returnedAgain: 1 } };
    expect(decide(factsAt(now, { state }), now)).toEqual({ action: 'verify', reason: 'WouldReuse' });
    const answered = (verdict: Verdict) => {
      const facts = factsAt(now, { state, done: { verdict } });
      return timeLeft(facts, decide(facts, now), now).headroom;
    };
    expect(VERDICTS.filter((verdict) => verdict !== 'dead').map(answered)).toEqual([3600, 3600, 1200]);
  });
});

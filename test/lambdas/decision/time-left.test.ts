import { describe, expect, it } from 'vitest';
import { decide } from '../../../lambdas/decision/decide.ts';
import type { Decision, Wait } from '../../../lambdas/decision/facts.ts';
import { timeLeft } from '../../../lambdas/decision/failure-level.ts';
import { EXPIRY, type FactsChange, FRESH, factsAt, kst, OTHER_KEY, stepAt } from './facts.ts';

/** A renewal is due, and more than half of the renewal margin is left. */
const NEAR = kst('08:10');

describe('The remaining time in the metrics', () => {
  const wait = (reason: Wait['reason']): Decision => ({
    action: 'wait',
    reason,
    until: EXPIRY,
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
    ['a token of a different app key', { secret: OTHER_KEY }],
    ['a lost parameter', { parameter: 'lost' }],
    ['no token', { token: null }],
  ])('is 0 for %s', (_what, change) => {
    expect(left(wait('AwaitExpiry'), NEAR, change)).toEqual({ secondsToExpiry: 0, headroom: 0 });
  });

  it.each<[Decision, now: number, headroom: number]>([
    [wait('AwaitExpiry'), NEAR, 3600],
    [wait('AwaitExpiry'), FRESH, 45_000],
    [wait('WouldReuse'), NEAR, 3600],
    [wait('BudgetSpent'), NEAR, 3600],
    [{ action: 'verify', reason: 'AwaitExpiry' }, NEAR, 3600],
    [{ action: 'verify', reason: 'WouldReuse' }, NEAR, 3600],
  ])('is at least the margin while a live token is kept until its expiry: %j', (decision, now, headroom) => {
    const secondsToExpiry = (EXPIRY - now) / 1000;
    expect(left(decision, now, { token: { returnedAgain: 1 } })).toEqual({ secondsToExpiry, headroom });
  });

  it('is scaled up to renewBefore if a short token lifetime shortens the margin', () => {
    // A token lifetime of 1 h limits the margin to 30 min; the headroom is scaled to the 60 min of
    // renewBefore.
    const at = (time: string) => left(keep, kst(time), { token: { issuedAt: kst('08:00') } });
    expect(at('08:00')).toEqual({ secondsToExpiry: 3600, headroom: 5400 });
    expect(at('08:30')).toEqual({ secondsToExpiry: 1800, headroom: 3600 });
    expect(at('08:45')).toEqual({ secondsToExpiry: 900, headroom: 1800 });
    expect(at('08:59')).toEqual({ secondsToExpiry: 60, headroom: 120 });
  });

  it('is the time to the expiry if the broker does not answer in the second half of the margin', () => {
    const now = kst('08:40');
    const change = { state: { lastCallAt: kst('08:25') }, token: { returnedAgain: 1 } };
    expect(stepAt(now, change)).toBe('verify WouldReuse');
    const headrooms = (['alive', 'unclear', 'unreachable'] as const).map((verdict) => {
      const facts = factsAt(now, { ...change, done: { verdict } });
      return timeLeft(facts, decide(facts, now), now).headroom;
    });
    expect(headrooms).toEqual([3600, 3600, 1200]);
  });
});

import { describe, expect, it } from 'vitest';
import type { Decision, WaitReason } from '../../../lambdas/refresher/decide.ts';
import { sleepThrough } from '../../../lambdas/refresher/nap.ts';
import type { Outcome } from '../../../lambdas/shared/state.ts';
import { attempt, HEALTHY, kst, MINUTE, SECOND } from './facts.ts';

const NOW = kst('08:58');
const shift = { nextTick: NOW + 5 * MINUTE, deadline: NOW + 450 * SECOND };
const LATEST = NOW + 390 * SECOND;

const wait = (until: number, reason: WaitReason = 'AwaitExpiry', must = true): Decision => ({
  action: 'wait',
  reason,
  until,
  must,
  due: 'NearExpiry',
});
const after = (outcome: Outcome) => ({ ...HEALTHY, attempt: attempt({ at: NOW, outcome }) });

describe('meeting the expiry: a short wait is slept through', () => {
  it.each<[string, Decision, number | undefined]>([
    ['for the expiry, when the old token must go', wait(NOW + 2 * MINUTE), NOW + 2 * MINUTE],
    ['for the minimum interval', wait(NOW + MINUTE, 'TooSoon'), NOW + MINUTE],
    ['for the end of the reuse window', wait(NOW + MINUTE, 'WouldReuse'), NOW + MINUTE],
    ['up to 90 s beyond the next tick', wait(LATEST), LATEST],
    ['and not a millisecond more', wait(LATEST + 1), undefined],
    ['not while the old token lives on', wait(NOW + MINUTE, 'TooSoon', false), undefined],
    ['not for a spent budget', wait(NOW + MINUTE, 'BudgetSpent'), undefined],
    ['not when backing off', wait(NOW + MINUTE, 'BackingOff'), undefined],
    ['not under a hold', { action: 'hold', reason: 'Paused', due: 'TokenDead' }, undefined],
    ['not when a token is kept', { action: 'keep', reason: 'Fresh' }, undefined],
  ])('%s', (_sentence, decision, until) => {
    expect(sleepThrough(decision, HEALTHY, shift)).toBe(until);
  });

  it.each<[Outcome, boolean]>([
    ['unavailable', false],
    ['malformed', false],
    ['throttled', true],
    ['unchanged', true],
    ['published', true],
  ])('after %s: %s', (outcome, sleeps) => {
    expect(sleepThrough(wait(NOW + MINUTE, 'TooSoon'), after(outcome), shift) !== undefined).toBe(sleeps);
  });

  it('leaves 45 s of the invocation for the work', () => {
    const short = { ...shift, deadline: NOW + 100 * SECOND };
    expect(sleepThrough(wait(NOW + 55 * SECOND), HEALTHY, short)).toBe(NOW + 55 * SECOND);
    expect(sleepThrough(wait(NOW + 55 * SECOND + 1), HEALTHY, short)).toBeUndefined();
  });

  it('a state without any attempt sleeps too', () => {
    expect(sleepThrough(wait(NOW + MINUTE), { generation: 0, issues: [] }, shift)).toBe(NOW + MINUTE);
  });
});

import { describe, expect, it } from 'vitest';
import { decide } from '../../../lambdas/decision/decide.ts';
import type { Facts } from '../../../lambdas/decision/facts.ts';
import { budgetSpentUntil } from '../../../lambdas/decision/gate.ts';
import {
  DAY,
  type FactsChange,
  factsAt,
  HOUR,
  kiwoomFactsAt,
  kst,
  MINUTE,
  OTHER_APP_KEY,
  SECOND,
} from './facts.ts';

/** The token must be renewed from 08:00 and expires at 09:00. At 08:30, half of the margin is left. */
const NEAR = kst('08:00');
const HALF = kst('08:30');
/** With two issue calls in the last day, the budget is spent. */
const OLDEST = NEAR - 20 * HOUR;
const TWO = [OLDEST, NEAR - 10 * HOUR];

function spentAt(now: number, change: FactsChange = {}): Facts {
  const state = { issues: TWO, lastCallAt: NEAR - 10 * HOUR, ...change.state };
  return factsAt(now, {
    ...change,
    config: { maxIssuesPerDay: 2, ...change.config },
    state,
    done: { verdict: 'alive' },
  });
}

describe('A spent daily budget', () => {
  it('delays a renewal until half of the margin is left', () => {
    expect(decide(spentAt(NEAR), NEAR)).toEqual({
      action: 'wait',
      reason: 'BudgetSpent',
      until: HALF + 1,
      due: 'NearExpiry',
      sleep: false,
    });
    expect(decide(spentAt(HALF), HALF)).toMatchObject({ reason: 'BudgetSpent' });
    expect(decide(spentAt(HALF + 1), HALF + 1)).toEqual({ action: 'issue', reason: 'NearExpiry' });
  });

  it.each<[when: string, now: number, change: FactsChange]>([
    ['with less than half of the margin left', HALF + 10 * MINUTE, {}],
    ['without a live token', NEAR, { token: { health: 'dead' } }],
    ['without a live token of this app key', NEAR, { config: { market: 'paper' } }],
    ['with a lost parameter', NEAR, { parameter: 'lost' }],
  ])('allows one issue call per check interval %s', (_when, now, change) => {
    const called = (ago: number) => spentAt(now, { ...change, state: { lastCallAt: now - ago } });
    expect(decide(called(200 * SECOND), now)).toMatchObject({ reason: 'BudgetSpent', sleep: false });
    expect(decide(called(300 * SECOND), now)).toMatchObject({ action: 'issue' });
  });

  it.each([
    [2, [NEAR - DAY, NEAR - HOUR], undefined],
    [2, [NEAR - DAY + 1, NEAR - HOUR], NEAR + 1],
    [2, [NEAR - HOUR, NEAR - 2 * HOUR], NEAR + 22 * HOUR],
    [2, [NEAR - HOUR, NEAR + 60 * SECOND], NEAR + 23 * HOUR],
    [2, [NEAR - HOUR, NEAR + 60 * SECOND + 1], undefined],
    [2, [NEAR - 3 * HOUR, NEAR - 2 * HOUR, NEAR - HOUR], NEAR + 22 * HOUR],
    [8, TWO, undefined],
  ])('of %i issue calls counts the calls of the last 24 h', (maxIssuesPerDay, issues, until) => {
    const facts = factsAt(NEAR, { config: { maxIssuesPerDay }, state: { issues } });
    expect(budgetSpentUntil(facts, NEAR)).toBe(until);
  });
});

describe('The limit of 32 issue calls a day at KIS live', () => {
  const issues = Array.from({ length: 32 }, (_, index) => NEAR - DAY + (index + 1) * MINUTE);
  const dead = { health: 'dead' as const };
  const change = { state: { issues, lastCallAt: NEAR - HOUR }, token: dead };

  it('delays the issue call even for a dead token until the oldest counted call is 24 hours old', () => {
    expect(decide(spentAt(NEAR, change), NEAR)).toEqual({
      action: 'wait',
      reason: 'BudgetSpent',
      until: NEAR + MINUTE,
      due: 'TokenDead',
      sleep: false,
    });
    expect(decide(spentAt(NEAR + MINUTE, change), NEAR + MINUTE)).toMatchObject({ action: 'issue' });
  });

  it.each([
    ['KIS paper', spentAt(NEAR, { ...change, config: { market: 'paper' } })],
    ['Kiwoom live', kiwoomFactsAt(NEAR, { ...change, config: { maxIssuesPerDay: 2 } })],
  ])('does not apply to %s', (_which, facts) => {
    expect(decide(facts, NEAR)).toMatchObject({ action: 'issue' });
  });

  it('does not count the issue calls of a different app key', () => {
    const state = { ...change.state, calledWith: OTHER_APP_KEY };
    expect(decide(spentAt(NEAR, { ...change, state }), NEAR)).toMatchObject({ action: 'issue' });
  });
});
const EXPIRY = kst('09:00');
const kiwoomDueAt = (now: number, change: FactsChange = {}): Facts =>
  kiwoomFactsAt(now, { ...change, done: { verdict: 'alive', ...change.done } });

describe('A token whose early revocation was rejected', () => {
  it('is kept until its expiry if the next attempt to replace the token would be after the expiry', () => {
    const now = EXPIRY - 5 * MINUTE;
    const facts = kiwoomDueAt(now, { token: { returnedAgain: 1, revocations: 1 } });
    const called = (lastCallAt: number) => decide({ ...facts, state: { ...facts.state, lastCallAt } }, now);
    const end = EXPIRY + SECOND;
    expect(called(end - 15 * MINUTE)).toMatchObject({ reason: 'AwaitExpiry', until: end, due: 'NearExpiry' });
    expect(called(end - 15 * MINUTE - 1)).toMatchObject({ reason: 'BackingOff', until: end - 1 });
  });

  it('is kept until its expiry if the budget does not allow the calls of a further early renewal', () => {
    const issues = [NEAR - 3 * HOUR, NEAR - 2 * HOUR, NEAR - HOUR];
    const at = (maxIssuesPerDay: number) => {
      const facts = kiwoomDueAt(NEAR, {
        token: { returnedAgain: 1, revocations: 1 },
        config: { maxIssuesPerDay },
      });
      return decide({ ...facts, state: { ...facts.state, issues, lastCallAt: NEAR - MINUTE } }, NEAR);
    };
    expect(at(5)).toMatchObject({ reason: 'AwaitExpiry', until: EXPIRY + SECOND });
    expect(at(6)).toMatchObject({ reason: 'BackingOff', until: NEAR + 14 * MINUTE });
  });

  it('is kept until its expiry if its renewal is due during a session', () => {
    const facts = kiwoomDueAt(NEAR, {
      token: { returnedAgain: 1, expiresAt: NEAR + HOUR },
      config: { sessions: [{ preset: 'nxt' }] },
    });
    expect(decide(facts, NEAR)).toMatchObject({ reason: 'AwaitExpiry', due: 'NearExpiryFailOpen' });
  });
});

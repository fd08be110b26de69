import { describe, expect, it } from 'vitest';
import { decide } from '../../../lambdas/decision/decide.ts';
import { budgetSpentUntil } from '../../../lambdas/decision/gate.ts';
import {
  DAY,
  decisionAt,
  EXPIRY,
  type FactsChange,
  factsAt,
  HOUR,
  kiwoomFactsAt,
  kst,
  MINUTE,
  NEAR,
  OTHER_APP_KEY,
  SECOND,
  stepAt,
  stepOf,
} from './facts.ts';

/** The instant at which half of the renewal margin is left. */
const HALF = kst('08:30');
const dead = { health: 'dead' } as const;
const alive = { verdict: 'alive' } as const;
/** With two issue calls in the last day, the budget is spent. */
const TWO = [NEAR - 20 * HOUR, NEAR - 10 * HOUR];
const spent = ({ config, state, ...change }: FactsChange = {}): FactsChange => ({
  ...change,
  config: { maxIssuesPerDay: 2, ...config },
  state: { issues: TWO, lastCallAt: NEAR - 10 * HOUR, ...state },
  done: alive,
});

describe('A spent daily budget', () => {
  it('delays a renewal until half of the margin is left', () => {
    expect(decisionAt(NEAR, spent())).toEqual({
      action: 'wait',
      reason: 'BudgetSpent',
      until: HALF + 1,
      due: 'NearExpiry',
      sleep: false,
    });
    expect(stepAt(HALF, spent())).toBe('wait BudgetSpent');
    expect(stepAt(HALF + 1, spent())).toBe('issue NearExpiry');
  });

  it.each<[when: string, now: number, change: FactsChange]>([
    ['with less than half of the margin left', HALF + 10 * MINUTE, {}],
    ['without a live token', NEAR, { token: dead }],
    ['without a live token of this app key', NEAR, { config: { market: 'paper' } }],
    ['with a lost parameter', NEAR, { parameter: 'lost' }],
  ])('allows one issue call per check interval %s', (_when, now, change) => {
    const called = (ago: number) => decisionAt(now, spent({ ...change, state: { lastCallAt: now - ago } }));
    expect(called(200 * SECOND)).toMatchObject({ reason: 'BudgetSpent', sleep: false });
    expect(called(300 * SECOND)).toMatchObject({ action: 'issue' });
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
  const state = { issues, lastCallAt: NEAR - HOUR };
  const change = spent({ state, token: dead });

  it('delays the issue call for a dead token until the oldest counted call is 24 hours old', () => {
    const until = NEAR + MINUTE;
    expect(decisionAt(NEAR, change)).toMatchObject({ reason: 'BudgetSpent', until, sleep: false });
    expect(stepAt(until, change)).toBe('issue TokenDead');
  });

  it.each([
    ['KIS paper', factsAt(NEAR, spent({ state, token: dead, config: { market: 'paper' } }))],
    ['Kiwoom live', kiwoomFactsAt(NEAR, change)],
    ['a different app key', factsAt(NEAR, { ...change, state: { ...state, calledWith: OTHER_APP_KEY } })],
  ])('does not apply to %s', (_which, facts) => {
    expect(stepOf(facts, NEAR)).toMatch(/^issue/);
  });
});

describe('A token whose early revocation was rejected', () => {
  const kiwoom = (now: number, change: FactsChange) => {
    const token = { returnedAgain: 1, revocations: 1, ...change.token };
    return decide(kiwoomFactsAt(now, { ...change, token, done: alive }), now);
  };
  const end = EXPIRY + SECOND;

  it('is kept until its expiry if the next attempt to replace the token would be after the expiry', () => {
    const called = (lastCallAt: number) => kiwoom(EXPIRY - 5 * MINUTE, { state: { lastCallAt } });
    expect(called(end - 15 * MINUTE)).toMatchObject({ reason: 'AwaitExpiry', until: end, due: 'NearExpiry' });
    expect(called(end - 15 * MINUTE - 1)).toMatchObject({ reason: 'BackingOff', until: end - 1 });
  });

  it('is kept until its expiry if the budget does not allow the calls of a further early renewal', () => {
    const state = { issues: [NEAR - 3 * HOUR, NEAR - 2 * HOUR, NEAR - HOUR], lastCallAt: NEAR - MINUTE };
    const at = (maxIssuesPerDay: number) => kiwoom(NEAR, { state, config: { maxIssuesPerDay } });
    expect(at(5)).toMatchObject({ reason: 'AwaitExpiry', until: end });
    expect(at(6)).toMatchObject({ reason: 'BackingOff', until: NEAR + 14 * MINUTE });
  });

  it('is not revoked again within 15 min if no issue call has returned the token', () => {
    const change = { token: { returnedAgain: undefined }, state: { lastCallAt: NEAR - MINUTE } };
    expect(kiwoom(NEAR, change)).toMatchObject({ reason: 'BackingOff', until: NEAR + 14 * MINUTE });
  });

  it('is kept until the expiry if the renewal is due during a session', () => {
    const change = { token: { revocations: undefined }, config: { sessions: [{ preset: 'nxt' as const }] } };
    expect(kiwoom(NEAR, change)).toMatchObject({ reason: 'AwaitExpiry', due: 'NearExpiryFailOpen' });
  });
});

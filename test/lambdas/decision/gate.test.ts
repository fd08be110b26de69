import { describe, expect, it } from 'vitest';
import { decide } from '../../../lambdas/decision/decide.ts';
import {
  attempt,
  decisionAt,
  EXPIRY,
  type FactsChange,
  factsAt,
  forced,
  HOUR,
  KIS,
  keyRejection,
  kiwoomFactsAt,
  kst,
  MINUTE,
  NEAR,
  OTHER_APP_KEY,
  PUBLISHED_TOKEN,
  SECOND,
  stepAt,
  VERSION_WITH_OTHER_APP_SECRET,
} from './facts.ts';

const ISSUE = 'issue NearExpiry';
const dead = { health: 'dead' } as const;
const alive = { verdict: 'alive' } as const;
// A renewal is due, and a verify call has just found the token live, so only a rule of gate.ts can forbid the
// issue call.
const stepWhenDue = (now: number, change: FactsChange) => stepAt(now, { done: alive, ...change });
const decisionWhenDue = (now: number, change: FactsChange) => decisionAt(now, { done: alive, ...change });

describe('The minimum interval', () => {
  const lastCallAt = NEAR + 5 * MINUTE;
  it.each([
    ['until 61 s after the last call', 61 * SECOND - 1, 'wait TooSoon'],
    ['no longer than 61 s after the last call', 61 * SECOND, ISSUE],
    ['although the time of the call is 60 s in the future', -60 * SECOND, 'wait TooSoon'],
    ['unless the time of the call is more than 60 s in the future', -60 * SECOND - 1, ISSUE],
  ])('delays a call %s', (_when, elapsed, step) => {
    expect(stepWhenDue(lastCallAt + elapsed, { state: { lastCallAt } })).toBe(step);
  });

  it('equals the field minimumInterval in the BrokerContract of the broker', () => {
    const contract = { ...KIS, minimumInterval: 300 * SECOND };
    expect(decisionWhenDue(lastCallAt + 299 * SECOND, { contract, state: { lastCallAt } })).toEqual({
      action: 'wait',
      reason: 'TooSoon',
      until: lastCallAt + 300 * SECOND,
      due: 'NearExpiry',
      sleep: false,
    });
  });

  it('applies if the last issue call used a different app key', () => {
    const state = { lastCallAt, calledWith: OTHER_APP_KEY };
    expect(stepWhenDue(lastCallAt + SECOND, { state })).toBe('wait TooSoon');
  });
});

describe('A rejected app key', () => {
  const retryAt = NEAR + 10 * MINUTE;
  const state = { refused: keyRejection({ retryAt }) };
  const hold = { action: 'hold', reason: 'CredentialsRejected', due: 'NearExpiry' };

  it('is not used again before the time in retryAt', () => {
    expect(decisionWhenDue(retryAt - 1, { state })).toEqual({ ...hold, until: retryAt });
    expect(stepWhenDue(retryAt, { state })).toBe(ISSUE);
  });

  it.each([
    ['after retryAt', retryAt + HOUR / 4],
    ['before the rejection, because the clock was set back', NEAR],
  ])('is not used again %s while the secret contains no usable key', (_when, now) => {
    expect(decisionWhenDue(now, { state, secret: { version: 'v1' } })).toEqual(hold);
  });
});

describe('A wait because the broker would return the same token (WouldReuse)', () => {
  it('lasts 30 min if the broker returned the same token after the end of the reuse window', () => {
    const change = { state: { lastCallAt: NEAR }, token: { returnedAgain: 1 } };
    const until = NEAR + 30 * MINUTE;
    expect(decisionWhenDue(until - 1, change)).toEqual({
      action: 'wait',
      reason: 'WouldReuse',
      until,
      due: 'NearExpiry',
      sleep: false,
    });
    expect(stepWhenDue(until, change)).toBe(ISSUE);
  });

  it('does not apply after a change of the app secret, because only an issue call can validate the secret', () => {
    const early = PUBLISHED_TOKEN.issuedAt + 2 * HOUR;
    expect(stepWhenDue(early, { secret: VERSION_WITH_OTHER_APP_SECRET })).toBe('issue CredentialsChanged');
  });

  // An issue call would return the suspect token again if the last issue call returned this token.
  it.each<[outcome: Partial<ReturnType<typeof attempt>>, decision: object]>([
    [{}, { reason: 'WouldReuse', until: PUBLISHED_TOKEN.issuedAt + 6 * HOUR }],
    [{ outcome: 'unavailable' }, { action: 'issue' }],
    [{ kind: 'revoke' }, { action: 'issue' }],
  ])(
    'applies to a suspect token only if the last call was an issue call that returned the token (change: %o)',
    (outcome, decision) => {
      const early = PUBLISHED_TOKEN.issuedAt + 2 * HOUR;
      const last = { ...attempt({ at: early, outcome: 'unchanged', failures: 0 }), ...outcome };
      const state = { pending: forced, attempt: last };
      const change = { done: { verdict: 'unclear' }, token: { health: 'suspect' }, state } as const;
      expect(decisionAt(early, change)).toMatchObject(decision);
    },
  );
});

describe('The wait for the expiry of a token (AwaitExpiry)', () => {
  const wait = { reason: 'AwaitExpiry', until: EXPIRY + SECOND, due: 'NearExpiry', sleep: false };
  const state = { lastCallAt: NEAR - HOUR };
  const kiwoom = (change: FactsChange) =>
    kiwoomFactsAt(NEAR, { done: alive, state, ...change, token: { returnedAgain: 1, ...change.token } });

  it.each([
    ['KIS has returned twice', factsAt(NEAR, { state, token: { returnedAgain: 2 }, done: alive })],
    ['KIS has returned five times', factsAt(NEAR, { state, token: { returnedAgain: 5 }, done: alive })],
    ['Kiwoom returned, if renewEarly is "wait"', kiwoom({ config: { renewEarly: 'wait' } })],
    ['Kiwoom returned, if revocations have no effect', kiwoom({ state: { ...state, revokeUseless: true } })],
    ['Kiwoom returned, after three rejected revocations', kiwoom({ token: { revocations: 3 } })],
  ])('applies to a live token that %s', (_what, facts) => {
    expect(decide(facts, NEAR)).toEqual({ action: 'wait', ...wait });
  });
});

const NOW = kst('08:05');

describe('Of two rules that forbid a call, the decision names', () => {
  // Each constant makes exactly one rule (a gate) forbid the issue call. The constants are in the order in
  // which docs/architecture.md lists the rules.
  const paused: FactsChange = { state: { paused: true } };
  const rejected: FactsChange = { state: { refused: keyRejection({ retryAt: NOW + MINUTE }) } };
  const tooSoon: FactsChange = { state: { lastCallAt: NOW - 30 * SECOND } };
  const unhealthy: FactsChange = { token: { health: 'suspect' }, done: { verdict: 'unreachable' } };
  const awaitExpiry: FactsChange = { token: { returnedAgain: 2 }, done: alive };
  const spent: FactsChange = { state: { issues: [NOW - 2 * HOUR, NOW - HOUR] }, done: alive };
  const unusable = attempt({ at: NOW - MINUTE, outcome: 'malformed', retryAt: NOW + 4 * MINUTE });
  const backingOff: FactsChange = { state: { attempt: unusable }, done: alive };

  const reasonFor = (first: FactsChange, second: FactsChange = {}) =>
    decisionAt(NOW, {
      config: { maxIssuesPerDay: 2 },
      token: { ...first.token, ...second.token },
      done: { ...second.done, ...first.done },
      state: { issues: [], lastCallAt: NOW - HOUR, ...first.state, ...second.state },
    }).reason;

  it.each<[first: string, second: string, FactsChange, FactsChange]>([
    ['Paused', 'CredentialsRejected', paused, rejected],
    ['Paused', 'BrokerUnhealthy', paused, unhealthy],
    ['CredentialsRejected', 'TooSoon', rejected, tooSoon],
    ['CredentialsRejected', 'BrokerUnhealthy', rejected, unhealthy],
    ['CredentialsRejected', 'AwaitExpiry', rejected, awaitExpiry],
    ['TooSoon', 'BrokerUnhealthy', tooSoon, unhealthy],
    ['TooSoon', 'AwaitExpiry', tooSoon, awaitExpiry],
    ['TooSoon', 'BudgetSpent', tooSoon, spent],
    ['BrokerUnhealthy', 'BudgetSpent', unhealthy, spent],
    ['BrokerUnhealthy', 'BackingOff', unhealthy, backingOff],
    ['AwaitExpiry', 'BudgetSpent', awaitExpiry, spent],
    ['AwaitExpiry', 'BackingOff', awaitExpiry, backingOff],
    ['BudgetSpent', 'BackingOff', spent, backingOff],
  ])('%s and not %s', (reason, second, one, other) => {
    expect(reasonFor(one)).toBe(reason);
    expect(reasonFor(other)).toBe(second);
    expect(reasonFor(one, other)).toBe(reason);
  });
});

describe('The sleep flag (the invocation waits for the next call)', () => {
  const called = { lastCallAt: NOW - SECOND };
  const expiring = (expiresAt: number): FactsChange => ({
    done: alive,
    state: called,
    token: { issuedAt: expiresAt - 12 * HOUR, expiresAt, renewAt: NOW - MINUTE },
  });
  const waiting = (duration: number): FactsChange => ({
    contract: { ...KIS, minimumInterval: duration + SECOND },
    deadline: NOW + HOUR,
    state: called,
    token: dead,
  });
  const afterOutcome = (outcome: 'unavailable' | 'malformed'): FactsChange => ({
    state: { ...called, attempt: attempt({ at: NOW - SECOND, outcome }) },
    token: dead,
  });

  it.each<[sleep: boolean, when: string, change: FactsChange]>([
    [true, 'the token expires before a next tick that is 90 s late', expiring(NOW + 390 * SECOND)],
    [false, 'the token outlives a next tick that is 90 s late', expiring(NOW + 390 * SECOND + 1)],
    [true, 'the wait ends by 90 s after the next tick', waiting(390 * SECOND)],
    [false, 'the wait ends later than 90 s after the next tick', waiting(390 * SECOND + 1)],
    [false, 'the last call had the outcome "unavailable"', afterOutcome('unavailable')],
    [false, 'the last call had the outcome "malformed"', afterOutcome('malformed')],
  ])('is %s during the minimum interval if %s', (sleep, _when, change) => {
    expect(decisionAt(NOW, change)).toMatchObject({ reason: 'TooSoon', sleep });
  });
});

describe('An invocation', () => {
  it('makes at most three issue calls, and leaves a fourth issue call to the next tick', () => {
    const decision = (calls: number) => decisionAt(NOW, { token: dead, done: { calls } });
    expect(decision(2)).toEqual({ action: 'issue', reason: 'TokenDead' });
    expect(decision(3)).toMatchObject({ action: 'wait', until: NOW + 300 * SECOND, sleep: false });
  });
});

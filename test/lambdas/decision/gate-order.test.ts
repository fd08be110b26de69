import { describe, expect, it } from 'vitest';
import { decide } from '../../../lambdas/decision/decide.ts';
import {
  attempt,
  type FactsChange,
  factsAt,
  HOUR,
  keyRejection,
  kst,
  MINUTE,
  PUBLISHED_TOKEN,
  SECOND,
} from './facts.ts';

/** The token is due for renewal from 08:00 and expires at 09:00. */
const NOW = kst('08:05');

// Each constant changes the facts in a way that makes exactly one rule (a gate) forbid the issue call. The
// constants are in the order in which docs/architecture.md lists the rules.
const paused: FactsChange = { state: { paused: true } };
const rejected: FactsChange = { state: { refused: keyRejection({ retryAt: NOW + MINUTE }) } };
const tooSoon: FactsChange = { state: { lastCallAt: NOW - 30 * SECOND } };
const unhealthy: FactsChange = { token: { health: 'suspect' }, done: { verdict: 'unreachable' } };
const awaitExpiry: FactsChange = { token: { returnedAgain: 2 }, done: { verdict: 'alive' } };
const spent: FactsChange = { state: { issues: [NOW - 2 * HOUR, NOW - HOUR] }, done: { verdict: 'alive' } };
const backingOff: FactsChange = {
  state: { attempt: attempt({ at: NOW - MINUTE, outcome: 'malformed', retryAt: NOW + 4 * MINUTE }) },
  done: { verdict: 'alive' },
};

function both(first: FactsChange, second: FactsChange) {
  return factsAt(NOW, {
    config: { maxIssuesPerDay: 2 },
    token: { ...first.token, ...second.token },
    done: { ...second.done, ...first.done },
    state: {
      issues: [],
      lastCallAt: NOW - HOUR,
      ...first.state,
      ...second.state,
      published: { ...PUBLISHED_TOKEN, ...first.token, ...second.token },
    },
  });
}

describe('Of two rules that forbid a call, the decision names', () => {
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
    expect(decide(both({}, other), NOW).reason).not.toBe(reason);
    expect(decide(both(one, other), NOW).reason).toBe(reason);
    expect([reason, second]).toContain(decide(both(other, {}), NOW).reason);
  });
});

describe('The sleep flag (the invocation waits for the next call)', () => {
  const dead = { health: 'dead' as const };
  const waiting = (change: FactsChange) => factsAt(NOW, { state: { lastCallAt: NOW - SECOND }, ...change });
  const sleepOf = (change: FactsChange) => decide(waiting({ done: { verdict: 'alive' }, ...change }), NOW);

  it.each([
    [true, 'would be expired at the next tick, which may be 90 s late', NOW + 390 * SECOND],
    [false, 'outlives the next tick, which may be 90 s late', NOW + 390 * SECOND + 1],
  ])('is %s during the minimum interval if the token %s', (sleep, _when, expiresAt) => {
    const token = { issuedAt: expiresAt - 12 * HOUR, expiresAt, renewAt: NOW - MINUTE };
    expect(sleepOf({ token })).toMatchObject({ reason: 'TooSoon', sleep });
  });

  it.each([
    [true, 'by 90 s after the next tick', 0],
    [false, 'later than 90 s after the next tick', 1],
  ])('is %s if the wait ends %s', (sleep, _when, more) => {
    const lastCallAt = NOW + 390 * SECOND + more - 500 * SECOND;
    const contract = { reuseWindow: 6 * HOUR, minimumInterval: 500 * SECOND, marginShare: 1 / 2 };
    const facts = waiting({
      contract,
      token: dead,
      state: { lastCallAt, published: { ...PUBLISHED_TOKEN, ...dead } },
    });
    expect(decide({ ...facts, deadline: NOW + HOUR }, NOW)).toMatchObject({ reason: 'TooSoon', sleep });
  });

  it.each(['unavailable', 'malformed'] as const)(
    'is false during the minimum interval if the last call had the outcome "%s"',
    (outcome) => {
      const state = { lastCallAt: NOW - SECOND, attempt: attempt({ at: NOW - SECOND, outcome }) };
      expect(sleepOf({ state: { ...state, published: { ...PUBLISHED_TOKEN, ...dead } } })).toMatchObject({
        reason: 'TooSoon',
        sleep: false,
      });
    },
  );
});

describe('An invocation', () => {
  it('makes at most three issue calls, and leaves a fourth issue call to the next tick', () => {
    const facts = (calls: number) => factsAt(NOW, { token: { health: 'dead' }, done: { calls } });
    expect(decide(facts(2), NOW)).toEqual({ action: 'issue', reason: 'TokenDead' });
    expect(decide(facts(3), NOW)).toMatchObject({ action: 'wait', until: NOW + 300 * SECOND, sleep: false });
  });
});

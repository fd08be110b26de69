import { describe, expect, it } from 'vitest';
import { decide } from '../../../lambdas/decision/decide.ts';
import type { Decision, Facts } from '../../../lambdas/decision/facts.ts';
import {
  attempt,
  type FactsChange,
  factsAt,
  HOUR,
  KIS,
  keyRejection,
  kiwoomFactsAt,
  kst,
  MINUTE,
  OTHER_APP_KEY,
  PUBLISHED_TOKEN,
  SECOND,
} from './facts.ts';

/**
 * The token is due for renewal from 08:00 and expires at 09:00, so half of its renewal margin is left at
 * 08:30.
 */
const NEAR = kst('08:00');
const EXPIRY = kst('09:00');

/**
 * A renewal is due, and a verify call has just found the token live, so only a rule of gate.ts can forbid the
 * issue call.
 */
const dueAt = (now: number, change: FactsChange = {}): Facts =>
  factsAt(now, { ...change, done: { verdict: 'alive', ...change.done } });
const kiwoomDueAt = (now: number, change: FactsChange = {}): Facts =>
  kiwoomFactsAt(now, { ...change, done: { verdict: 'alive', ...change.done } });
const ISSUE: Decision = { action: 'issue', reason: 'NearExpiry' };

describe('The minimum interval', () => {
  const last = NEAR + 5 * MINUTE;
  it.each<[when: string, now: number, decision: object]>([
    [
      'until 61 s after the last call',
      last + 61 * SECOND - 1,
      { reason: 'TooSoon', until: last + 61 * SECOND },
    ],
    ['no longer than 61 s after the last call', last + 61 * SECOND, ISSUE],
    ['although the time of the call is 60 s in the future', last - 60 * SECOND, { reason: 'TooSoon' }],
    ['unless the time of the call is more than 60 s in the future', last - 60 * SECOND - 1, ISSUE],
  ])('delays a call %s', (_when, now, decision) => {
    expect(decide(dueAt(now, { state: { lastCallAt: last } }), now)).toMatchObject(decision);
  });

  it('has the length in the BrokerContract of the broker', () => {
    const contract = { ...KIS, minimumInterval: 300 * SECOND };
    const facts = dueAt(last + 299 * SECOND, { contract, state: { lastCallAt: last } });
    expect(decide(facts, last + 299 * SECOND)).toEqual({
      action: 'wait',
      reason: 'TooSoon',
      until: last + 300 * SECOND,
      due: 'NearExpiry',
      sleep: false,
    });
  });

  it('applies even if the last issue call used a different app key', () => {
    const state = { lastCallAt: last, calledWith: OTHER_APP_KEY };
    expect(decide(dueAt(last + SECOND, { state }), last + SECOND)).toMatchObject({ reason: 'TooSoon' });
  });
});

describe('A rejected app key', () => {
  const retryAt = NEAR + 10 * MINUTE;
  const state = { refused: keyRejection({ retryAt }) };

  it('is not tried again before retryAt', () => {
    const held = { action: 'hold', reason: 'CredentialsRejected', until: retryAt, due: 'NearExpiry' };
    expect(decide(dueAt(retryAt - 1, { state }), retryAt - 1)).toEqual(held);
    expect(decide(dueAt(retryAt, { state }), retryAt)).toEqual(ISSUE);
  });

  it('is never tried again while the secret contains no usable key', () => {
    const held = { action: 'hold', reason: 'CredentialsRejected', until: undefined, due: 'NearExpiry' };
    // The second instant is before the rejection (`since`), as if the clock had been set back.
    for (const now of [retryAt + HOUR / 4, NEAR])
      expect(decide(dueAt(now, { state, secret: { version: 'v1' } }), now)).toEqual(held);
  });
});

describe('A wait because the broker would return the same token (WouldReuse)', () => {
  const early = PUBLISHED_TOKEN.issuedAt + 2 * HOUR;
  const forced = { pending: { forced: { since: early } } };
  const windowEnd = PUBLISHED_TOKEN.issuedAt + 6 * HOUR;

  it('lasts 30 min if the broker returned the same token even after the reuse window', () => {
    const state = { lastCallAt: NEAR };
    const again = NEAR + 30 * MINUTE;
    const facts = (now: number) => dueAt(now, { state, token: { returnedAgain: 1 } });
    expect(decide(facts(again - 1), again - 1)).toEqual({
      action: 'wait',
      reason: 'WouldReuse',
      until: again,
      due: 'NearExpiry',
      sleep: false,
    });
    expect(decide(facts(again), again)).toEqual(ISSUE);
  });

  it('applies to a suspect token if the last issue call returned this token and the verify call has the verdict "unclear"', () => {
    // A new issue call would return the suspect token again, so the refresher waits.
    const last = attempt({ at: early, outcome: 'unchanged', failures: 0 });
    const held = (outcome: object) =>
      dueAt(early, {
        done: { verdict: 'unclear' },
        state: {
          ...forced,
          published: { ...PUBLISHED_TOKEN, health: 'suspect' },
          attempt: { ...last, ...outcome },
        },
      });
    expect(decide(held({}), early)).toMatchObject({ reason: 'WouldReuse', until: windowEnd });
    expect(decide(held({ outcome: 'unavailable' }), early).action).toBe('issue');
    expect(decide(held({ kind: 'revoke' }), early).action).toBe('issue');
  });
});

describe('The wait for the expiry of a token (AwaitExpiry)', () => {
  const waits = {
    action: 'wait',
    reason: 'AwaitExpiry',
    until: EXPIRY + SECOND,
    due: 'NearExpiry',
    sleep: false,
  };
  const old = { lastCallAt: NEAR - HOUR };

  it.each<[what: string, facts: Facts]>([
    ['KIS has returned twice', dueAt(NEAR, { token: { returnedAgain: 2 } })],
    ['KIS has returned five times', dueAt(NEAR, { token: { returnedAgain: 5 } })],
    [
      'Kiwoom returned, if renewEarly is "wait"',
      kiwoomDueAt(NEAR, { token: { returnedAgain: 1 }, config: { renewEarly: 'wait' } }),
    ],
    [
      'Kiwoom returned, if revocations are useless (revokeUseless)',
      kiwoomDueAt(NEAR, { token: { returnedAgain: 1 }, state: {} }),
    ],
    [
      'Kiwoom returned, after three rejected revocations',
      kiwoomDueAt(NEAR, { token: { returnedAgain: 1, revocations: 3 } }),
    ],
  ])('applies to a live token that %s', (what, facts) => {
    const revokeUseless = what.includes('useless') || undefined;
    expect(decide({ ...facts, state: { ...facts.state, ...old, revokeUseless } }, NEAR)).toEqual(waits);
  });
});

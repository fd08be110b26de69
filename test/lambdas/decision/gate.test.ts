import { describe, expect, it } from 'vitest';
import { decide } from '../../../lambdas/decision/decide.ts';
import type { Decision, Facts } from '../../../lambdas/decision/facts.ts';
import {
  attempt,
  DAY,
  type FactsChange,
  factsAt,
  HOUR,
  ISSUED_FOR,
  KIS,
  kiwoomAt,
  kst,
  MINUTE,
  OTHER_APP_KEY,
  refused,
  SECOND,
  TOKEN,
} from './facts.ts';

/** The token is due from 08:00 and expires at 09:00; half of the margin is left at 08:30. */
const NEAR = kst('08:00');
const EXPIRY = kst('09:00');

/** A renewal is due and the broker has just served a verify call: only a gate forbids the issue call. */
const dueAt = (now: number, change: FactsChange = {}): Facts =>
  factsAt(now, { ...change, done: { verdict: 'alive', ...change.done } });
const kiwoomDueAt = (now: number, change: FactsChange = {}): Facts =>
  kiwoomAt(now, { ...change, done: { verdict: 'alive', ...change.done } });
const ISSUE: Decision = { action: 'issue', reason: 'NearExpiry' };
const DEAD = { health: 'dead' as const };

describe('The minimum interval', () => {
  const last = NEAR + 5 * MINUTE;
  it.each<[when: string, now: number, decision: object]>([
    [
      'until 61 s after the last call',
      last + 61 * SECOND - 1,
      { reason: 'TooSoon', until: last + 61 * SECOND },
    ],
    ['no longer than 61 s after the last call', last + 61 * SECOND, ISSUE],
    ['although the stamp is 60 s ahead of the clock', last - 60 * SECOND, { reason: 'TooSoon' }],
    ['unless the stamp is more than 60 s ahead of the clock', last - 60 * SECOND - 1, ISSUE],
  ])('holds a call back %s', (_when, now, decision) => {
    expect(decide(dueAt(now, { state: { lastCallAt: last } }), now)).toMatchObject(decision);
  });

  it('is that of the contract', () => {
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

  it('counts a call with another app key, as the key before may be stored again', () => {
    const state = { lastCallAt: last, calledWith: OTHER_APP_KEY };
    expect(decide(dueAt(last + SECOND, { state }), last + SECOND)).toMatchObject({ reason: 'TooSoon' });
  });

  it('counts a call whose app key is not known', () => {
    const state = { lastCallAt: last, calledWith: undefined };
    expect(decide(dueAt(last + SECOND, { state }), last + SECOND)).toMatchObject({ reason: 'TooSoon' });
  });

  it.each([
    ['a dead token', { token: DEAD, state: { lastCallAt: last } }],
    ['an operator', { state: { lastCallAt: last, pending: { forced: { since: 0 } } } }],
    ['a first token', { token: null, state: { lastCallAt: last } }],
  ])('is kept for %s', (_what, change) => {
    expect(decide(dueAt(last + SECOND, change), last + SECOND)).toMatchObject({
      action: 'wait',
      reason: 'TooSoon',
      until: last + 61 * SECOND,
    });
  });
});

describe('A rejected app key', () => {
  const retryAt = NEAR + 10 * MINUTE;
  const state = { refused: refused({ retryAt }) };

  it('is held until retryAt', () => {
    const held = { action: 'hold', reason: 'CredentialsRejected', until: retryAt, due: 'NearExpiry' };
    expect(decide(dueAt(retryAt - 1, { state }), retryAt - 1)).toEqual(held);
    expect(decide(dueAt(retryAt, { state }), retryAt)).toEqual(ISSUE);
  });

  it('is tried at once in another version of the secret', () => {
    const secret = { version: 'v2', appKey: ISSUED_FOR.appKey };
    expect(decide(dueAt(NEAR, { state, secret }), NEAR)).toEqual(ISSUE);
  });

  it('is compared with the current secret before it is held', () => {
    const facts = dueAt(retryAt - 1, { state, secret: undefined });
    expect(decide(facts, retryAt - 1)).toEqual({ action: 'read-secret', reason: 'CredentialsRejected' });
  });

  it('is never used while the secret holds no usable key', () => {
    const held = { action: 'hold', reason: 'CredentialsRejected', until: undefined, due: 'NearExpiry' };
    // Before `since` the stamp is from the future: the clock was turned back.
    for (const now of [retryAt + HOUR / 4, NEAR])
      expect(decide(dueAt(now, { state, secret: { version: 'v1' } }), now)).toEqual(held);
  });

  it('is not held by a stamp that the clock, turned back since, shows in the future', () => {
    const future = { refused: refused({ since: NEAR + DAY, retryAt: NEAR + DAY + 5 * MINUTE }) };
    expect(decide(dueAt(NEAR, { state: future }), NEAR)).toEqual(ISSUE);
  });
});

describe('WouldReuse', () => {
  const early = TOKEN.issuedAt + 2 * HOUR;
  const forced = { pending: { forced: { since: early } } };
  const windowEnd = TOKEN.issuedAt + 6 * HOUR;

  it.each<[when: string, now: number, decision: object]>([
    ['within the reuse window', early, { action: 'wait', reason: 'WouldReuse', until: windowEnd }],
    ['until its last millisecond', windowEnd - 1, { action: 'wait', reason: 'WouldReuse', until: windowEnd }],
    ['but not at its end', windowEnd, { action: 'issue', reason: 'Forced' }],
  ])('holds a call for a live token back %s', (_when, now, decision) => {
    expect(decide(dueAt(now, { state: forced }), now)).toMatchObject(decision);
  });

  it('ends with the life of a token that is shorter than the window', () => {
    const expiresAt = TOKEN.issuedAt + 4 * HOUR;
    expect(
      decide(dueAt(early, { state: { ...forced, published: { ...TOKEN, expiresAt } } }), early),
    ).toMatchObject({
      reason: 'WouldReuse',
      until: expiresAt + SECOND,
    });
  });

  it.each<[what: string, change: FactsChange]>([
    ['a dead token', { token: DEAD }],
    ['a suspect token without a verdict', { token: { health: 'suspect' }, done: { verdict: 'unclear' } }],
    ['a token whose parameter is lost', { parameter: 'lost' }],
    ['a token of another app key', { secret: { version: 'v2', appKey: OTHER_APP_KEY } }],
    ['a token with a stamp from the future', { token: { issuedAt: early + HOUR } }],
  ])('does not hold a call back for %s', (_what, change) => {
    const token = { ...TOKEN, ...change.token };
    const facts = dueAt(early, { ...change, state: { ...forced, published: token } });
    expect(decide(facts, early)).toMatchObject({ action: 'issue' });
  });

  it('does not exist at a broker without a known window', () => {
    const facts = kiwoomDueAt(early, { state: forced });
    expect(decide({ ...facts, state: { ...facts.state, ...forced } }, early)).toMatchObject({
      action: 'issue',
    });
  });

  it('separates two issue calls by 30 min if the token was returned after the window', () => {
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

  it('does not count a last call with a stamp from the future', () => {
    const facts = dueAt(NEAR, { state: { lastCallAt: NEAR + DAY }, token: { returnedAgain: 1 } });
    expect(decide(facts, NEAR)).toEqual(ISSUE);
  });

  it('holds a call back for a suspect token without a verdict that the last issue call returned', () => {
    // A deviation from "only for a live token": another ask would return the same.
    const last = attempt({ at: early, outcome: 'unchanged', failures: 0 });
    const held = (outcome: object) =>
      dueAt(early, {
        done: { verdict: 'unclear' },
        state: { ...forced, published: { ...TOKEN, health: 'suspect' }, attempt: { ...last, ...outcome } },
      });
    expect(decide(held({}), early)).toMatchObject({ reason: 'WouldReuse', until: windowEnd });
    expect(decide(held({ outcome: 'unavailable' }), early).action).toBe('issue');
    expect(decide(held({ kind: 'revoke' }), early).action).toBe('issue');
  });

  it('never postpones the renewal for a token that was returned before renewAt', () => {
    const facts = dueAt(NEAR, { state: { lastCallAt: NEAR - 2 * MINUTE } });
    expect(decide(facts, NEAR)).toEqual(ISSUE);
  });
});

describe('AwaitExpiry', () => {
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
    ['KIS has returned more often', dueAt(NEAR, { token: { returnedAgain: 5 } })],
    [
      'Kiwoom returned, with "wait"',
      kiwoomDueAt(NEAR, { token: { returnedAgain: 1 }, config: { renewEarly: 'wait' } }),
    ],
    [
      'Kiwoom returned, with useless revocations',
      kiwoomDueAt(NEAR, { token: { returnedAgain: 1 }, state: {} }),
    ],
    [
      'Kiwoom returned and refused to revoke three times',
      kiwoomDueAt(NEAR, { token: { returnedAgain: 1, revocations: 3 } }),
    ],
  ])('keeps a live token to its end that %s', (what, facts) => {
    const revokeUseless = what.includes('useless') || undefined;
    expect(decide({ ...facts, state: { ...facts.state, ...old, revokeUseless } }, NEAR)).toEqual(waits);
  });

  it.each<[what: string, facts: Facts]>([
    ['that KIS has returned once', dueAt(NEAR, { token: { returnedAgain: 1 } })],
    ['that Kiwoom never returned, with "wait"', kiwoomDueAt(NEAR, { config: { renewEarly: 'wait' } })],
    [
      'that Kiwoom never returned and refused to revoke',
      kiwoomDueAt(NEAR, { config: { renewEarly: 'wait' }, token: { revocations: 1 } }),
    ],
    [
      'that was returned and expired',
      dueAt(EXPIRY, { token: { returnedAgain: 2 }, done: { verdict: undefined } }),
    ],
    ['that was returned and is dead', dueAt(NEAR, { token: { returnedAgain: 2, ...DEAD } })],
  ])('does not hold a call back for a token %s', (_what, facts) => {
    expect(decide({ ...facts, state: { ...facts.state, ...old } }, facts.begunAt)).toMatchObject({
      action: 'issue',
    });
  });

  it('answers an operator, too', () => {
    const facts = dueAt(NEAR, { token: { returnedAgain: 2 }, state: {} });
    const asked = { ...facts, state: { ...facts.state, pending: { forced: { since: NEAR } } } };
    expect(decide(asked, NEAR)).toMatchObject({ reason: 'AwaitExpiry', due: 'Forced' });
  });
});

import { describe, expect, it } from 'vitest';
import { decide } from '../../../lambdas/decision/decide.ts';
import type { Facts } from '../../../lambdas/decision/facts.ts';
import type { Session } from '../../../lambdas/shared/sessions.ts';
import type { State } from '../../../lambdas/shared/state.ts';
import {
  attempt,
  type FactsChange,
  FINGERPRINT,
  factsAt,
  HOUR,
  kiwoomFactsAt,
  kst,
  MINUTE,
  OTHER_FINGERPRINT,
  PUBLISHED_TOKEN,
  SECOND,
} from './facts.ts';

/** The token needs no renewal yet. */
const FRESH = kst('20:30', '2026-11-19');
/** The renewal is due. At 08:20, two thirds of the margin are left. At 09:00, the token expires. */
const NEAR = kst('08:00');
const suspect = { health: 'suspect' as const };
const decideKiwoom = (now: number, change: FactsChange = {}) =>
  decide(kiwoomFactsAt(now, { token: {}, ...change, done: { verdict: 'unreachable' } }), now);
const decided = (now: number, change: FactsChange = {}) => decide(factsAt(now, change), now);

describe('While the broker answers no verify calls, the refresher', () => {
  const unreachable = { verdict: 'unreachable' as const };
  const waits = (due?: string) => ({ action: 'wait', reason: 'BrokerUnhealthy', due, sleep: false });

  it('sends no issue call until two thirds of the margin are left', () => {
    const twoThirds = kst('08:20');
    expect(decided(twoThirds - 1, { done: unreachable })).toMatchObject(waits('NearExpiry'));
    expect(decided(twoThirds, { done: unreachable })).toEqual({ action: 'issue', reason: 'NearExpiry' });
    expect(decided(twoThirds)).toEqual({ action: 'issue', reason: 'NearExpiry' });
    const late = { token: suspect, done: unreachable };
    expect(decided(twoThirds + 1, late)).toEqual({ action: 'issue', reason: 'NearExpiry' });
  });

  it('sends an issue call in the last half of the lead time before a session', () => {
    // The trading session starts at 08:00, and the lead time before it starts at 07:30.
    const sessions: Session[] = [{ preset: 'nxt' }];
    const token = { expiresAt: kst('12:00'), renewAt: kst('07:00') };
    const at = (time: string) => decided(kst(time), { token, config: { sessions }, done: unreachable });
    expect(at('07:10')).toMatchObject(waits('NearExpiry'));
    expect(at('07:44:59')).toMatchObject(waits('NearExpiry'));
    expect(at('07:45')).toEqual({ action: 'issue', reason: 'NearExpiry' });
    expect(at('07:57:59')).toEqual({ action: 'issue', reason: 'NearExpiry' });
    expect(at('07:58')).toMatchObject({ action: 'keep' });
  });

  it('sends no Kiwoom issue call until one third of the margin is left, because the call may invalidate the live token', () => {
    const at = (time: string) => decideKiwoom(kst(time));
    expect(at('08:20')).toMatchObject(waits('NearExpiry'));
    expect(at('08:39:59')).toMatchObject(waits('NearExpiry'));
    expect(at('08:40')).toEqual({ action: 'issue', reason: 'NearExpiry' });
  });

  it('delays a forced refresh even in the last half of the lead time before a session', () => {
    const sessions: Session[] = [{ preset: 'nxt' }];
    const token = { expiresAt: kst('23:00'), renewAt: kst('22:00') };
    const facts = factsAt(kst('07:50'), { token, config: { sessions }, done: unreachable });
    const asked = { ...facts, state: { ...facts.state, pending: { forced: { since: FRESH } } } };
    expect(decide(asked, kst('07:50'))).toMatchObject(waits('Forced'));
  });
});

describe('A token that is kept until its expiry', () => {
  const token = { returnedAgain: 2 };
  const half = kst('08:30');
  const waiting = (now: number, change: FactsChange = {}) =>
    decided(now, {
      token,
      state: { lastCallAt: NEAR - HOUR, published: { ...PUBLISHED_TOKEN, ...token } },
      ...change,
    });

  it('is verified at each tick in the last half of its margin', () => {
    expect(waiting(half)).toMatchObject({ action: 'wait', reason: 'AwaitExpiry' });
    expect(waiting(half + 1)).toEqual({ action: 'verify', reason: 'AwaitExpiry' });
  });
});

describe('A requested revocation', () => {
  const pending = (reissue: boolean, fingerprint = FINGERPRINT) => ({
    revoke: { fingerprint, reissue, since: 0 },
  });
  const asked = (reissue: boolean, change: FactsChange = {}): Facts => {
    const facts = factsAt(FRESH, change);
    return { ...facts, state: { ...facts.state, pending: pending(reissue) } };
  };
  const tried = { revoked: FINGERPRINT };

  it('is sent to the broker at most once per invocation', () => {
    const held = { action: 'hold', reason: 'RevokePending' };
    expect(decide(asked(true, { done: tried }), FRESH)).toEqual(held);
    expect(decide(asked(false, { done: tried }), FRESH)).toEqual(held);
    expect(decide(asked(true, { done: { revoked: OTHER_FINGERPRINT } }), FRESH).action).toBe('revoke');
  });

  it('with reissue: true does not prevent an issue call when a renewal is due', () => {
    const facts = asked(true, { done: { ...tried, verdict: 'alive' } });
    expect(decide(facts, NEAR)).toEqual({ action: 'issue', reason: 'NearExpiry' });
  });

  it('with reissue: false prevents an issue call when a renewal is due', () => {
    const facts = asked(false, { done: { ...tried, verdict: 'alive' } });
    expect(decide(facts, NEAR)).toEqual({ action: 'hold', reason: 'RevokePending' });
  });

  it('is not sent if the broker confirmed it earlier, if the token has expired, or if a different token is published', () => {
    const revoked = asked(true, { token: { revokedAt: FRESH, health: 'dead' } });
    expect(decide(revoked, FRESH)).toEqual({ action: 'issue', reason: 'TokenDead' });
    expect(decide(asked(true), kst('09:00'))).toEqual({ action: 'issue', reason: 'Expired' });
    expect(decide(asked(true), kst('09:00') - 1)).toEqual({ action: 'revoke', reason: 'Requested' });
    expect(decide(asked(true, { token: { fingerprint: OTHER_FINGERPRINT } }), FRESH).action).toBe('keep');
  });
});

/** The token expired at 09:00; the last issue call ended at 09:01 without an answer. */
const LAST = kst('09:01');
const AFTER_OUTAGE = LAST + 2 * MINUTE;
const EVERY = 15 * MINUTE;
const noAnswer = { verdict: 'unreachable' as const };
const unanswered = (state: Partial<State> = {}): Partial<State> => ({
  attempt: attempt({ at: LAST - 10 * SECOND, outcome: 'unavailable' }),
  lastCallAt: LAST,
  ...state,
});
const decidedAfterOutage = (now: number, { state, ...change }: FactsChange = {}) =>
  decide(factsAt(now, { ...change, state: unanswered(state) }), now);
const ISSUE = { action: 'issue', reason: 'Expired' };

describe('Without a live token, after an unanswered issue call, the refresher', () => {
  it.each(['alive', 'dead', 'unclear'] as const)(
    'sends the next issue call if the verify call has the verdict "%s"',
    (verdict) => {
      expect(decidedAfterOutage(AFTER_OUTAGE, { done: { verdict } })).toMatchObject({ action: 'issue' });
    },
  );

  describe('with a spent daily budget at KIS live', () => {
    const config = { market: 'live' } as const;
    const issues = Array.from({ length: 8 }, (_, index) => LAST - (index + 1) * MINUTE);
    const spent = (now: number, change: FactsChange = {}) =>
      decidedAfterOutage(now, { config, ...change, state: { issues, ...change.state } });

    it('sends the next issue call after one hour if the broker answers no call', () => {
      const at = LAST + 60 * MINUTE;
      expect(spent(LAST + EVERY, { done: noAnswer })).toMatchObject({ reason: 'BrokerUnhealthy' });
      expect(spent(at - 1, { done: noAnswer })).toMatchObject({ reason: 'BrokerUnhealthy', until: at });
      expect(spent(at, { done: noAnswer })).toEqual(ISSUE);
    });

    it('sends the next issue call after 15 min if the broker answers only verify calls', () => {
      const at = LAST + EVERY;
      const done = { verdict: 'dead' } as const;
      expect(spent(at - 1, { done })).toMatchObject({ reason: 'BrokerUnhealthy', until: at });
      expect(spent(at, { done })).toEqual(ISSUE);
    });

    it.each<[what: string, change: FactsChange]>([
      ['there is no token', { token: null }],
      ['the token parameter does not contain the token', { parameter: 'lost' }],
    ])('sends the next issue call after one hour if %s', (_what, change) => {
      const at = LAST + 60 * MINUTE;
      expect(spent(at - 1, change)).toMatchObject({ reason: 'BrokerUnhealthy', until: at });
      expect(spent(at, change)).toMatchObject({ action: 'issue' });
    });
  });
});

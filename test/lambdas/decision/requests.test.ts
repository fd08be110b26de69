import { describe, expect, it } from 'vitest';
import type { Decision } from '../../../lambdas/decision/facts.ts';
import {
  acceptRequest,
  adaptStoredState,
  isStaleReport,
  withoutCompletedRequests,
} from '../../../lambdas/decision/requests.ts';
import type { InboxMessage } from '../../../lambdas/shared/message.ts';
import { INITIAL_STATE, type State } from '../../../lambdas/shared/state.ts';
import {
  attempt,
  DAY,
  FINGERPRINT,
  factsAt,
  HEALTHY_STATE,
  HOUR,
  keyRejection,
  kst,
  MINUTE,
  OTHER_FINGERPRINT,
  PUBLISHED_TOKEN,
} from './facts.ts';

const NOW = kst('20:30', '2026-11-19');
const credential = 'kis-main';
const tick: InboxMessage = { credential, cause: 'schedule' };
const changed: InboxMessage = { credential, cause: 'credentials-changed' };
const forced: InboxMessage = { credential, cause: 'forced' };
const revoke: InboxMessage = { credential, cause: 'revoke' };
const revokeOnly: InboxMessage = { credential, cause: 'revoke', reissue: false };
const report = (generation: number): InboxMessage => ({ credential, cause: 'rejected', generation });
const withToken = (token: object): State => ({
  ...HEALTHY_STATE,
  published: { ...PUBLISHED_TOKEN, ...token },
});

describe('A message', () => {
  it('from the schedule adds no pending request', () => {
    expect(acceptRequest(HEALTHY_STATE, tick, NOW, false)).toBe(HEALTHY_STATE);
  });

  it('about a changed secret does not change the time of a request that is already pending', () => {
    const first = acceptRequest(HEALTHY_STATE, changed, NOW, false);
    expect(first).toEqual({ ...HEALTHY_STATE, pending: { credentialsChanged: { since: NOW } } });
    expect(acceptRequest(first, changed, NOW + MINUTE, false)).toEqual(first);
    expect(acceptRequest(INITIAL_STATE, changed, NOW, false)).toBe(INITIAL_STATE);
    const both = acceptRequest({ ...HEALTHY_STATE, pending: { forced: { since: 1 } } }, changed, NOW, false);
    expect(both.pending).toEqual({ forced: { since: 1 }, credentialsChanged: { since: NOW } });
  });

  it.each([
    [40, 'live', 'live', true],
    [41, 'live', 'suspect', false],
    [42, 'live', 'suspect', false],
    [41, 'suspect', 'suspect', false],
    [41, 'dead', 'dead', false],
  ] as const)(
    'that reports generation %i turns a %s token into a %s one',
    (generation, from, to, isStale) => {
      const state = withToken({ health: from });
      expect(acceptRequest(state, report(generation), NOW, false)).toEqual(withToken({ health: to }));
      expect(isStaleReport(state, report(generation))).toBe(isStale);
    },
  );

  it('that reports a rejected token changes nothing before the first token is published', () => {
    expect(acceptRequest(INITIAL_STATE, report(1), NOW, false)).toBe(INITIAL_STATE);
  });
});

describe('A forced refresh', () => {
  it('ends a pause and every delay, and clears the flag revokeUseless (revocation has no effect)', () => {
    const state: State = {
      ...HEALTHY_STATE,
      paused: true,
      revokeUseless: true,
      refused: keyRejection({ since: 1, retryAt: NOW + HOUR, times: 7 }),
      attempt: attempt({ at: NOW, outcome: 'malformed', failures: 3, retryAt: NOW + HOUR }),
      pending: { credentialsChanged: { since: 1 } },
    };
    expect(acceptRequest(state, forced, NOW, false)).toEqual({
      ...HEALTHY_STATE,
      refused: { secretVersion: 'v1', code: 'EGW00103', since: 1, retryAt: NOW, times: 0 },
      attempt: attempt({ at: NOW, outcome: 'malformed', failures: 3 }),
      pending: { credentialsChanged: { since: 1 }, forced: { since: NOW } },
    });
  });

  it('does not delay the next attempt with a rejected app key', () => {
    const state = { ...HEALTHY_STATE, refused: keyRejection({ retryAt: NOW - HOUR }) };
    expect(acceptRequest(state, forced, NOW, false).refused).toMatchObject({ retryAt: NOW - HOUR, times: 0 });
  });

  it('sets reissue of a pending revocation to true', () => {
    const pending = { revoke: { fingerprint: FINGERPRINT, reissue: false, since: 1 } };
    expect(acceptRequest({ ...HEALTHY_STATE, pending }, forced, NOW, false).pending?.revoke).toEqual({
      fingerprint: FINGERPRINT,
      reissue: true,
      since: 1,
    });
  });
});

describe('A requested revocation', () => {
  it('keeps the time of the first request, and gets the value of reissue from the second request', () => {
    const pending = { revoke: { fingerprint: FINGERPRINT, reissue: true, since: 1 } };
    expect(acceptRequest({ ...HEALTHY_STATE, pending }, revokeOnly, NOW, false).pending).toEqual({
      revoke: { fingerprint: FINGERPRINT, reissue: false, since: 1 },
    });
  });

  it('removes a pending forced refresh only with reissue: false', () => {
    const state = { ...HEALTHY_STATE, pending: { forced: { since: 1 } } };
    expect(acceptRequest(state, revoke, NOW, false).pending?.forced).toEqual({ since: 1 });
    expect(acceptRequest(state, revokeOnly, NOW, false).pending?.forced).toBeUndefined();
  });

  it.each([
    ['no token', { ...INITIAL_STATE }],
    ['a token that was revoked', withToken({ revokedAt: NOW - 1, health: 'dead' })],
    ['an expired token', withToken({ expiresAt: NOW })],
  ])('needs no broker call for %s, and pauses if reissue is false', (_what, state) => {
    expect(acceptRequest(state, revokeOnly, NOW, false)).toEqual({ ...state, paused: true });
    expect(acceptRequest(state, revoke, NOW, false)).toEqual(state);
    const asked = { ...state, pending: { forced: { since: 1 } } };
    expect(acceptRequest(asked, revokeOnly, NOW, false)).toEqual({ ...state, paused: true });
    expect(acceptRequest({ ...asked, paused: true }, revoke, NOW, false)).toEqual({ ...asked, paused: true });
  });
});

describe('At the start of an invocation', () => {
  const pendingFor = (fingerprint: string, reissue: boolean) => ({
    revoke: { fingerprint, reissue, since: 1 },
  });
  const start = (token: object, pending: State['pending'], now = NOW) =>
    adaptStoredState(factsAt(now, { state: { published: { ...PUBLISHED_TOKEN, ...token }, pending } }), now);

  it.each<[when: string, fingerprint: string, token: object, now: number, paused: true | undefined]>([
    ['expired', FINGERPRINT, {}, PUBLISHED_TOKEN.expiresAt, true],
    ['was revoked', FINGERPRINT, { revokedAt: NOW, health: 'dead' }, NOW, true],
    ['was replaced', OTHER_FINGERPRINT, {}, NOW, undefined],
  ])('a pending revocation is removed if its token %s', (_when, fingerprint, token, now, paused) => {
    const ended = start(token, pendingFor(fingerprint, false), now);
    expect({ pending: ended.pending, paused: ended.paused }).toEqual({ pending: undefined, paused });
    const reissued = start(token, { ...pendingFor(fingerprint, true), forced: { since: 1 } }, now);
    expect({ pending: reissued.pending, paused: reissued.paused }).toEqual({
      pending: { forced: { since: 1 } },
      paused: undefined,
    });
  });

  it('a requested revocation stays pending until the token expires', () => {
    expect(start({}, pendingFor(FINGERPRINT, false), PUBLISHED_TOKEN.expiresAt - 1).pending).toEqual(
      pendingFor(FINGERPRINT, false),
    );
  });

  it('renewAt is computed again if the setting renewBefore was changed', () => {
    const facts = factsAt(NOW, { config: { renewBeforeSeconds: 2 * 3600 } });
    expect(adaptStoredState(facts, NOW)).toEqual({
      ...HEALTHY_STATE,
      published: { ...PUBLISHED_TOKEN, renewAt: PUBLISHED_TOKEN.renewAt - HOUR },
    });
    expect(adaptStoredState(factsAt(NOW), NOW)).toEqual(HEALTHY_STATE);
  });

  it('a pending revocation is removed from a state without a token', () => {
    const none = factsAt(NOW, { token: null });
    expect(adaptStoredState(none, NOW)).toBe(none.state);
    const asked = factsAt(NOW, { token: null, state: { pending: pendingFor(FINGERPRINT, true) } });
    expect(adaptStoredState(asked, NOW).pending).toBeUndefined();
  });
});

describe('A decision that ends the invocation', () => {
  const keep: Decision = { action: 'keep', reason: 'Fresh' };
  const wait = (
    reason: 'TooSoon' | 'WouldReuse' | 'AwaitExpiry' | 'BudgetSpent' | 'BackingOff' | 'BrokerUnhealthy',
  ): Decision => ({
    action: 'wait',
    reason,
    until: NOW + DAY,
    sleep: false,
  });
  const asked = { ...HEALTHY_STATE, pending: { forced: { since: 1 } } };

  it('completes a forced refresh and keeps other requests pending', () => {
    const pending = { forced: { since: 1 }, credentialsChanged: { since: 2 } };
    expect(withoutCompletedRequests({ ...HEALTHY_STATE, pending }, wait('BudgetSpent')).pending).toEqual({
      credentialsChanged: { since: 2 },
    });
  });

  it('removes the record of a rejected key when no new token is needed', () => {
    const state = { ...HEALTHY_STATE, refused: keyRejection({ retryAt: NOW }) };
    expect(withoutCompletedRequests(state, keep)).toEqual(HEALTHY_STATE);
    expect(withoutCompletedRequests(state, wait('TooSoon'))).toEqual(state);
    expect(withoutCompletedRequests({ ...asked, refused: state.refused }, wait('BudgetSpent'))).toEqual(
      state,
    );
    const pending = { credentialsChanged: { since: 1 } };
    expect(withoutCompletedRequests({ ...state, pending }, keep)).toEqual({ ...state, pending });
  });

  it('does not change the state if it contains no request and no rejected key', () => {
    expect(withoutCompletedRequests(HEALTHY_STATE, keep)).toEqual(HEALTHY_STATE);
  });
});

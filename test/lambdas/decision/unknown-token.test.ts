import { describe, expect, it } from 'vitest';
import { decide } from '../../../lambdas/decision/decide.ts';
import { stateAfterIssue } from '../../../lambdas/decision/issue-result.ts';
import { acceptRequest, adaptStoredState } from '../../../lambdas/decision/requests.ts';
import {
  stateAfterRestore,
  stateAfterRevocation,
  stateAfterVerify,
} from '../../../lambdas/decision/transitions.ts';
import type { InboxMessage } from '../../../lambdas/shared/message.ts';
import { INITIAL_STATE, type PendingRevoke, type State } from '../../../lambdas/shared/state.ts';
import {
  attempt,
  callStartAt,
  DAY,
  FINGERPRINT,
  factsAt,
  HEALTHY_STATE,
  HOUR,
  kst,
  MINUTE,
  OTHER_FINGERPRINT,
  PUBLISHED_TOKEN,
  receivedToken,
} from './facts.ts';

const NOW = kst('20:30', '2026-11-19');
const credential = 'kis-main';
const revoke: InboxMessage = { credential, cause: 'revoke' };
const revokeOnly: InboxMessage = { credential, cause: 'revoke', reissue: false };
const pendingOf = (change: Partial<PendingRevoke> = {}): Partial<State> => ({
  pending: { revoke: { reissue: true, since: 1, ...change } },
});
/** Returns the state after an issue call that returned the token with this fingerprint. */
const receive = (state: Partial<State>, fingerprint: string) =>
  stateAfterIssue(
    factsAt(NOW, { state }),
    callStartAt(NOW),
    receivedToken(fingerprint, { expiresAt: NOW + DAY }),
    NOW,
  );

describe('A requested revocation of a token that is missing in the state', () => {
  it.each([
    ['beside a published token', HEALTHY_STATE],
    ['without a published token', INITIAL_STATE],
    ['beside an expired token', { ...HEALTHY_STATE, published: { ...PUBLISHED_TOKEN, expiresAt: NOW } }],
  ])('stays pending without a fingerprint %s', (_where, state) => {
    expect(acceptRequest(state, revoke, NOW, true).pending?.revoke).toEqual({ reissue: true, since: NOW });
    const only = acceptRequest(state, revokeOnly, NOW, true);
    expect(only.pending?.revoke).toEqual({ reissue: false, since: NOW });
    expect(only.paused, 'consumers can read that token').toBeUndefined();
  });

  it('is sent only after an issue call', () => {
    const published = { ...PUBLISHED_TOKEN, health: 'suspect' as const };
    const state = { ...pendingOf(), published, interrupted: true } as const;
    expect(decide(factsAt(NOW, { state, parameter: 'changed' }), NOW)).toEqual({
      action: 'issue',
      reason: 'Interrupted',
    });
    const none = factsAt(NOW, { token: null, state: pendingOf() });
    expect(decide(none, NOW)).toEqual({ action: 'issue', reason: 'Interrupted' });
  });

  it('becomes a revocation of the published token when the token parameter contains the published token', () => {
    const state = pendingOf({ reissue: false });
    const named = { revoke: { fingerprint: FINGERPRINT, reissue: false, since: 1 } };
    expect(stateAfterRestore(factsAt(NOW, { state, parameter: 'changed' }), 7).pending).toEqual(named);
    expect(stateAfterVerify(factsAt(NOW, { state }), 'alive', NOW).pending).toEqual(named);
    expect(stateAfterVerify(factsAt(NOW, { state }), 'dead', NOW).pending).toEqual(named);
    const other = factsAt(NOW, { state, parameter: 'changed' });
    expect(stateAfterVerify(other, 'alive', NOW).pending).toEqual(state.pending);
    const known = pendingOf({ fingerprint: OTHER_FINGERPRINT });
    expect(stateAfterRestore(factsAt(NOW, { state: known }), 7).pending).toEqual(known.pending);
  });

  it('stays pending when the published token expires', () => {
    const facts = factsAt(PUBLISHED_TOKEN.expiresAt, { state: pendingOf({ reissue: false }) });
    expect(adaptStoredState(facts, PUBLISHED_TOKEN.expiresAt)).toEqual(facts.state);
  });

  it.each([
    [true, FINGERPRINT],
    [false, FINGERPRINT],
    [true, OTHER_FINGERPRINT],
    [false, OTHER_FINGERPRINT],
  ])(
    'applies to the token that the issue call returns (reissue: %s, fingerprint: %s)',
    (reissue, fingerprint) => {
      const state = receive(pendingOf({ reissue }), fingerprint);
      expect(state.pending).toEqual({ revoke: { fingerprint, reissue, since: 1 } });
      expect(decide(factsAt(NOW, { state }), NOW)).toEqual({ action: 'revoke', reason: 'Requested' });
    },
  );
});

describe('A requested revocation of a token that an issue call replaces', () => {
  it('applies to the new token if reissue is false', () => {
    const state = receive(pendingOf({ fingerprint: FINGERPRINT, reissue: false }), OTHER_FINGERPRINT);
    expect(state.pending).toEqual({ revoke: { fingerprint: OTHER_FINGERPRINT, reissue: false, since: 1 } });
    expect(decide(factsAt(NOW, { state }), NOW)).toEqual({ action: 'revoke', reason: 'Requested' });
    const confirmed = stateAfterRevocation(factsAt(NOW, { state }), callStartAt(NOW), NOW);
    expect(confirmed).toMatchObject({
      paused: true,
      published: { fingerprint: OTHER_FINGERPRINT, health: 'dead' },
    });
    expect(confirmed.pending).toBeUndefined();
  });
});

describe('A requested revocation of a token whose parameter is lost', () => {
  it('waits for an issue call that returns the token', () => {
    const facts = factsAt(NOW, { state: pendingOf({ fingerprint: FINGERPRINT }), parameter: 'lost' });
    expect(decide(facts, NOW)).toEqual({ action: 'issue', reason: 'ParameterLost' });
  });
});

describe('At the start of an invocation', () => {
  it('a live token whose issue time is in the future becomes suspect, because the clock was set back', () => {
    const start = (token: object) => adaptStoredState(factsAt(NOW, { token }), NOW).published?.health;
    const future = NOW + HOUR;
    expect(start({ issuedAt: future, health: 'live' })).toBe('suspect');
    expect(start({ issuedAt: future, health: 'dead' })).toBe('dead');
    expect(start({ issuedAt: NOW + MINUTE, health: 'live' })).toBe('live');
  });
});

describe('The token in the readable part of a damaged state', () => {
  const decided = (done: object) => decide(factsAt(NOW, { unreadable: true, done }), NOW);

  it('is not replaced if the broker accepts this token', () => {
    expect(decided({ verdict: 'alive' })).toMatchObject({ action: 'keep', reason: 'StillAlive' });
  });
});

describe('A confirmed revocation of an expired token', () => {
  it('records the failure count of the last attempt, or 0 if the state contains no attempt', () => {
    const published = { ...PUBLISHED_TOKEN, expiresAt: NOW };
    const facts = (last: State['attempt']) => factsAt(NOW, { state: { published, attempt: last } });
    const failures = (last: State['attempt']) =>
      stateAfterRevocation(facts(last), callStartAt(NOW), NOW).attempt?.failures;
    expect(failures(undefined)).toBe(0);
    expect(failures(attempt({ at: NOW, outcome: 'unchanged', failures: 3 }))).toBe(3);
  });
});

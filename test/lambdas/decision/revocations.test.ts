import { describe, expect, it } from 'vitest';
import {
  revocationConfirmed,
  revocationFailed,
  revocationNotSent,
} from '../../../lambdas/decision/transitions.ts';
import type { PublishedToken, State } from '../../../lambdas/shared/state.ts';
import {
  attempt,
  callStartAt,
  factsAt,
  HEALTHY,
  HOUR,
  kst,
  LOST,
  OTHER_PRINT,
  REJECTED,
  SECOND,
  TOKEN,
  UNSENT,
} from './facts.ts';

const NOW = kst('08:10');
const END = NOW + SECOND;
const start = callStartAt(NOW);
const facts = (state: Partial<State> = {}) => factsAt(NOW, { state });

describe('A revocation', () => {
  const asked = (reissue: boolean) => ({ revoke: { fingerprint: TOKEN.fingerprint, reissue, since: 1 } });

  it('that is confirmed answers the request', () => {
    const state = revocationConfirmed(facts({ pending: asked(true) }), start, END);
    expect(state).toMatchObject({ attempt: { kind: 'revoke', outcome: 'revoked', failures: 0 } });
    expect({ pending: state.pending, paused: state.paused }).toEqual({
      pending: undefined,
      paused: undefined,
    });
  });

  it('that is confirmed pauses a credential that is not to be reissued', () => {
    expect(revocationConfirmed(facts({ pending: asked(false) }), start, END)).toMatchObject({ paused: true });
  });

  it('that is confirmed keeps the other requests, and one for another token', () => {
    const pending = { ...asked(false), forced: { since: 2 } };
    expect(revocationConfirmed(facts({ pending }), start, END).pending).toEqual({ forced: { since: 2 } });
    const other = { revoke: { fingerprint: OTHER_PRINT, reissue: false, since: 1 } };
    const state = revocationConfirmed(facts({ pending: other }), start, END);
    expect({ pending: state.pending, paused: state.paused }).toEqual({ pending: other, paused: undefined });
  });

  it('that is confirmed ends a row of failures, except for the returns of an expired token', () => {
    const last = attempt({ at: NOW, outcome: 'unchanged', failures: 2 });
    const failures = (token: Partial<PublishedToken>) => {
      const state = { attempt: last, published: { ...TOKEN, ...token } };
      return revocationConfirmed(facts(state), start, END).attempt?.failures;
    };
    expect([failures({}), failures({ health: 'dead' }), failures({ expiresAt: NOW })]).toEqual([0, 0, 2]);
  });

  it('that is confirmed makes no issue call and keeps a pause', () => {
    const state = revocationConfirmed(facts({ paused: true, lastCallAt: NOW - HOUR }), start, END);
    expect(state).toMatchObject({ paused: true, lastCallAt: NOW - HOUR, issues: [TOKEN.issuedAt] });
  });

  it('that fails keeps the request and names the call', () => {
    const state = revocationFailed(
      facts({ pending: asked(false), verifiedAt: NOW - 1 }),
      start,
      REJECTED,
      END,
    );
    expect(state).toEqual({
      ...HEALTHY,
      published: { ...TOKEN, revocations: 1 },
      pending: asked(false),
      verifiedAt: NOW - 1,
      attempt: {
        ...start,
        kind: 'revoke',
        outcome: 'rejected',
        brokerCode: 'EGW00103',
        message: 'revoke: FAKE wrong key',
        failures: 1,
      },
    });
  });

  it('that may have been received clears the last verdict', () => {
    expect(revocationFailed(facts({ verifiedAt: NOW }), start, LOST, END).verifiedAt).toBeUndefined();
  });

  it('that could not be sent changes the attempt only', () => {
    const failure = { kind: 'unconfigured' as const, message: 'FAKE no key' };
    const before = facts({ pending: asked(false), verifiedAt: NOW - 1 });
    const attemptOf = (failures: number) => ({
      ...start,
      kind: 'revoke',
      outcome: 'unconfigured',
      message: 'revoke: FAKE no key',
      failures,
    });
    const first = revocationNotSent(before, start, failure, END);
    expect(first).toEqual({ ...before.state, attempt: attemptOf(1) });
    const second = revocationNotSent({ ...before, state: first }, start, failure, END);
    expect(second).toEqual({ ...before.state, attempt: attemptOf(2) });
  });

  it('is possible without a token', () => {
    const none = factsAt(NOW, { token: null });
    expect(revocationConfirmed(none, start, END).published).toBeUndefined();
    expect(revocationFailed(none, start, UNSENT, END).published).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import {
  revocationConfirmed,
  revocationFailed,
  revocationNotSent,
} from '../../../lambdas/decision/transitions.ts';
import type { State } from '../../../lambdas/shared/state.ts';
import { callStartAt, factsAt, HEALTHY, kst, OTHER_PRINT, REJECTED, SECOND, TOKEN, UNSENT } from './facts.ts';

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

  it('that is confirmed keeps the other requests, and one for another token', () => {
    const pending = { ...asked(false), forced: { since: 2 } };
    expect(revocationConfirmed(facts({ pending }), start, END).pending).toEqual({ forced: { since: 2 } });
    const other = { revoke: { fingerprint: OTHER_PRINT, reissue: false, since: 1 } };
    const state = revocationConfirmed(facts({ pending: other }), start, END);
    expect({ pending: state.pending, paused: state.paused }).toEqual({ pending: other, paused: undefined });
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

import { describe, expect, it } from 'vitest';
import { parameterFacts } from '../../../lambdas/decision/health.ts';
import {
  stateAfterFailedRevocation,
  stateAfterRestore,
  stateAfterRevocation,
  stateAfterSecretChange,
  stateAfterSecretRead,
  stateAfterUnsentRevocation,
  stateAfterVerify,
} from '../../../lambdas/decision/transitions.ts';
import type { State } from '../../../lambdas/shared/state.ts';
import {
  APP_KEY,
  attempt,
  callStartAt,
  factsAt,
  HEALTHY_STATE,
  HOUR,
  ISSUED_FOR,
  kst,
  OTHER_APP_KEY,
  OTHER_FINGERPRINT,
  PUBLISHED_TOKEN,
  REJECTED_CALL,
  SECOND,
  SECRET,
  UNSENT_CALL,
} from './facts.ts';

const NOW = kst('08:10');
const END = NOW + SECOND;
const changed = { credentialsChanged: { since: 1 } };
const NEW_VERSION = { version: 'v2', appKey: APP_KEY };

describe('A verify call', () => {
  const state: Partial<State> = { attempt: attempt({ at: NOW, outcome: 'unchanged', retryAt: NOW + HOUR }) };
  const facts = (change: Partial<State> = {}, secret: ReturnType<typeof factsAt>['secret'] = SECRET) =>
    factsAt(NOW, {
      secret,
      state: { ...state, published: { ...PUBLISHED_TOKEN, health: 'suspect' }, ...change },
    });

  it('that finds the token alive ends a back-off and sets verifiedAt', () => {
    expect(stateAfterVerify(facts(), 'alive', END)).toEqual({
      ...HEALTHY_STATE,
      verifiedAt: END,
      attempt: { ...state.attempt, retryAt: undefined },
    });
  });

  it('that finds the token alive completes the request that a new version of the secret caused', () => {
    const proven = stateAfterVerify(
      facts({ pending: { ...changed, forced: { since: 1 } } }, NEW_VERSION),
      'alive',
      END,
    );
    expect(proven.published?.issuedFor).toEqual({ ...ISSUED_FOR, secretVersion: 'v2' });
    expect(proven.pending).toEqual({ forced: { since: 1 } });
  });

  it.each([
    ['of a different app key', { version: 'v2', appKey: OTHER_APP_KEY }],
    ['without a usable key', { version: 'v2' }],
  ])('does not confirm a secret %s', (_which, secret) => {
    const after = stateAfterVerify(facts({ pending: changed }, secret), 'alive', END);
    expect(after.published?.issuedFor).toEqual(ISSUED_FOR);
    expect(after.pending).toEqual(changed);
  });

  it('without an answer changes nothing in the state', () => {
    const { state } = facts();
    expect(stateAfterVerify(facts(), 'unreachable', END)).toEqual(state);
  });

  it('with the verdict "unclear" makes a token live only if the same invocation published the token', () => {
    const issued = { calls: 1, repeats: 0, published: true };
    expect(stateAfterVerify({ ...facts(), done: issued }, 'unclear', END).published?.health).toBe('live');
    const dead = facts({ published: { ...PUBLISHED_TOKEN, health: 'dead' } });
    expect(stateAfterVerify({ ...dead, done: issued }, 'unclear', END).published?.health).toBe('dead');
    expect(
      stateAfterVerify({ ...facts(), done: { ...issued, published: false } }, 'unclear', END).published
        ?.health,
    ).toBe('suspect');
  });

  it('changes nothing in a state without a token', () => {
    const none = factsAt(NOW, { token: null });
    expect(stateAfterVerify(none, 'alive', END)).toBe(none.state);
  });

  it('does not add an attempt to a state without an attempt', () => {
    expect(stateAfterVerify(facts({ attempt: undefined }), 'alive', END).attempt).toBeUndefined();
  });
});

describe('A restored token parameter', () => {
  it('is recorded with its new version and the current KMS key', () => {
    const facts = factsAt(NOW, { tokenKeyArn: 'arn:other' });
    const published = {
      ...PUBLISHED_TOKEN,
      tokenVersion: 43,
      issuedFor: { ...ISSUED_FOR, tokenKeyArn: 'arn:other' },
    };
    expect(stateAfterRestore(facts, 43)).toEqual({ ...HEALTHY_STATE, published });
    const none = factsAt(NOW, { token: null });
    expect(stateAfterRestore(none, 43)).toBe(none.state);
  });
});

describe('A read of the secret', () => {
  const read = (secret: Parameters<typeof stateAfterSecretRead>[1], state: Partial<State> = {}) =>
    stateAfterSecretRead(factsAt(NOW, { state }), secret, NOW).pending;

  it('adds a credentialsChanged request if a different version of the secret issued the token', () => {
    expect(read(NEW_VERSION)).toEqual({ credentialsChanged: { since: NOW } });
    expect(read(NEW_VERSION, { pending: { ...changed } })).toEqual(changed);
    expect(read(NEW_VERSION, { pending: { forced: { since: 1 } } })).toEqual({
      forced: { since: 1 },
      credentialsChanged: { since: NOW },
    });
  });

  it('removes the credentialsChanged request if the version that was read issued the token', () => {
    expect(read(SECRET, { pending: changed })).toBeUndefined();
    expect(read(SECRET, { pending: { ...changed, forced: { since: 1 } } })).toEqual({ forced: { since: 1 } });
    expect(read(SECRET, { pending: { forced: { since: 1 } } })).toEqual({ forced: { since: 1 } });
  });

  it('keeps the credentialsChanged request if the version that was read contains no usable key', () => {
    expect(read({ version: 'v2' }, { pending: changed })).toEqual(changed);
    expect(read({ version: 'v2' })).toBeUndefined();
  });

  it('adds no credentialsChanged request in a state without a token', () => {
    const none = factsAt(NOW, { token: null });
    expect(stateAfterSecretRead(none, NEW_VERSION, NOW)).toBe(none.state);
    expect(stateAfterSecretChange(none.state, NOW)).toBe(none.state);
  });
});

const TOKEN_KEY = ISSUED_FOR.tokenKeyArn;
const ours = { parameter: 'ours', unknownToken: false } as const;

describe('The version of the token parameter', () => {
  it('is reported as "ours" if the refresher wrote it with the current KMS key', () => {
    expect(parameterFacts(HEALTHY_STATE, PUBLISHED_TOKEN.tokenVersion, TOKEN_KEY)).toEqual(ours);
    expect(parameterFacts(HEALTHY_STATE, PUBLISHED_TOKEN.tokenVersion, 'FAKE-other-key')).toEqual({
      ...ours,
      parameter: 'changed',
    });
  });

  it('is reported as changed, with the flag unknownToken, if the refresher did not write it', () => {
    const changed = { parameter: 'changed', unknownToken: true };
    expect(parameterFacts(HEALTHY_STATE, (PUBLISHED_TOKEN.tokenVersion ?? 0) + 1, TOKEN_KEY)).toEqual(
      changed,
    );
    expect(parameterFacts({ generation: 0, issues: [] }, 1, TOKEN_KEY)).toEqual(changed);
  });

  it('is reported as changed, without the flag unknownToken, if the parameter does not exist', () => {
    const missing = { parameter: 'changed', unknownToken: false };
    expect(parameterFacts(HEALTHY_STATE, undefined, TOKEN_KEY)).toEqual(missing);
    expect(parameterFacts({ ...HEALTHY_STATE, interrupted: true }, undefined, TOKEN_KEY)).toEqual(missing);
    expect(parameterFacts({ generation: 0, issues: [] }, undefined, TOKEN_KEY)).toEqual(missing);
  });

  it('is reported as "ours", but with the flag unknownToken, after an interrupted call', () => {
    const state = { ...HEALTHY_STATE, interrupted: true } as const;
    expect(parameterFacts(state, PUBLISHED_TOKEN.tokenVersion, TOKEN_KEY)).toEqual({
      ...ours,
      unknownToken: true,
    });
  });
});
const start = callStartAt(NOW);
const facts = (state: Partial<State> = {}) => factsAt(NOW, { state });

describe('A revocation', () => {
  const asked = (reissue: boolean) => ({
    revoke: { fingerprint: PUBLISHED_TOKEN.fingerprint, reissue, since: 1 },
  });

  it('that is confirmed completes the pending request', () => {
    const state = stateAfterRevocation(facts({ pending: asked(true) }), start, END);
    expect(state).toMatchObject({ attempt: { kind: 'revoke', outcome: 'revoked', failures: 0 } });
    expect({ pending: state.pending, paused: state.paused }).toEqual({
      pending: undefined,
      paused: undefined,
    });
  });

  it('that is confirmed keeps a pending revocation of a different token', () => {
    const pending = { ...asked(false), forced: { since: 2 } };
    expect(stateAfterRevocation(facts({ pending }), start, END).pending).toEqual({ forced: { since: 2 } });
    const other = { revoke: { fingerprint: OTHER_FINGERPRINT, reissue: false, since: 1 } };
    const state = stateAfterRevocation(facts({ pending: other }), start, END);
    expect({ pending: state.pending, paused: state.paused }).toEqual({ pending: other, paused: undefined });
  });

  it('that fails keeps the request pending and records the revoke call', () => {
    const state = stateAfterFailedRevocation(
      facts({ pending: asked(false), verifiedAt: NOW - 1 }),
      start,
      REJECTED_CALL,
    );
    expect(state).toEqual({
      ...HEALTHY_STATE,
      published: { ...PUBLISHED_TOKEN, revocations: 1 },
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

  it('that could not be sent changes only the field attempt of the state', () => {
    const failure = { kind: 'unconfigured' as const, message: 'FAKE no key' };
    const before = facts({ pending: asked(false), verifiedAt: NOW - 1 });
    const attemptOf = (failures: number) => ({
      ...start,
      kind: 'revoke',
      outcome: 'unconfigured',
      message: 'revoke: FAKE no key',
      failures,
    });
    const first = stateAfterUnsentRevocation(before, start, failure);
    expect(first).toEqual({ ...before.state, attempt: attemptOf(1) });
    const second = stateAfterUnsentRevocation({ ...before, state: first }, start, failure);
    expect(second).toEqual({ ...before.state, attempt: attemptOf(2) });
  });

  it('does not add a token to a state without a token', () => {
    const none = factsAt(NOW, { token: null });
    expect(stateAfterRevocation(none, start, END).published).toBeUndefined();
    expect(stateAfterFailedRevocation(none, start, UNSENT_CALL).published).toBeUndefined();
  });
});

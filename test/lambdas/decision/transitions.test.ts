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
import { INITIAL_STATE, type State } from '../../../lambdas/shared/state.ts';
import {
  attempt,
  callStartAt,
  changed,
  type FactsChange,
  factsAt,
  forced,
  HEALTHY_STATE,
  HOUR,
  ISSUED_FOR,
  kst,
  NEW_VERSION,
  OTHER_FINGERPRINT,
  PUBLISHED_TOKEN,
  REJECTED_CALL,
  revocation,
  SECOND,
  SECRET,
  UNSENT_CALL,
  UNUSABLE_SECRET,
  VERSION_WITH_OTHER_APP_KEY,
} from './facts.ts';

const NOW = kst('08:10');
const END = NOW + SECOND;
const start = callStartAt(NOW);
const NO_TOKEN = factsAt(NOW, { token: null });

describe('A verify call', () => {
  const last = attempt({ at: NOW, outcome: 'unchanged', retryAt: NOW + HOUR });
  const suspect = ({ state, ...change }: FactsChange = {}) =>
    factsAt(NOW, { token: { health: 'suspect' }, state: { attempt: last, ...state }, ...change });

  it('that finds the token alive ends a back-off and sets verifiedAt', () => {
    expect(stateAfterVerify(suspect(), 'alive', END)).toEqual({
      ...HEALTHY_STATE,
      verifiedAt: END,
      attempt: { ...last, retryAt: undefined },
    });
  });

  it.each<[what: string, FactsChange['secret'], pending: State['pending'], secretVersion: string]>([
    ['completes the request that a new version of the secret caused', NEW_VERSION, forced, 'v2'],
    ['does not confirm a different app key', VERSION_WITH_OTHER_APP_KEY, { ...changed, ...forced }, 'v1'],
    ['does not confirm a secret without a usable key', UNUSABLE_SECRET, { ...changed, ...forced }, 'v1'],
  ])('that finds the token alive %s', (_what, secret, pending, secretVersion) => {
    const facts = suspect({ secret, state: { pending: { ...changed, ...forced } } });
    const state = stateAfterVerify(facts, 'alive', END);
    expect(state.published?.issuedFor).toEqual({ ...ISSUED_FOR, secretVersion });
    expect(state.pending).toEqual(pending);
  });

  it('without an answer changes nothing in the state', () => {
    expect(stateAfterVerify(suspect(), 'unreachable', END)).toEqual(suspect().state);
  });

  it('with the verdict "unclear" does not change the health of a token that was found dead in the same invocation', () => {
    const facts = factsAt(NOW, { token: { health: 'dead' }, done: { calls: 1, published: true } });
    expect(stateAfterVerify(facts, 'unclear', END).published?.health).toBe('dead');
  });

  it('adds no token to a state without a token, and no attempt to a state without an attempt', () => {
    expect(stateAfterVerify(NO_TOKEN, 'alive', END)).toBe(NO_TOKEN.state);
    expect(
      stateAfterVerify(suspect({ state: { attempt: undefined } }), 'alive', END).attempt,
    ).toBeUndefined();
  });
});

describe('A restored token parameter', () => {
  it('is recorded with its new version and the current KMS key', () => {
    const issuedFor = { ...ISSUED_FOR, tokenKeyArn: 'arn:other' };
    expect(stateAfterRestore(factsAt(NOW, { tokenKeyArn: 'arn:other' }), 43)).toEqual({
      ...HEALTHY_STATE,
      published: { ...PUBLISHED_TOKEN, tokenVersion: 43, issuedFor },
    });
    expect(stateAfterRestore(NO_TOKEN, 43)).toBe(NO_TOKEN.state);
  });
});

describe('A read of the secret', () => {
  const added = { credentialsChanged: { since: NOW } };
  it.each<[what: string, secret: typeof UNUSABLE_SECRET, before: State['pending'], after: State['pending']]>([
    ['adds the request credentialsChanged for a new version', NEW_VERSION, undefined, added],
    ['keeps the time of an earlier request', NEW_VERSION, changed, changed],
    ['adds the request to other requests', NEW_VERSION, forced, { ...forced, ...added }],
    ['removes the request for the version that issued the token', SECRET, changed, undefined],
    ['removes only this request', SECRET, { ...changed, ...forced }, forced],
    ['keeps a forced refresh', SECRET, forced, forced],
    ['keeps the request for a version without a usable key', UNUSABLE_SECRET, changed, changed],
    ['adds no request for a version without a usable key', UNUSABLE_SECRET, undefined, undefined],
  ])('%s', (_what, secret, pending, expected) => {
    expect(stateAfterSecretRead(factsAt(NOW, { state: { pending } }), secret, NOW).pending).toEqual(expected);
  });

  it('adds no credentialsChanged request in a state without a token', () => {
    expect(stateAfterSecretRead(NO_TOKEN, NEW_VERSION, NOW)).toBe(NO_TOKEN.state);
    expect(stateAfterSecretChange(NO_TOKEN.state, NOW)).toBe(NO_TOKEN.state);
  });
});

describe('The version of the token parameter', () => {
  const interrupted = { ...HEALTHY_STATE, interrupted: true } as const;
  it.each<[string, boolean, what: string, State, version: number | undefined, keyArn?: string]>([
    ['ours', false, 'the refresher wrote it', HEALTHY_STATE, 41],
    ['changed', false, 'it is encrypted with a different KMS key', HEALTHY_STATE, 41, 'FAKE-other-key'],
    ['changed', true, 'the refresher did not write it', HEALTHY_STATE, 42],
    ['changed', true, 'the refresher wrote no token', INITIAL_STATE, 1],
    ['changed', false, 'it does not exist', HEALTHY_STATE, undefined],
    ['changed', false, 'it does not exist after an interrupted call', interrupted, undefined],
    ['changed', false, 'it never existed', INITIAL_STATE, undefined],
    ['ours', true, 'the refresher wrote it before an interrupted call', interrupted, 41],
  ])('is "%s" (unknownToken: %s) if %s', (parameter, unknownToken, _if, state, version, keyArn) => {
    const facts = parameterFacts(state, version, keyArn ?? ISSUED_FOR.tokenKeyArn);
    expect(facts).toEqual({ parameter, unknownToken });
  });
});

describe('A revocation', () => {
  const other = revocation(false, OTHER_FINGERPRINT);

  it.each<[what: string, before: State['pending'], after: State['pending'], paused: true | undefined]>([
    ['completes its request', revocation(true), undefined, undefined],
    ['pauses without a replacement', { ...revocation(false), ...forced }, forced, true],
    ['keeps a pending revocation of a different token', other, other, undefined],
  ])('that is confirmed %s', (_what, before, after, paused) => {
    const state = stateAfterRevocation(factsAt(NOW, { state: { pending: before } }), start, END);
    expect(state).toMatchObject({ attempt: { kind: 'revoke', outcome: 'revoked', failures: 0 } });
    expect({ pending: state.pending, paused: state.paused }).toEqual({ pending: after, paused });
  });

  it.each([
    [0, undefined],
    [3, attempt({ at: NOW, outcome: 'unchanged', failures: 3 })],
  ])('of an expired token records the failure count %i of the last attempt', (failures, last) => {
    const facts = factsAt(NOW, { token: { expiresAt: NOW }, state: { attempt: last } });
    expect(stateAfterRevocation(facts, start, NOW).attempt?.failures).toBe(failures);
  });

  const before = factsAt(NOW, { state: { pending: revocation(false), verifiedAt: NOW - 1 } });

  it('that fails keeps the request pending and records the revoke call', () => {
    expect(stateAfterFailedRevocation(before, start, REJECTED_CALL)).toEqual({
      ...before.state,
      published: { ...PUBLISHED_TOKEN, revocations: 1 },
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
    const failure = { kind: 'unconfigured', message: 'FAKE no key' } as const;
    let { state } = before;
    for (const failures of [1, 2]) {
      state = stateAfterUnsentRevocation({ ...before, state }, start, failure);
      const message = 'revoke: FAKE no key';
      const last = { ...start, kind: 'revoke', outcome: 'unconfigured', message, failures };
      expect(state).toEqual({ ...before.state, attempt: last });
    }
  });

  it('does not add a token to a state without a token', () => {
    expect(stateAfterRevocation(NO_TOKEN, start, END).published).toBeUndefined();
    expect(stateAfterFailedRevocation(NO_TOKEN, start, UNSENT_CALL).published).toBeUndefined();
  });
});

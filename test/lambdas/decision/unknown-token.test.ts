import { describe, expect, it } from 'vitest';
import { stateAfterIssue } from '../../../lambdas/decision/issue-result.ts';
import { acceptRequest, adaptStoredState } from '../../../lambdas/decision/requests.ts';
import {
  stateAfterRestore,
  stateAfterRevocation,
  stateAfterVerify,
} from '../../../lambdas/decision/transitions.ts';
import { INITIAL_STATE, type State } from '../../../lambdas/shared/state.ts';
import {
  callStartAt,
  DAY,
  EXPIRY,
  type FactsChange,
  FINGERPRINT,
  factsAt,
  HEALTHY_STATE,
  FRESH as NOW,
  OTHER_FINGERPRINT,
  PUBLISHED_TOKEN,
  receivedToken,
  revocation,
  stepAt,
} from './facts.ts';

/** A revocation of a token that an interrupted issue call published, and that the state does not contain. */
const unknown = (reissue: boolean) => ({ revoke: { reissue, since: 1 } });
const start = callStartAt(NOW);
/** Returns the state after an issue call that returned the token with this fingerprint. */
const receive = (pending: State['pending'], fingerprint: string) =>
  stateAfterIssue(factsAt(NOW, { state: { pending } }), start, receivedToken(fingerprint, NOW + DAY), NOW);

describe('A requested revocation of a token that is missing in the state', () => {
  it.each<[string, State]>([
    ['beside a published token', HEALTHY_STATE],
    ['without a published token', INITIAL_STATE],
    ['beside an expired token', { ...HEALTHY_STATE, published: { ...PUBLISHED_TOKEN, expiresAt: NOW } }],
  ])('stays pending without a fingerprint %s, and does not pause the credential', (_where, state) => {
    for (const reissue of [true, false]) {
      const message = { credential: 'kis-main', cause: 'revoke', reissue } as const;
      const { pending, paused } = acceptRequest(state, message, NOW, true);
      expect(pending?.revoke).toEqual({ reissue, since: NOW });
      expect(paused, 'consumers can read that token').toBeUndefined();
    }
  });

  it.each<[where: string, change: FactsChange]>([
    ['beside a suspect token', { token: { health: 'suspect' }, parameter: 'changed' }],
    ['without a published token', { token: null }],
  ])('is sent only after an issue call %s', (_where, change) => {
    const state = { pending: unknown(true), interrupted: true } as const;
    expect(stepAt(NOW, { ...change, state })).toBe('issue Interrupted');
  });

  const pending = unknown(false);
  const named = revocation(false);
  const other = revocation(true, OTHER_FINGERPRINT);
  const ours = factsAt(NOW, { state: { pending } });
  const known = factsAt(NOW, { state: { pending: other } });
  const changed = factsAt(NOW, { state: { pending }, parameter: 'changed' });
  it.each([
    ['becomes a revocation of the restored token', stateAfterRestore(changed, 7), named],
    ['becomes a revocation of a token with the verdict "alive"', stateAfterVerify(ours, 'alive', NOW), named],
    ['becomes a revocation of a token with the verdict "dead"', stateAfterVerify(ours, 'dead', NOW), named],
    ['stays pending if the parameter was changed', stateAfterVerify(changed, 'alive', NOW), pending],
    ['with a fingerprint keeps this fingerprint', stateAfterRestore(known, 7), other],
    ['stays pending when the published token expires', adaptStoredState(ours, EXPIRY), pending],
  ])('%s', (_what, state, expected) => {
    expect(state.pending).toEqual(expected);
    expect(state.paused).toBeUndefined();
  });

  it.each([
    [true, FINGERPRINT],
    [false, FINGERPRINT],
    [true, OTHER_FINGERPRINT],
    [false, OTHER_FINGERPRINT],
  ])('applies to the token that the issue call returns (reissue: %s, token: %s)', (reissue, fingerprint) => {
    const state = receive(unknown(reissue), fingerprint);
    expect(state.pending).toEqual(revocation(reissue, fingerprint));
    expect(stepAt(NOW, { state })).toBe('revoke Requested');
  });
});

describe('A requested revocation of a token that an issue call replaces', () => {
  it('applies to the new token if reissue is false', () => {
    const state = receive(revocation(false), OTHER_FINGERPRINT);
    expect(state.pending).toEqual(revocation(false, OTHER_FINGERPRINT));
    expect(stepAt(NOW, { state })).toBe('revoke Requested');
    const confirmed = stateAfterRevocation(factsAt(NOW, { state }), start, NOW);
    expect(confirmed).toMatchObject({
      paused: true,
      published: { fingerprint: OTHER_FINGERPRINT, health: 'dead' },
    });
    expect(confirmed.pending).toBeUndefined();
  });
});

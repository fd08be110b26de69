import { describe, expect, test } from 'vitest';
import type { Credential } from '../../cli/credentials.ts';
import { forcedResult, revokeResult } from '../../cli/inbox/request-result.ts';
import { MINUTE } from '../../cli/time.ts';
import type { Attempt, PublishedToken, State } from '../../lambdas/shared/state.ts';
import { credential, NOW } from './sample-credential.ts';

const { config: CONFIG, state: BEFORE } = credential('kis');
const REQUEST = { messageId: 'own', before: { state: BEFORE }, program: 'tokens' };

const attempt = (changes: Partial<Attempt>): Attempt => ({
  at: NOW,
  cause: 'revoke',
  messageId: 'own',
  kind: 'revoke',
  outcome: 'rejected',
  failures: 1,
  ...changes,
});

/** Returns the credential with the state that the refresher stores when the request has been handled. */
function answered(changes: Partial<State>, token: Partial<PublishedToken> = {}): Credential {
  const published = { ...BEFORE.published, ...token } as PublishedToken;
  const lastRequest = {
    messageId: 'own',
    cause: 'revoke',
    at: NOW,
    action: 'hold',
    reason: 'Paused',
  } as const;
  return { config: CONFIG, state: { ...BEFORE, lastRequest, ...changes, published } };
}

const revoke = { fingerprint: '352fd9b303ab', reissue: false, since: NOW - MINUTE };

describe('the result of a revoke request', () => {
  test('is "pending" and contains the error code if the broker rejects the revocation', () => {
    const brokerCode = 'EGW00105';
    const refused = answered({ pending: { revoke }, attempt: attempt({ brokerCode }) });
    expect(revokeResult(refused, REQUEST, false, NOW)).toMatchObject({
      status: 'pending',
      text: expect.stringMatching(/^RevokePending: .*the broker rejected the revocation \(EGW00105\)/),
      fix: expect.stringContaining('revokes the token again at each tick'),
    });
  });

  test('is "pending" if the reply of the broker to the revoke call was lost, even with reissue: true', () => {
    const lost = answered(
      { pending: { revoke: { ...revoke, reissue: true } }, attempt: attempt({ outcome: 'unavailable' }) },
      { health: 'suspect' },
    );
    expect(revokeResult(lost, REQUEST, true, NOW)).toMatchObject({
      status: 'pending',
      text: expect.stringContaining('the broker did not confirm the revocation'),
    });
  });

  test('is "open" until the refresher has handled the request', () => {
    const { config, state } = answered({ pending: { revoke }, attempt: attempt({ outcome: 'started' }) });
    const started = { config, state: { ...state, lastRequest: undefined } };
    expect(revokeResult(started, REQUEST, false, NOW)).toMatchObject({ status: 'open' });
  });

  test('is "done" if the credential is paused, even if the token expired before the revocation', () => {
    const confirmed = answered({ paused: true }, { health: 'dead', revokedAt: NOW });
    expect(revokeResult(confirmed, REQUEST, false, NOW)).toMatchObject({
      status: 'done',
      text: expect.stringContaining('The broker confirmed the revocation.'),
    });
    const expired = answered({ paused: true }, { expiresAt: NOW - MINUTE });
    expect(revokeResult(expired, REQUEST, false, NOW)).toMatchObject({
      status: 'done',
      text: expect.stringContaining('There was no live token to revoke.'),
    });
  });
});

describe('the result of a forced request', () => {
  const lastRequest = { messageId: 'own', cause: 'forced', at: NOW, action: 'wait' } as const;

  test('is "pending" if the new token could not be verified', () => {
    const suspect = answered({ generation: 2 }, { health: 'suspect' });
    expect(forcedResult(suspect, REQUEST, NOW)).toMatchObject({ status: 'pending' });
  });

  test('is "pending" if the refresher keeps the request, because the broker does not answer', () => {
    const kept = answered({
      pending: { forced: { since: NOW } },
      lastRequest: { ...lastRequest, reason: 'BrokerUnhealthy' },
    });
    expect(forcedResult(kept, REQUEST, NOW)).toMatchObject({
      status: 'pending',
      text: expect.stringContaining('KIS does not answer'),
      fix: expect.stringContaining('stays pending'),
    });
  });
});

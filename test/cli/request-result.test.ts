import { describe, expect, test } from 'vitest';
import type { Credential } from '../../cli/credentials.ts';
import { forcedResult, revokeResult } from '../../cli/inbox/request-result.ts';
import { MINUTE } from '../../cli/time.ts';
import type { Attempt, PublishedToken, State } from '../../lambdas/shared/state.ts';
import { credential, NOW, sampleAttempt, withPublishedToken } from './sample-credential.ts';

const BEFORE = credential('kis');
const REQUEST = { messageId: 'own', before: BEFORE, program: 'tokens', now: NOW };

const revocation = (changes: Partial<Attempt>) =>
  sampleAttempt({ cause: 'revoke', messageId: 'own', kind: 'revoke', ...changes });

const answer = (cause: 'revoke' | 'forced', action: string, reason: string): Partial<State> => ({
  lastRequest: { messageId: 'own', cause, at: NOW, action, reason },
});

/** Returns the credential with the state that the refresher stores when the request has been handled. */
const answered = (changes: Partial<State>, token: Partial<PublishedToken> = {}): Credential =>
  withPublishedToken(credential('kis', {}, { ...answer('revoke', 'hold', 'Paused'), ...changes }), token);

const revoke = { fingerprint: '352fd9b303ab', reissue: false, since: NOW - MINUTE };

describe('the result of a revoke request', () => {
  const results: readonly [title: string, Credential, reissue: boolean, status: string, text: RegExp][] = [
    [
      'is "pending" and contains the error code if the broker rejects the revocation',
      answered({ pending: { revoke }, attempt: revocation({ brokerCode: 'EGW00105' }) }),
      false,
      'pending',
      /^RevokePending: .*the broker rejected the revocation \(EGW00105\).* revokes the token again at each tick/,
    ],
    [
      'is "pending" if the reply of the broker to the revoke call was lost, even with reissue: true',
      answered(
        {
          pending: { revoke: { ...revoke, reissue: true } },
          attempt: revocation({ outcome: 'unavailable' }),
        },
        { health: 'suspect' },
      ),
      true,
      'pending',
      /the broker did not confirm the revocation/,
    ],
    [
      'is "open" until the refresher has handled the request',
      answered({ pending: { revoke }, attempt: revocation({ outcome: 'started' }), lastRequest: undefined }),
      false,
      'open',
      /Waiting for the broker/,
    ],
    [
      'is "done" if the token expired before the revocation',
      answered({ paused: true }, { expiresAt: NOW - MINUTE }),
      false,
      'done',
      /There was no live token to revoke\./,
    ],
  ];
  test.each(results)('%s', (_, seen, reissue, status, text) => {
    const { status: actual, ...texts } = revokeResult(seen, REQUEST, reissue);
    expect({ status: actual, text: Object.values(texts).join(' ') }).toEqual({
      status,
      text: expect.stringMatching(text),
    });
  });
});

describe('the result of a forced request', () => {
  test('is "pending" if the new token could not be verified', () => {
    const suspect = answered({ generation: 2 }, { health: 'suspect' });
    expect(forcedResult(suspect, REQUEST)).toMatchObject({ status: 'pending' });
  });

  test('is "pending" if the broker does not answer and the refresher keeps the request', () => {
    const kept = answered({
      pending: { forced: { since: NOW } },
      ...answer('forced', 'wait', 'BrokerUnhealthy'),
    });
    expect(forcedResult(kept, REQUEST)).toMatchObject({
      status: 'pending',
      text: expect.stringContaining('KIS does not answer'),
      fix: expect.stringContaining('stays pending'),
    });
  });
});

import { describe, expect, test } from 'vitest';
import { type Credential, decisionFactsOf } from '../../cli/credentials.ts';
import { forecastAfterRevoke, forecastForcedRequest } from '../../cli/inbox/forecast.ts';
import { predictDecision } from '../../cli/predict.ts';
import { describeReasons, reasonSentence } from '../../cli/reasons.ts';
import { HOUR, MINUTE } from '../../cli/time.ts';
import {
  DUE_REASONS,
  HOLD_REASONS,
  KEEP_REASONS,
  STEP_REASONS,
  WAIT_REASONS,
} from '../../lambdas/decision/facts.ts';
import type { PublishedToken, State } from '../../lambdas/shared/state.ts';
import { credential, NOW, sampleAttempt, sampleRejection, withPublishedToken } from './sample-credential.ts';

type Broker = 'kis' | 'kiwoom';

const refused = sampleRejection(NOW);
const changedSecret = { credentialsChanged: { since: NOW } };
const useUp = { issues: [NOW - 2 * HOUR, NOW - HOUR], lastCallAt: NOW - HOUR };
const malformed = sampleAttempt({ outcome: 'malformed', retryAt: NOW + 4 * MINUTE });
const withState = (broker: Broker, state: Partial<State>) => credential(broker, {}, state);
const withToken = (broker: Broker, token: Partial<PublishedToken>, state: Partial<State> = {}) =>
  withPublishedToken(withState(broker, state), token);

describe('the forecast', () => {
  const unusableSecret = {
    generation: 0,
    published: undefined,
    refused: { ...refused, code: 'Unconfigured' },
  };
  const pendingRevoke = { revoke: { fingerprint: '352fd9b303ab', reissue: false, since: NOW } };
  const forced: readonly [title: string, Credential, will: string, until?: number][] = [
    ['calls Kiwoom at once', credential('kiwoom'), 'issue'],
    ['calls KIS at once after the reuse window', credential('kis', {}, {}, 7 * HOUR), 'issue'],
    ['rejects it before the end of the reuse window of KIS', credential('kis'), 'refuse', NOW + 5 * HOUR],
    [
      'keeps it pending for the minimum interval',
      withState('kiwoom', { lastCallAt: NOW - 500 }),
      'wait',
      NOW + 1500,
    ],
    [
      'rejects it within the reuse window right after a call',
      withState('kis', { lastCallAt: NOW - 2000 }),
      'refuse',
      NOW + 5 * HOUR,
    ],
    [
      'rejects it while the daily budget is used up',
      credential('kiwoom', { maxIssuesPerDay: 2 }, useUp),
      'refuse',
      NOW + 22 * HOUR,
    ],
    ['ignores the back-off after an unusable answer', withState('kiwoom', { attempt: malformed }), 'issue'],
    ['calls the broker again with a rejected key', withState('kiwoom', { refused }), 'issue'],
    ['reads an unusable secret again', withState('kiwoom', unusableSecret), 'verify'],
    ['resumes a paused credential', withToken('kiwoom', { health: 'dead' }, { paused: true }), 'issue'],
    ['verifies a suspect token first', withToken('kis', { health: 'suspect' }), 'verify'],
    ['reads a changed secret first', withState('kis', { pending: changedSecret }), 'verify'],
    ['calls KIS within the reuse window of a dead token', withToken('kis', { health: 'dead' }), 'issue'],
    [
      'repeats the unconfirmed revocation of a dead token',
      withToken('kis', { health: 'dead', revocations: 1 }),
      'revoke',
    ],
    ['executes a pending revocation first', withState('kis', { pending: pendingRevoke }), 'issue'],
  ];
  test.each(forced)(
    'for a refresh request says that the refresher %s',
    (_, storedCredential, will, until) => {
      expect(forecastForcedRequest(storedCredential, NOW)).toMatchObject({
        will,
        ...(until !== undefined && { until }),
      });
    },
  );

  const rejectedKey = { refused, pending: changedSecret, calledWith: 'ba9876543210' };
  const revoked: readonly [title: string, Credential, will: string, until?: number][] = [
    ['calls KIS within the reuse window', credential('kis'), 'issue'],
    [
      'calls KIS although the daily budget is used up',
      credential('kis', { maxIssuesPerDay: 2 }, useUp),
      'issue',
    ],
    ['rejects it while the broker rejects the key', withState('kis', rejectedKey), 'refuse', NOW + HOUR],
    [
      'rejects it until the reuse window ends if a revocation has no effect',
      withState('kis', { revokeUseless: true }),
      'refuse',
      NOW + 5 * HOUR,
    ],
    [
      'repeats the unconfirmed revocation of a dead token',
      withToken('kis', { health: 'dead', revocations: 1 }),
      'issue',
    ],
  ];
  test.each(revoked)(
    'for a revoke request says that the refresher %s',
    (_, storedCredential, will, until) => {
      expect(forecastAfterRevoke(storedCredential, NOW)).toMatchObject({
        will,
        ...(until !== undefined && { until }),
      });
    },
  );
});

describe('the printed explanation of the next tick', () => {
  const unusual: readonly Credential[] = (['kis', 'kiwoom'] as const).flatMap((broker) => [
    credential(broker),
    withState(broker, { generation: 0, published: undefined }),
    withState(broker, { refused, revokeUseless: true, lastCallAt: NOW }),
    withState(broker, { attempt: { ...malformed, brokerCode: '1999', message: '에러' } }),
    withState(broker, { attempt: sampleAttempt({ outcome: 'started', kind: 'revoke' }) }),
    withToken(broker, { health: 'dead', revocations: 2 }),
    withToken(broker, { health: 'dead', revocations: 3 }),
    withToken(broker, { health: 'dead', revokedAt: NOW - HOUR }, { revokeUseless: true }),
  ]);
  const all = [...DUE_REASONS, ...KEEP_REASONS, ...HOLD_REASONS, ...WAIT_REASONS, ...STEP_REASONS];
  test.each(all)('contains a complete sentence for %s in every state', (reason) => {
    for (const each of unusual) {
      const sentence = reasonSentence(reason, each, NOW);
      expect(sentence).toMatch(/^[A-Z].*\.$/);
      expect(sentence).not.toMatch(/undefined|NaN|Invalid|\.\./);
    }
  });

  test('states why a renewal is due, and that a verify call precedes the issue call', () => {
    const due = credential('kiwoom', {}, {}, 22.5 * HOUR);
    const at = NOW + 35 * MINUTE;
    const next = predictDecision(decisionFactsOf(due, at), at);
    expect(next).toMatchObject({ decision: { action: 'verify', reason: 'BeforeCall' }, due: 'NearExpiry' });
    expect(describeReasons(next, due, at)).toEqual([
      expect.stringContaining('renewal has been due'),
      expect.stringContaining('verifies that the broker answers'),
    ]);
  });
});

import { describe, expect, test } from 'vitest';
import type { Credential } from '../../cli/credentials.ts';
import { decisionFactsOf } from '../../cli/credentials.ts';
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
import type { Attempt, Outcome } from '../../lambdas/shared/state.ts';
import { credential, NOW, withPublishedToken } from './sample-credential.ts';

const attempt = (outcome: Outcome, changes: Partial<Attempt> = {}): Attempt => ({
  at: NOW - MINUTE,
  cause: 'schedule',
  messageId: 'm',
  kind: 'issue',
  outcome,
  failures: 1,
  ...changes,
});

const refused = { secretVersion: 'v1', code: '8001', since: NOW - HOUR, retryAt: NOW + HOUR, times: 3 };

describe('the forecast for a request', () => {
  const dead = { health: 'dead' } as const;
  const forced: readonly [title: string, credential: Credential, will: string, until?: number][] = [
    ['calls Kiwoom at once', credential('kiwoom'), 'issue'],
    ['calls KIS at once after the reuse window', credential('kis', {}, {}, 7 * HOUR), 'issue'],
    [
      'rejects the request before the end of the reuse window of KIS',
      credential('kis'),
      'refuse',
      NOW + 5 * HOUR,
    ],
    [
      'keeps the request pending for the minimum interval',
      credential('kiwoom', {}, { lastCallAt: NOW - 500 }),
      'wait',
      NOW + 1500,
    ],
    [
      'rejects the request within the reuse window right after a call',
      credential('kis', {}, { lastCallAt: NOW - 2000 }),
      'refuse',
      NOW + 5 * HOUR,
    ],
    [
      'rejects the request while the daily budget is used up',
      credential('kiwoom', { maxIssuesPerDay: 2 }, { issues: [NOW - 2 * HOUR, NOW - HOUR] }),
      'refuse',
      NOW + 22 * HOUR,
    ],
    [
      'does not wait for the back-off after an unusable answer',
      credential('kiwoom', {}, { attempt: attempt('malformed', { retryAt: NOW + 4 * MINUTE }) }),
      'issue',
    ],
    ['calls the broker again with a rejected key', credential('kiwoom', {}, { refused }), 'issue'],
    [
      'reads an unusable secret again',
      credential(
        'kiwoom',
        {},
        { generation: 0, published: undefined, refused: { ...refused, code: 'Unconfigured' } },
      ),
      'verify',
    ],
    [
      'resumes a paused credential',
      withPublishedToken(credential('kiwoom', {}, { paused: true }), dead),
      'issue',
    ],
    [
      'verifies a suspect token first',
      withPublishedToken(credential('kis'), { health: 'suspect' }),
      'verify',
    ],
    [
      'reads a changed secret first',
      credential('kis', {}, { pending: { credentialsChanged: { since: NOW } } }),
      'verify',
    ],
    [
      'calls KIS within the reuse window of a dead token',
      withPublishedToken(credential('kis'), dead),
      'issue',
    ],
    [
      'repeats the unconfirmed revocation of a dead token',
      withPublishedToken(credential('kis'), { ...dead, revocations: 1 }),
      'revoke',
    ],
    [
      'executes a pending revocation first',
      credential(
        'kis',
        {},
        {
          pending: { revoke: { fingerprint: '352fd9b303ab', reissue: false, since: NOW } },
        },
      ),
      'issue',
    ],
  ];
  test.each(forced)('to refresh says that the refresher %s', (_, of, will, until) => {
    expect(forecastForcedRequest(of, NOW)).toMatchObject({ will, ...(until !== undefined && { until }) });
  });

  const revoked: readonly [title: string, credential: Credential, will: string, until?: number][] = [
    ['calls KIS within the reuse window', credential('kis'), 'issue'],
    [
      'calls KIS although the daily budget is used up',
      credential(
        'kis',
        { maxIssuesPerDay: 2 },
        { issues: [NOW - 2 * HOUR, NOW - HOUR], lastCallAt: NOW - HOUR },
      ),
      'issue',
    ],
    [
      'rejects the request while the broker rejects the key',
      credential(
        'kis',
        {},
        { refused, pending: { credentialsChanged: { since: NOW } }, calledWith: 'ba9876543210' },
      ),
      'refuse',
      NOW + HOUR,
    ],
    [
      'rejects the request until the reuse window ends if a revocation has no effect',
      credential('kis', {}, { revokeUseless: true }),
      'refuse',
      NOW + 5 * HOUR,
    ],
    [
      'repeats the unconfirmed revocation of a dead token',
      withPublishedToken(credential('kis'), { ...dead, revocations: 1 }),
      'issue',
    ],
  ];
  test.each(revoked)('to revoke says that the refresher %s', (_, of, will, until) => {
    expect(forecastAfterRevoke(of, NOW)).toMatchObject({ will, ...(until !== undefined && { until }) });
  });
});

describe('the printed explanation of the next tick', () => {
  const unusual: readonly Credential[] = (['kis', 'kiwoom'] as const).flatMap((broker) => [
    credential(broker),
    credential(broker, {}, { generation: 0, published: undefined }),
    credential(broker, {}, { refused, revokeUseless: true, lastCallAt: NOW }),
    credential(broker, {}, { attempt: attempt('malformed', { brokerCode: '1999', message: '에러' }) }),
    credential(broker, {}, { attempt: attempt('started', { kind: 'revoke' }) }),
    withPublishedToken(credential(broker), { health: 'dead', revocations: 2 }),
    withPublishedToken(credential(broker), { health: 'dead', revocations: 3 }),
    withPublishedToken(credential(broker, {}, { revokeUseless: true }), {
      health: 'dead',
      revokedAt: NOW - HOUR,
    }),
  ]);
  const arrays = { DUE_REASONS, KEEP_REASONS, HOLD_REASONS, WAIT_REASONS, STEP_REASONS };
  for (const [name, reasons] of Object.entries(arrays))
    test.each(reasons)(`contains a complete sentence for %s (${name}) in every state`, (reason) => {
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

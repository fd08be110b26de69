import { describe, expect, test } from 'vitest';
import type { Credential } from '../../cli/credentials.ts';
import { factsOf } from '../../cli/credentials.ts';
import { planWeek } from '../../cli/explain/week.ts';
import { forecastAfterRevoke, forecastForced } from '../../cli/inbox/forecast.ts';
import { predict } from '../../cli/predict.ts';
import { describeReasons, sentenceOf } from '../../cli/reasons.ts';
import { DAY, HOUR, kst, MINUTE } from '../../cli/time.ts';
import {
  DUE_REASONS,
  HOLD_REASONS,
  KEEP_REASONS,
  STEP_REASONS,
  WAIT_REASONS,
} from '../../lambdas/decision/facts.ts';
import type { CredentialConfig } from '../../lambdas/shared/credential.ts';
import type { Attempt, Outcome, PublishedToken, State } from '../../lambdas/shared/state.ts';
import { Cloud } from './cloud.ts';
import { atConsole } from './console.ts';
import { tokens } from './run-tokens.ts';
import { tokenIssuedAt } from './states.ts';

/** Monday 2026-11-23 00:00 KST. */
const NOW = Date.parse('2026-11-23T00:00:00+09:00');

function credential(
  broker: 'kis' | 'kiwoom',
  config: Partial<CredentialConfig> = {},
  state: Partial<State> = {},
  age = HOUR,
): Credential {
  const full: CredentialConfig = {
    version: 1,
    id: `${broker}-main`,
    broker,
    market: 'live',
    secretArn: 'arn:fake',
    renewBeforeSeconds: 3600,
    checkEverySeconds: 300,
    sessions: [],
    maxIssuesPerDay: 8,
    ...config,
  };
  return {
    config: full,
    state: { generation: 1, published: tokenIssuedAt(NOW - age, full), issues: [], ...state },
  };
}

/** The same credential with another published token. */
function withToken({ config, state, unreadable }: Credential, changes: Partial<PublishedToken>): Credential {
  const published = { ...state.published, ...changes } as PublishedToken;
  return { config, state: { ...state, published }, unreadable };
}

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

describe('the planned renewals', () => {
  test('are an hour earlier each day without sessions', () => {
    const { renewals } = planWeek(credential('kiwoom'), NOW, NOW + 3 * DAY);
    expect(renewals.map(({ at }) => kst(at).slice(5, 16))).toEqual([
      '11-23 22:00',
      '11-24 21:00',
      '11-25 20:00',
    ]);
  });

  test('are outside the sessions if there is an instant outside', () => {
    const { renewals } = planWeek(credential('kis', { sessions: [{ preset: 'nxt' }] }), NOW, NOW + 30 * DAY);
    expect(renewals.length).toBeGreaterThan(29);
    for (const { at, inSession } of renewals) {
      const weekend = [0, 6].includes(new Date(at + 9 * HOUR).getUTCDay());
      const clock = kst(at).slice(11, 16);
      expect(weekend || clock < '08:00' || clock >= '20:00', kst(at)).toBe(true);
      expect(inSession).toBe(false);
    }
  });

  test('are marked if there is no instant outside the sessions', () => {
    const always = {
      days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const,
      from: '00:01',
      to: '00:00',
      timeZone: 'Asia/Seoul',
    };
    const { renewals } = planWeek(credential('kis', { sessions: [always] }), NOW, NOW + 3 * DAY);
    expect(renewals.slice(1).every(({ inSession }) => inSession)).toBe(true);
  });

  test('are at the expiry of each token if the broker returns the same token until then', () => {
    const kept = withToken(credential('kiwoom', { renewEarly: 'wait' }, { lastCallAt: NOW - MINUTE }), {
      returnedAgain: 1,
      renewAt: NOW - 2 * MINUTE,
      expiresAt: NOW + 15 * MINUTE,
    });
    const { renewals, life } = planWeek(kept, NOW, NOW + 2 * HOUR);
    expect(life).toBe(1.25 * HOUR);
    expect(renewals.map(({ at }) => kst(at))).toEqual(['2026-11-23 00:15:01', '2026-11-23 01:30:02']);
    expect(renewals.every(({ atExpiry }) => atExpiry)).toBe(true);
  });

  test('are the same if the next tick verifies the token', () => {
    const suspect = withToken(credential('kiwoom'), { health: 'suspect' });
    expect(planWeek(suspect, NOW, NOW + DAY)).toEqual(planWeek(credential('kiwoom'), NOW, NOW + DAY));
  });

  test('are empty while the credential is paused', () => {
    expect(
      planWeek(withToken(credential('kis', {}, { paused: true }), { health: 'dead' }), NOW, NOW + 7 * DAY)
        .renewals,
    ).toEqual([]);
  });

  test('are after three quarters of the life of a Kiwoom token with a life of two hours', () => {
    const short = credential('kiwoom');
    const published = { ...short.state.published, expiresAt: NOW + HOUR, renewAt: NOW } as State['published'];
    const { renewals, life } = planWeek({ ...short, state: { ...short.state, published } }, NOW, NOW + DAY);
    expect(life).toBe(2 * HOUR);
    expect(renewals).toHaveLength(16);
  });
});

describe('the forecast of a request', () => {
  const dead = { health: 'dead' } as const;
  const forced: readonly [title: string, credential: Credential, will: string, until?: number][] = [
    ['calls Kiwoom at once', credential('kiwoom'), 'issue'],
    ['calls KIS at once after the reuse window', credential('kis', {}, {}, 7 * HOUR), 'issue'],
    ['is refused until the end of the reuse window of KIS', credential('kis'), 'refuse', NOW + 5 * HOUR],
    [
      'waits for the minimum interval',
      credential('kiwoom', {}, { lastCallAt: NOW - 500 }),
      'wait',
      NOW + 1500,
    ],
    [
      'is refused within the reuse window right after a call',
      credential('kis', {}, { lastCallAt: NOW - 2000 }),
      'refuse',
      NOW + 5 * HOUR,
    ],
    [
      'is refused while the budget is spent',
      credential('kiwoom', { maxIssuesPerDay: 2 }, { issues: [NOW - 2 * HOUR, NOW - HOUR] }),
      'refuse',
      NOW + 22 * HOUR,
    ],
    [
      'lifts the back-off after an unusable answer',
      credential('kiwoom', {}, { attempt: attempt('malformed', { retryAt: NOW + 4 * MINUTE }) }),
      'issue',
    ],
    ['calls the broker again with a rejected key', credential('kiwoom', {}, { refused }), 'issue'],
    [
      'reads the secret again that held no usable key',
      credential(
        'kiwoom',
        {},
        { generation: 0, published: undefined, refused: { ...refused, code: 'Unconfigured' } },
      ),
      'verify',
    ],
    ['lifts a pause', withToken(credential('kiwoom', {}, { paused: true }), dead), 'issue'],
    ['verifies a suspect token first', withToken(credential('kis'), { health: 'suspect' }), 'verify'],
    [
      'reads a changed secret first',
      credential('kis', {}, { pending: { credentialsChanged: { since: NOW } } }),
      'verify',
    ],
    ['calls KIS within the reuse window of a dead token', withToken(credential('kis'), dead), 'issue'],
    [
      'revokes a dead token again that the broker returned',
      withToken(credential('kis'), { ...dead, revocations: 1 }),
      'revoke',
    ],
    [
      'serves a pending revocation first',
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
  test.each(forced)('of refresh %s', (_, of, will, until) => {
    expect(forecastForced(of, NOW)).toMatchObject({ will, ...(until !== undefined && { until }) });
  });

  const revoked: readonly [title: string, credential: Credential, will: string, until?: number][] = [
    ['calls KIS within the reuse window', credential('kis'), 'issue'],
    [
      'calls KIS although the budget is spent',
      credential(
        'kis',
        { maxIssuesPerDay: 2 },
        { issues: [NOW - 2 * HOUR, NOW - HOUR], lastCallAt: NOW - HOUR },
      ),
      'issue',
    ],
    [
      'is refused while the key is rejected',
      credential(
        'kis',
        {},
        { refused, pending: { credentialsChanged: { since: NOW } }, calledWith: 'ba9876543210' },
      ),
      'refuse',
      NOW + HOUR,
    ],
    [
      'is refused until the reuse window ends if a revocation has no use',
      credential('kis', {}, { revokeUseless: true }),
      'refuse',
      NOW + 5 * HOUR,
    ],
    [
      'revokes a dead token again that the broker returned',
      withToken(credential('kis'), { ...dead, revocations: 1 }),
      'issue',
    ],
  ];
  test.each(revoked)('of revoke %s', (_, of, will, until) => {
    expect(forecastAfterRevoke(of, NOW)).toMatchObject({ will, ...(until !== undefined && { until }) });
  });
});

describe('the sentences of the reasons', () => {
  const odd: readonly Credential[] = (['kis', 'kiwoom'] as const).flatMap((broker) => [
    credential(broker),
    credential(broker, {}, { generation: 0, published: undefined }),
    credential(broker, {}, { refused, revokeUseless: true, lastCallAt: NOW }),
    credential(broker, {}, { attempt: attempt('malformed', { brokerCode: '1999', message: '에러' }) }),
    credential(broker, {}, { attempt: attempt('started', { kind: 'revoke' }) }),
    withToken(credential(broker), { health: 'dead', revocations: 2 }),
    withToken(credential(broker), { health: 'dead', revocations: 3 }),
    withToken(credential(broker, {}, { revokeUseless: true }), { health: 'dead', revokedAt: NOW - HOUR }),
  ]);
  const arrays = { DUE_REASONS, KEEP_REASONS, HOLD_REASONS, WAIT_REASONS, STEP_REASONS };
  for (const [name, reasons] of Object.entries(arrays))
    test.each(reasons)(`explain %s of ${name} for every state`, (reason) => {
      for (const each of odd) {
        const sentence = sentenceOf(reason, each, NOW);
        expect(sentence).toMatch(/^[A-Z].*\.$/);
        expect(sentence).not.toMatch(/undefined|NaN|Invalid|\.\./);
      }
    });

  test('give the reason why a token is due, and the step before the call', () => {
    const due = credential('kiwoom', {}, {}, 22.5 * HOUR);
    const at = NOW + 35 * MINUTE;
    const next = predict(factsOf(due, at), at);
    expect(next).toMatchObject({ decision: { action: 'verify', reason: 'BeforeCall' }, due: 'NearExpiry' });
    expect(describeReasons(next, due, at)).toEqual([
      expect.stringContaining('renewal has been due'),
      expect.stringContaining('the broker must answer'),
    ]);
  });
});

describe('explain', () => {
  test('shows the next tick, its reasons and seven days at the time of --at', async () => {
    const cloud = await Cloud.start();
    try {
      await cloud.tick('kis-main');
      const { code, out } = await tokens(cloud, ['explain', 'kis-main', '--at', '+23h']);
      expect(code).toBe(0);
      expect(out).toContain('if nothing changes before');
      expect(out).toMatch(/verifies the token at KIS and requests a new one {2}verify BeforeCall/);
      expect(out.match(/^ {2}(Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d\d-\d\d {2}.{48}/gm)).toHaveLength(7);
      const { out: json } = await atConsole(cloud, ['explain', 'kis-main', '--json']);
      const answer = JSON.parse(json) as { renewals: unknown[] };
      expect(answer).toMatchObject({
        decision: { action: 'keep', reason: 'Fresh' },
        refresh: { will: 'refuse' },
      });
      expect(answer.renewals.length).toBeGreaterThanOrEqual(6);
    } finally {
      await cloud.stop();
    }
  });
});

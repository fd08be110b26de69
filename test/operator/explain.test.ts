import { describe, expect, test } from 'vitest';
import { decide } from '../../lambdas/refresher/decide.ts';
import type { CredentialConfig } from '../../lambdas/shared/credential.ts';
import type { State } from '../../lambdas/shared/state.ts';
import { forecastAfterRevoke, forecastForced } from '../../operator/ask/forecast.ts';
import type { Credential } from '../../operator/credentials.ts';
import { factsOf } from '../../operator/credentials.ts';
import { planWeek } from '../../operator/explain/week.ts';
import { because } from '../../operator/reasons.ts';
import { DAY, HOUR, kst, MINUTE } from '../../operator/time.ts';
import { Cloud } from './cloud.ts';
import { tokens } from './command.ts';
import { atConsole } from './console.ts';

/** Monday 2026-11-23 00:00 KST. */
const NOW = Date.parse('2026-11-23T00:00:00+09:00');

function credential(
  broker: 'kis' | 'kiwoom',
  config: Partial<CredentialConfig> = {},
  state: Partial<State> = {},
  age = HOUR,
): Credential {
  const issuedAt = NOW - age;
  return {
    config: {
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
    },
    state: {
      generation: 1,
      published: {
        fingerprint: '352fd9b303ab',
        tokenType: 'Bearer',
        issuedAt,
        expiresAt: issuedAt + DAY,
        renewAt: issuedAt + DAY - HOUR,
        secretVersion: 'v1',
      },
      issues: [],
      ...state,
    },
  };
}

const attempt = (outcome: 'unchanged' | 'rejected' | 'malformed', changes: object = {}) => ({
  at: NOW - MINUTE,
  cause: 'schedule' as const,
  messageId: 'm',
  outcome,
  failures: 1,
  secretVersion: 'v1',
  ...changes,
});

describe('the renewals to come', () => {
  test('move an hour ahead each day where nothing forbids it', () => {
    const { renewals } = planWeek(credential('kiwoom'), NOW, NOW + 3 * DAY);
    expect(renewals.map(({ at }) => kst(at).slice(5, 16))).toEqual([
      '11-23 22:00',
      '11-24 21:00',
      '11-25 20:00',
    ]);
  });

  test('never fall into a session where another instant is left', () => {
    const { renewals } = planWeek(credential('kis', { sessions: [{ preset: 'nxt' }] }), NOW, NOW + 30 * DAY);
    expect(renewals.length).toBeGreaterThan(29);
    for (const { at, inSession } of renewals) {
      const weekend = [0, 6].includes(new Date(at + 9 * HOUR).getUTCDay());
      const clock = kst(at).slice(11, 16);
      expect(weekend || clock < '08:00' || clock >= '20:00', kst(at)).toBe(true);
      expect(inSession).toBe(false);
    }
  });

  test('that fall into a session, because none is left, are marked', () => {
    const always = {
      days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const,
      from: '00:01',
      to: '00:00',
      timeZone: 'Asia/Seoul',
    };
    const { renewals } = planWeek(credential('kis', { sessions: [always] }), NOW, NOW + 3 * DAY);
    expect(renewals.slice(1).every(({ inSession }) => inSession)).toBe(true);
  });

  test('come at the end of each token where the broker keeps one to its end', () => {
    const kept = credential(
      'kiwoom',
      {},
      { attempt: attempt('unchanged', { retryAt: NOW + 23 * HOUR + 1000 }), lastCallAt: NOW - MINUTE },
    );
    const due = {
      ...kept,
      state: {
        ...kept.state,
        published: { ...kept.state.published, renewAt: NOW - 2 * MINUTE } as State['published'],
      },
    };
    const { renewals } = planWeek(due, NOW, NOW + 3 * DAY);
    expect(renewals.map(({ at }) => kst(at))).toEqual([
      '2026-11-23 23:00:01',
      '2026-11-24 23:00:02',
      '2026-11-25 23:00:03',
    ]);
    expect(renewals.every(({ atExpiry }) => atExpiry)).toBe(true);
  });

  test('are none while it is paused', () => {
    expect(
      planWeek(credential('kis', {}, { paused: true, dead: true }), NOW, NOW + 7 * DAY).renewals,
    ).toEqual([]);
  });

  test('of a short-lived token are as many as there are', () => {
    const short = credential('kiwoom');
    const published = { ...short.state.published, expiresAt: NOW + HOUR, renewAt: NOW } as State['published'];
    const { renewals, life } = planWeek({ ...short, state: { ...short.state, published } }, NOW, NOW + DAY);
    expect(life).toBe(2 * HOUR);
    expect(renewals).toHaveLength(24);
  });
});

describe('what a request would be answered, before it is sent', () => {
  const forced: readonly [sentence: string, credential: Credential, will: string, until?: number][] = [
    ['Kiwoom is asked at once', credential('kiwoom'), 'issue'],
    ['KIS after its window is asked at once', credential('kis', {}, {}, 7 * HOUR), 'issue'],
    ['KIS within its window is refused until its end', credential('kis'), 'refuse', NOW + 5 * HOUR],
    ['right after a call it waits', credential('kiwoom', {}, { lastCallAt: NOW - 2000 }), 'wait', NOW + 8000],
    [
      'right after a call within the window it is refused, not put off',
      credential('kis', {}, { lastCallAt: NOW - 2000 }),
      'refuse',
      NOW + 5 * HOUR,
    ],
    [
      'a spent budget is refused until a call is free',
      credential('kiwoom', { maxIssuesPerDay: 1 }, { issues: [NOW - HOUR] }),
      'refuse',
      NOW + 22.5 * HOUR + 1,
    ],
    [
      'after an unusable answer it waits',
      credential('kiwoom', {}, { attempt: attempt('malformed', { retryAt: NOW + 4 * MINUTE }) }),
      'wait',
      NOW + 4 * MINUTE,
    ],
    [
      'refused keys are asked again',
      credential('kiwoom', {}, { attempt: attempt('rejected', { retryAt: NOW + HOUR }) }),
      'issue',
    ],
    ['a pause is lifted', credential('kiwoom', {}, { paused: true, dead: true }), 'issue'],
    [
      'a reported token is tried first',
      credential('kiwoom', {}, { wanted: { reason: 'Rejected', generation: 1, since: NOW } }),
      'check',
    ],
  ];
  test.each(forced)('%s', (_, of, will, until) => {
    expect(forecastForced(of, NOW)).toMatchObject({ will, ...(until !== undefined && { until }) });
  });

  test('a revoked token is replaced within the window, too', () => {
    expect(forecastAfterRevoke(credential('kis'), NOW)).toMatchObject({ will: 'issue' });
  });

  test('with the budget spent, a revoked token is replaced as an emergency', () => {
    const spent = credential('kis', { maxIssuesPerDay: 1 }, { issues: [NOW - HOUR], lastCallAt: NOW - HOUR });
    expect(forecastAfterRevoke(spent, NOW)).toMatchObject({ will: 'issue' });
  });
});

test('every reason is a sentence without holes', () => {
  const odd: readonly Partial<State>[] = [
    {},
    { published: undefined, generation: 0 },
    { dead: true },
    { paused: true },
    { wanted: { reason: 'Forced', since: NOW } },
    { wanted: { reason: 'CredentialsChanged', since: NOW } },
    { wanted: { reason: 'Rejected', since: NOW } },
    { lastCallAt: NOW },
    { attempt: attempt('rejected', { retryAt: NOW + HOUR }) },
    { attempt: attempt('malformed', { retryAt: NOW + HOUR }) },
    { attempt: attempt('unchanged', { retryAt: NOW + HOUR }) },
    { attempt: { ...attempt('unchanged'), outcome: 'started' } },
    {
      issues: Array.from({ length: 9 }, (_, index) => NOW - index * MINUTE),
      dead: true,
      lastCallAt: NOW - 2 * MINUTE,
    },
  ];
  const reasons = new Set<string>();
  for (const broker of ['kis', 'kiwoom'] as const)
    for (const state of odd)
      for (const age of [HOUR, 10 * HOUR, 23.5 * HOUR, 30 * HOUR]) {
        const each = credential(broker, {}, state, age);
        for (const cause of ['schedule', 'forced', 'rejected'] as const) {
          const decision = decide(factsOf(each, cause), NOW);
          reasons.add(decision.reason);
          const sentences = because(decision, each, NOW);
          expect(sentences.length).toBeGreaterThan(0);
          for (const sentence of sentences) expect(sentence).toMatch(/^[A-Z].*\.$/);
          expect(sentences.join()).not.toMatch(/undefined|NaN|Invalid/);
        }
      }
  expect([...reasons]).toEqual(
    expect.arrayContaining([
      'Fresh',
      'Rejected',
      'Missing',
      'TokenDead',
      'TooSoon',
      'WouldReuse',
      'AwaitExpiry',
      'BudgetSpent',
      'BackingOff',
      'Paused',
      'CredentialsRejected',
      'Expired',
      'NearExpiry',
      'Interrupted',
      'Forced',
    ]),
  );
});

describe('explain', () => {
  test('shows the next look, its reason and seven days, at any time', async () => {
    const cloud = await Cloud.start();
    try {
      await cloud.tick('kis-main');
      const { code, out } = await tokens(cloud, ['explain', 'kis-main', '--at', '+23h']);
      expect(code).toBe(0);
      expect(out).toContain('if nothing happens until then');
      expect(out).toMatch(/asks KIS for a new token {2}issue NearExpiry/);
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

import { describe, expect, test } from 'vitest';
import { ISSUE_INTERVALS } from '../../../cli/probe/probe-session.ts';
import { planProbe } from '../../../cli/probe/probe-steps.ts';
import { MINUTE } from '../../../cli/time.ts';
import type { KisOptions } from '../../../simulator/brokers/kis.ts';
import type { KiwoomOptions } from '../../../simulator/brokers/kiwoom.ts';
import { SimulatedProbe } from './simulated-session.ts';

const REVOKED = { revoke: { confirmed: true, tokenAfterwards: 'dead', next: 'new' } };

const answered = (rejectedAfterSeconds: number, answeredAfterSeconds: number) => ({
  interval: { rejectedAfterSeconds, answeredAfterSeconds },
});

/** Each case sets one behavior of the simulated broker, and the probe must detect this behavior. */
describe('the command "probe" for KIS', () => {
  const found: readonly [behavior: string, findings: object, options?: Partial<KisOptions>][] = [
    [
      'the documented life, reuse and expires_in',
      { lifeSeconds: 86_400, again: { token: 'same', expiry: 'kept', expiresIn: 'whole life' } },
    ],
    ['a reuse window of six hours', { reuse: { sameAfterSeconds: 21_300, newAfterSeconds: 21_900 } }],
    [
      'a shorter reuse window',
      { reuse: { newAfterSeconds: 21_300, oldToken: 'alive' } },
      { reuseWindowSeconds: 3 * 3600 },
    ],
    ['a longer reuse window', { reuse: { sameAfterSeconds: 21_900 } }, { reuseWindowSeconds: 12 * 3600 }],
    ['that the old token stays alive', { reuse: { oldToken: 'alive' } }, { newTokenKillsOld: false }],
    ['that the old token dies', { reuse: { oldToken: 'dead' } }, { newTokenKillsOld: true }],
    ['a minute between two calls', answered(30, 61), { minimumIntervalSeconds: 60 }],
    ['five minutes between two calls', answered(61, 301), { minimumIntervalSeconds: 300 }],
    ['a second between two calls', { interval: { answeredAfterSeconds: 2 } }, { minimumIntervalSeconds: 1 }],
    ['code and status of a rejection', { interval: { rejection: { code: 'EGW00133', status: 403 } } }],
    [
      'that a rejected call does not restart the interval',
      { interval: { rejectionRestarts: false } },
      { refusalRestartsInterval: false },
    ],
    [
      'that a rejected call restarts the interval',
      { interval: { rejectionRestarts: true } },
      { refusalRestartsInterval: true },
    ],
    ['that expires_in is the time left', { again: { expiresIn: 'time left' } }, { expiresInOnReuse: 'left' }],
    ['a life of three months', { lifeSeconds: 7_776_000 }, { tokenLifeSeconds: 7_776_000 }],
    ['a new token after a revocation', REVOKED, { reuseDead: 'never' }],
    ['the dead token after a revocation', { revoke: { next: 'the same, dead' } }, { reuseDead: 'always' }],
    ['the answer to a second revocation', { revoke: { secondTime: 'EGW00121' } }],
  ];

  test.each(found)('detects this behavior of the broker: %s', async (_, findings, options) => {
    expect(await SimulatedProbe.kis(options).run()).toMatchObject(findings);
  });
});

describe('the command "probe" for Kiwoom', () => {
  const found: readonly [behavior: string, findings: object, options?: Partial<KiwoomOptions>][] = [
    [
      'that the same token is returned',
      { again: { token: 'same', expiry: 'kept' }, reuse: { sameAfterSeconds: 21_900 } },
      { reissue: 'same-token' },
    ],
    [
      'that a new token ends the old one',
      { again: { token: 'new', oldToken: 'dead' }, reuse: { oldToken: 'dead' } },
      { reissue: 'supersede' },
    ],
    ['the life of a token', { lifeSeconds: 15_720 }, { tokenLifeSeconds: 15_720 }],
    ['a second between two calls', answered(0.3, 3), { tokenCallInterval: 1000 }],
    ['five seconds between two calls', answered(3, 11), { tokenCallInterval: 5000 }],
    ['half a minute between two calls', answered(11, 61), { tokenCallInterval: 30_000 }],
    ['a rejection with HTTP 429', { interval: { rejection: { status: 429 } } }, { throttleStatus: 429 }],
    [
      'a rejection with HTTP 200',
      { interval: { rejection: { code: '1700', status: 200 } } },
      { throttleStatus: 200 },
    ],
    ['a new token after a revocation', REVOKED],
    ['the dead token after a revocation', { revoke: { next: 'the same, dead' } }, { reuseDead: 'always' }],
    ['a second revocation with 8016', { revoke: { secondTime: '8016' } }, { deadRevoke: '8016' }],
    ['a second revocation with 8015', { revoke: { secondTime: '8015' } }, { deadRevoke: '8015' }],
  ];

  test.each(found)('detects this behavior of the broker: %s', async (_, findings, options) => {
    expect(await SimulatedProbe.kiwoom(options).run()).toMatchObject(findings);
  });
});

describe('the measurement of the command "probe"', () => {
  test('requests a token again if KIS returns the token that the previous run revoked', async () => {
    const probe = SimulatedProbe.kis({ reuseDead: 'always' }, { quick: true, provokeRejections: false });
    await probe.run();
    const revoked = probe.session.issueCalls.at(-1)?.fingerprint;
    probe.clock.advance(2 * MINUTE);
    const findings = await probe.run();
    const { calls } = probe.session;
    expect(calls[0]?.fingerprint).toBe(revoked);
    expect(calls.slice(0, 4).map(({ kind, outcome }) => `${kind} ${outcome}`)).toEqual([
      'issue token',
      'verify dead',
      'issue token',
      'verify alive',
    ]);
    expect(findings.again).toMatchObject({ token: 'same' });
  });

  test.each(['kis', 'kiwoom'] as const)(
    'keeps the minimum interval of %s, except in the step "rejection"',
    async (kind) => {
      const probe = SimulatedProbe[kind]();
      await probe.run();
      const issues = probe.broker.calls.filter((call) => call.kind === 'issue');
      const provoked = probe.session.issueCalls.map(({ step }) => step === 'rejection');
      issues.forEach((call, index) => {
        const before = issues[index - 1];
        if (before !== undefined && !provoked[index])
          expect(call.at - before.at).toBeGreaterThanOrEqual(ISSUE_INTERVALS[kind].usual);
      });
      expect(issues.length).toBeGreaterThan(4);
    },
  );

  test.each(['kis', 'kiwoom'] as const)(
    'sends no call that %s rejects as too early if the option "--provoke-rejections" is not set',
    async (kind) => {
      const probe = SimulatedProbe[kind]({}, { quick: false, provokeRejections: false });
      await probe.run();
      expect(probe.session.calls.filter(({ outcome }) => outcome === 'throttled')).toEqual([]);
      expect(probe.broker.count('issue')).toBeGreaterThan(3);
    },
  );

  test.each([
    ['kis', true, true],
    ['kis', false, true],
    ['kis', false, false],
    ['kiwoom', true, true],
    ['kiwoom', false, false],
  ] as const)(
    'issues at most the planned number of tokens (%s, quick: %s, rejections: %s)',
    async (kind, quick, rejections) => {
      const scope = { quick, provokeRejections: rejections };
      const planned = planProbe(kind, scope).reduce((sum, { maxIssues }) => sum + maxIssues, 0);
      for (const options of [{}, { minimumIntervalSeconds: 1 }, { tokenCallInterval: 100 }]) {
        const probe = SimulatedProbe[kind](options, scope);
        await probe.run();
        const issued = probe.session.issueCalls.filter(({ outcome }) => outcome === 'token');
        expect(issued.length).toBeLessThanOrEqual(planned);
      }
    },
  );

  test.each([
    [
      'an issue call as too early five minutes after the previous call',
      { minimumIntervalSeconds: 900 },
      'even 5 min after the last call',
      3,
    ],
    ['the app key', { refuseIssue: 'EGW00103' }, 'EGW00103', 1],
  ])('stops if the broker rejects %s', async (_, options, message, issueCalls) => {
    const probe = SimulatedProbe.kis(options);
    await expect(probe.run()).rejects.toThrow(message);
    expect(probe.broker.count('issue')).toBe(issueCalls);
  });

  test('waits five minutes between two calls during an outage', async () => {
    const probe = SimulatedProbe.kiwoom({ outage: 'html' });
    let calls = 0;
    probe.requirePaused = async () => {
      calls += 1;
      if (calls === 4) probe.broker.set({ outage: 'none' });
    };
    expect(await probe.run()).toMatchObject({ again: { token: 'same' } });
    expect(probe.sleepDurations.filter((slept) => slept === 5 * MINUTE)).toHaveLength(3);
  });
});

import { describe, expect, test } from 'vitest';
import type { ProbeFindings } from '../../../cli/probe/findings.ts';
import { reportOf } from '../../../cli/probe/probe-report.ts';
import { suggestFor } from '../../../cli/probe/suggest.ts';
import type { CredentialConfig } from '../../../lambdas/shared/credential.ts';
import { parseBrokerTokens } from '../../../lib/config/config.ts';
import { SimulatedProbe } from './simulated-session.ts';

const config = (broker: 'kis' | 'kiwoom', changes: Partial<CredentialConfig> = {}): CredentialConfig => ({
  version: 1,
  id: `${broker}-paper`,
  broker,
  market: 'paper',
  secretArn: 'arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:fake',
  renewBeforeSeconds: 3600,
  checkEverySeconds: 300,
  sessions: [],
  maxIssuesPerDay: 8,
  ...changes,
});

const NO_INTERVAL = { interval: {} };

describe('the suggestion of a probe', () => {
  const kept: NonNullable<ProbeFindings['again']> = { afterSeconds: 11, token: 'same', expiry: 'kept' };
  const revoked = (next: 'new' | 'the same, dead'): NonNullable<ProbeFindings['revoke']> => ({
    confirmed: true,
    tokenAfterwards: 'dead',
    secondTime: '8016',
    next,
  });
  const suggestions: readonly [
    title: string,
    broker: 'kis' | 'kiwoom',
    findings: ProbeFindings,
    settings: object,
  ][] = [
    [
      'is empty for the documented behavior',
      'kis',
      { interval: { answeredAfterSeconds: 61, refusedAfterSeconds: 30 } },
      {},
    ],
    [
      'is a longer minimumInterval if KIS requires five minutes',
      'kis',
      { interval: { answeredAfterSeconds: 301, refusedAfterSeconds: 61 } },
      { minimumInterval: '301s' },
    ],
    ['has no minimumInterval if no call was answered', 'kis', { interval: { refusedAfterSeconds: 61 } }, {}],
    ['has no shorter minimumInterval', 'kis', { interval: { answeredAfterSeconds: 2 } }, {}],
    [
      'is renewEarly revoke if Kiwoom returns the same token',
      'kiwoom',
      { ...NO_INTERVAL, again: kept, revoke: revoked('new') },
      { renewEarly: 'revoke' },
    ],
    [
      'is renewEarly wait if Kiwoom returns the dead token after a revocation',
      'kiwoom',
      { ...NO_INTERVAL, again: kept, revoke: revoked('the same, dead') },
      { renewEarly: 'wait' },
    ],
    [
      'has no renewEarly if every call returns a new token',
      'kiwoom',
      { ...NO_INTERVAL, again: { afterSeconds: 11, token: 'new', oldToken: 'dead' }, revoke: revoked('new') },
      {},
    ],
  ];

  test.each(suggestions)('%s', (_, broker, findings, settings) => {
    expect(suggestFor(config(broker), findings).settings).toEqual(settings);
  });

  test('has no minimumInterval below the configured one', () => {
    const findings: ProbeFindings = { interval: { answeredAfterSeconds: 301, refusedAfterSeconds: 61 } };
    expect(suggestFor(config('kis', { minimumIntervalSeconds: 400 }), findings).settings).toEqual({});
  });

  test('is valid in cdk.json', async () => {
    for (const probe of [SimulatedProbe.kis({ minimumIntervalSeconds: 300 }), SimulatedProbe.kiwoom()]) {
      const { settings } = suggestFor(config(probe.kind), await probe.run());
      expect(Object.keys(settings)).toHaveLength(1);
      const credential = {
        id: 'probed',
        broker: probe.kind,
        market: 'paper',
        secret: { create: true },
        ...settings,
      };
      expect(() => parseBrokerTokens({ credentials: [credential] })).not.toThrow();
    }
  });
});

/** Runs a probe and builds its report. */
async function reported(probe: SimulatedProbe) {
  const startedAt = probe.clock.now();
  const findings = await probe.run();
  const { calls } = probe.session;
  return reportOf({ config: config(probe.kind), startedAt, endedAt: probe.clock.now(), calls, findings });
}

describe('the report of a probe', () => {
  test('has the measured and the documented value of each question', async () => {
    const { rows } = await reported(SimulatedProbe.kis({ newTokenKillsOld: true }));
    for (const [question, measured, documented] of [
      [
        'Required time between two calls',
        'more than 30 s, at most 61 s',
        'a minute; also: five minutes, a second',
      ],
      [
        'How long the same token is returned',
        'the same after 5 h 55 min, a new one after 6 h 5 min',
        'six hours',
      ],
      ['The old token after a new one', 'dead', 'disputed'],
    ])
      expect(rows).toContainEqual({ question, measured, documented });
  });

  test.each([
    ['kis', true, false],
    ['kis', false, true],
    ['kiwoom', true, false],
    ['kiwoom', false, true],
  ] as const)('has no empty value (%s, quick %s, refusals %s)', async (kind, quick, provokeRefusals) => {
    const { rows, json } = await reported(SimulatedProbe[kind]({}, { quick, provokeRefusals }));
    expect(rows.length).toBeGreaterThan(4);
    expect(JSON.stringify(rows)).not.toMatch(/undefined|NaN|\[object|""/);
    expect(JSON.parse(JSON.stringify(json))).toMatchObject({ probe: 1, broker: kind });
  });
});

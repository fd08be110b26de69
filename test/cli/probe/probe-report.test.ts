import { describe, expect, test } from 'vitest';
import type { ProbeFindings } from '../../../cli/probe/analyze.ts';
import { reportOf } from '../../../cli/probe/probe-report.ts';
import { suggestFor } from '../../../cli/probe/suggest.ts';
import type { CredentialConfig } from '../../../lambdas/shared/credential.ts';
import { parseBrokerTokens } from '../../../lib/config/config.ts';
import { Desk } from './simulated-session.ts';

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

describe('what a probe suggests', () => {
  const kept: NonNullable<ProbeFindings['again']> = { afterSeconds: 11, token: 'same', expiry: 'kept' };
  const revoked = (next: 'new' | 'the same, dead'): NonNullable<ProbeFindings['revoke']> => ({
    confirmed: true,
    tokenAfterwards: 'dead',
    secondTime: '8016',
    next,
  });
  const suggestions: readonly [
    sentence: string,
    broker: 'kis' | 'kiwoom',
    findings: ProbeFindings,
    settings: object,
  ][] = [
    [
      'nothing where a broker does what is expected',
      'kis',
      { interval: { answeredAfterSeconds: 61, refusedAfterSeconds: 30 } },
      {},
    ],
    [
      'a longer interval where KIS wants five minutes',
      'kis',
      { interval: { answeredAfterSeconds: 301, refusedAfterSeconds: 61 } },
      { minimumInterval: '301s' },
    ],
    ['no interval where no call was answered', 'kis', { interval: { refusedAfterSeconds: 61 } }, {}],
    ['no shorter interval, whatever was measured', 'kis', { interval: { answeredAfterSeconds: 2 } }, {}],
    [
      'to revoke early where Kiwoom keeps one token',
      'kiwoom',
      { ...NO_INTERVAL, again: kept, revoke: revoked('new') },
      { renewEarly: 'revoke' },
    ],
    [
      'to wait if a revocation does not make Kiwoom issue a new token',
      'kiwoom',
      { ...NO_INTERVAL, again: kept, revoke: revoked('the same, dead') },
      { renewEarly: 'wait' },
    ],
    [
      'not to revoke where a new token comes anyway',
      'kiwoom',
      { ...NO_INTERVAL, again: { afterSeconds: 11, token: 'new', oldToken: 'dead' }, revoke: revoked('new') },
      {},
    ],
  ];

  test.each(suggestions)('%s', (_, broker, findings, settings) => {
    expect(suggestFor(config(broker), findings).settings).toEqual(settings);
  });

  test('nothing that is set already', () => {
    const findings: ProbeFindings = { interval: { answeredAfterSeconds: 301, refusedAfterSeconds: 61 } };
    expect(suggestFor(config('kis', { minimumIntervalSeconds: 400 }), findings).settings).toEqual({});
  });

  test('what the configuration takes', async () => {
    for (const desk of [Desk.kis({ minimumIntervalSeconds: 300 }), Desk.kiwoom()]) {
      const { settings } = suggestFor(config(desk.kind), await desk.run());
      expect(Object.keys(settings)).toHaveLength(1);
      const credential = {
        id: 'probed',
        broker: desk.kind,
        market: 'paper',
        secret: { create: true },
        ...settings,
      };
      expect(() => parseBrokerTokens({ credentials: [credential] })).not.toThrow();
    }
  });
});

describe('the report', () => {
  test('tells what was measured beside what the documents say', async () => {
    const desk = Desk.kis({ newTokenKillsOld: true });
    await desk.run();
    const { markdown } = reportOf(config('kis'), desk.journal, desk.clock.now());
    expect(markdown).toContain(
      '| Time between two calls | more than 30 s, at most 61 s | a minute; also: five, a second |',
    );
    expect(markdown).toContain(
      '| How long the same token comes back | still the same after 5 h 55 min, a new one after 6 h 5 min | six hours |',
    );
    expect(markdown).toContain('| The old token, once there is a new one | dead | disputed |');
    expect(markdown).toContain('Nothing to set.');
  });

  test('gives the line for cdk.json', async () => {
    const desk = Desk.kiwoom();
    await desk.run();
    const { markdown } = reportOf(config('kiwoom'), desk.journal, desk.clock.now());
    expect(markdown).toContain('```json\n{\n  "renewEarly": "revoke"\n}\n```');
  });

  test('has no holes, whatever was left out', async () => {
    for (const scope of [
      { quick: true, provokeRefusals: false },
      { quick: false, provokeRefusals: true },
    ])
      for (const desk of [Desk.kis({}, scope), Desk.kiwoom({}, scope)]) {
        await desk.run();
        const { markdown, json } = reportOf(config(desk.kind), desk.journal, desk.clock.now());
        expect(markdown).not.toMatch(/undefined|NaN|\[object/);
        expect(JSON.parse(JSON.stringify(json))).toMatchObject({ probe: 1, broker: desk.kind });
      }
  });
});

import { describe, expect, test } from 'vitest';
import type { ProbeFindings } from '../../../cli/probe/findings.ts';
import { createReport, requiredSettings } from '../../../cli/probe/probe-report.ts';
import { parseBrokerTokens } from '../../../lib/config/config.ts';
import { credential } from '../sample-credential.ts';
import { SimulatedProbe } from './simulated-session.ts';

describe('the settings that the command "probe" suggests', () => {
  const interval = (answeredAfterSeconds?: number, rejectedAfterSeconds?: number): ProbeFindings => ({
    interval: { answeredAfterSeconds, rejectedAfterSeconds },
  });
  const sameToken = (next: 'new' | 'the same, dead'): ProbeFindings => ({
    interval: {},
    again: { afterSeconds: 11, token: 'same', expiry: 'kept' },
    revoke: { confirmed: true, tokenAfterwards: 'dead', secondTime: '8016', next },
  });
  const newToken: ProbeFindings = {
    ...sameToken('new'),
    again: { afterSeconds: 11, token: 'new', oldToken: 'dead' },
  };
  const suggestions: readonly [string, broker: 'kis' | 'kiwoom', ProbeFindings, settings: object][] = [
    ['KIS behaves as documented', 'kis', interval(61, 30), {}],
    ['KIS requires five minutes between two calls', 'kis', interval(301, 61), { minimumInterval: '301s' }],
    ['KIS answered no call', 'kis', interval(undefined, 61), {}],
    ['KIS answers a call after two seconds', 'kis', interval(2), {}],
    ['Kiwoom returns the same token', 'kiwoom', sameToken('new'), { renewEarly: 'revoke' }],
    [
      'Kiwoom returns the dead token after a revocation',
      'kiwoom',
      sameToken('the same, dead'),
      { renewEarly: 'wait' },
    ],
    ['every call to Kiwoom returns a new token', 'kiwoom', newToken, {}],
  ];

  test.each(suggestions)('are $3 if $0', (_, broker, findings, settings) => {
    expect(requiredSettings(credential(broker).config, findings)).toEqual(settings);
  });

  test('contain no minimumInterval that is shorter than the configured interval', () => {
    const { config } = credential('kis', { minimumIntervalSeconds: 400 });
    expect(requiredSettings(config, interval(301, 61))).toEqual({});
  });

  test('are valid in cdk.json', async () => {
    for (const probe of [SimulatedProbe.kis({ minimumIntervalSeconds: 300 }), SimulatedProbe.kiwoom()]) {
      const settings = requiredSettings(credential(probe.kind).config, await probe.run());
      expect(Object.keys(settings)).toHaveLength(1);
      const entry = { id: 'probed', broker: probe.kind, market: 'paper', secret: { create: true } };
      expect(() => parseBrokerTokens({ credentials: [{ ...entry, ...settings }] })).not.toThrow();
    }
  });
});

/** Runs the probe and returns its report. */
async function reported(probe: SimulatedProbe) {
  const findings = await probe.run();
  return createReport(credential(probe.kind).config, probe.session, findings);
}

describe('the report of the command "probe"', () => {
  test('contains the measured and the documented value for each question', async () => {
    const { answers } = await reported(SimulatedProbe.kis({ newTokenKillsOld: true }));
    for (const [question, measured, documented] of [
      ['A call was rejected after', '30 s', 'less than a minute'],
      ['A call was answered after', '61 s', 'a minute; also: five minutes, a second'],
      ['The same token was returned after', '5 h 55 min', 'six hours'],
      ['A new token was returned after', '6 h 5 min', 'six hours'],
      ['The old token after a new one', 'dead', 'disputed'],
    ])
      expect(answers).toContainEqual({ question, measured, documented });
  });

  test.each([
    ['kis', true],
    ['kis', false],
    ['kiwoom', true],
    ['kiwoom', false],
  ] as const)('has no empty value (%s, quick: %s)', async (kind, quick) => {
    const report = await reported(SimulatedProbe[kind]({}, { quick, provokeRejections: !quick }));
    expect(report.answers.length).toBeGreaterThan(4);
    expect(JSON.stringify(report.answers)).not.toMatch(/undefined|NaN|\[object|""/);
    expect(JSON.parse(JSON.stringify(report))).toMatchObject({ credential: `${kind}-main`, broker: kind });
  });
});

import { expect, test } from 'vitest';
import { kis } from '../../../lambdas/brokers/kis.ts';
import { kiwoom } from '../../../lambdas/brokers/kiwoom.ts';
import { marginOf } from '../../../lambdas/decision/renewal.ts';
import { alarmLeadTimeSeconds, shortestRenewBefore } from '../../../lib/alarms/lead-time.ts';
import { DEFAULTS, longestRenewBefore } from '../../../lib/config/limits.ts';
import { SHORTEST_LEAD_TIME_SETTINGS } from '../synth.ts';

test.for([
  ['kis', kis, 12],
  ['kiwoom', kiwoom, 6],
] as const)(
  'the renewal margin of a %s token with a lifetime of 24 h is at most longestRenewBefore',
  ([broker, { contract }, hours]) => {
    expect(longestRenewBefore(broker)).toBe(hours * 3600);
    const { marginShare } = contract({});
    const rules = { checkEvery: 300_000, sessions: [], marginShare };
    const life = { issuedAt: 0, expiresAt: 24 * 3_600_000 };
    const longest = longestRenewBefore(broker) * 1000;
    expect(marginOf(life, { ...rules, renewBefore: longest })).toBe(longest);
    expect(marginOf(life, { ...rules, renewBefore: longest + 1000 })).toBe(longest);
  },
);

test('the default renewal margin leaves the default response time between the first alarm and the expiry', () => {
  expect(alarmLeadTimeSeconds(SHORTEST_LEAD_TIME_SETTINGS)).toBe(17 * 60);
  expect(alarmLeadTimeSeconds(SHORTEST_LEAD_TIME_SETTINGS)).toBeGreaterThanOrEqual(DEFAULTS.responseTime);
});

test('the margin from shortestRenewBefore leaves the requested response time between the first alarm and the expiry', () => {
  const settings = { checkEvery: 300, responseTime: 1234 };
  const renewBefore = shortestRenewBefore(settings.checkEvery, settings.responseTime);
  expect(alarmLeadTimeSeconds({ ...settings, renewBefore })).toBeGreaterThanOrEqual(1234);
  expect(alarmLeadTimeSeconds({ ...settings, renewBefore: renewBefore - 60 })).toBeLessThan(1234);
});

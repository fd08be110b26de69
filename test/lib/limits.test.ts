import { expect, test } from 'vitest';
import { kis } from '../../lambdas/brokers/kis.ts';
import { kiwoom } from '../../lambdas/brokers/kiwoom.ts';
import type { CredentialConfig } from '../../lambdas/shared/credential.ts';
import { alarmLeadTimeSeconds, renewBeforeFor } from '../../lib/lead-time.ts';
import { BROKER_LIMITS, CHECK_EVERY, DEFAULTS, FUNCTION_TIMEOUT_OVER_INTERVAL } from '../../lib/limits.ts';

const config = (broker: 'kis' | 'kiwoom'): CredentialConfig => ({
  version: 1,
  id: broker,
  broker,
  market: 'paper',
  secretArn: 'arn',
  renewBeforeSeconds: 3600,
  checkEverySeconds: 300,
  sessions: [],
  maxIssuesPerDay: 8,
});

test('what the configuration believes of KIS is what the refresher does', () => {
  const { reuseWindow, minimumInterval } = kis.contract(config('kis'));
  expect(BROKER_LIMITS.kis.reuseWindow).toBe((reuseWindow ?? 0) / 1000);
  expect(BROKER_LIMITS.kis.minimumInterval?.least).toBe(minimumInterval / 1000);
});

test('what the configuration believes of Kiwoom is what the refresher does', () => {
  expect(BROKER_LIMITS.kiwoom.reuseWindow).toBe(kiwoom.contract(config('kiwoom')).reuseWindow);
});

test('the longest interval leaves the function within the 900 s of Lambda', () => {
  expect(CHECK_EVERY.most + FUNCTION_TIMEOUT_OVER_INTERVAL).toBeLessThanOrEqual(900);
});

test('the defaults leave their response time', () => {
  expect(alarmLeadTimeSeconds(DEFAULTS)).toBe(17 * 60);
  expect(alarmLeadTimeSeconds(DEFAULTS)).toBeGreaterThanOrEqual(DEFAULTS.responseTime);
});

test('the suggested margin is the shortest that leaves the response time', () => {
  const settings = { checkEvery: 300, responseTime: 1234 };
  const renewBefore = renewBeforeFor(settings);
  expect(alarmLeadTimeSeconds({ ...settings, renewBefore })).toBeGreaterThanOrEqual(1234);
  expect(alarmLeadTimeSeconds({ ...settings, renewBefore: renewBefore - 60 })).toBeLessThan(1234);
});

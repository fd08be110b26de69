import { describe, expect, test } from 'vitest';
import { checkFleet } from '../../../lambdas/fleet-monitor/check-fleet.ts';
import { METRICS } from '../../../lambdas/shared/names.ts';
import type { State } from '../../../lambdas/shared/state.ts';
import type { FleetCredential } from '../../../lambdas/store/list-credentials.ts';
import { alarmLeadTimeSeconds } from '../../../lib/alarms/lead-time.ts';
import { DEFAULTS } from '../../../lib/config/limits.ts';
import type { MetricRetrieval } from '../../../simulator/cloudwatch.ts';
import { CONFIG, healthyState, lastAttempt, publishedToken } from '../../sample-state.ts';
import {
  METRIC_RETRIEVALS,
  notificationsIn,
  type SentNotification,
  USUAL_RETRIEVAL,
} from '../alarms/alarm-harness.ts';
import { metricKey, synthesizedAlarms } from '../alarms/synthesized-alarms.ts';
import { BOTH_BROKERS, SHORTEST_LEAD_TIME_SETTINGS, templateOf } from '../synth.ts';

const alarms = synthesizedAlarms(templateOf({ ...BOTH_BROKERS, fleet: {} })).filter(({ chapter }) =>
  chapter.startsWith('Fleet'),
);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const TOKEN = publishedToken('FAKE-token', Date.parse('2026-11-19T09:00:00+09:00'));
const HEALTHY = healthyState(TOKEN.issuedAt);
const { renewAt, expiresAt } = TOKEN;
const FROM = expiresAt - 6 * HOUR;
const EVERY = DEFAULTS.checkEvery * 1000;

/** Creates a fleet of one healthy credential and one credential with the state fields that `at` returns. */
const fleet =
  (at: (now: number) => Partial<State>) =>
  (now: number): readonly FleetCredential[] => {
    const config = { ...CONFIG, managedBy: 'operator' } as const;
    const common = { unreadable: false, configWrittenAt: TOKEN.issuedAt };
    const fresh = { ...TOKEN, issuedAt: now - HOUR, renewAt: now + 22 * HOUR, expiresAt: now + 23 * HOUR };
    return [
      { ...common, id: 'well', config: { ...config, id: 'well' }, state: { ...HEALTHY, published: fresh } },
      { ...common, id: 'ill', config: { ...config, id: 'ill' }, state: { ...HEALTHY, ...at(now) } },
    ];
  };

/**
 * Simulates one run of the fleet monitor per check interval, each up to a minute late, and returns the alarm
 * notifications.
 */
function fleetNotifications(
  credentials: (now: number) => readonly FleetCredential[],
  { reading = USUAL_RETRIEVAL, until = expiresAt, silentFrom = Number.POSITIVE_INFINITY } = {} as {
    reading?: MetricRetrieval;
    until?: number;
    silentFrom?: number;
  },
): readonly SentNotification[] {
  const headroom: { at: number; value: number }[] = [];
  const level: { at: number; value: number }[] = [];
  for (
    let due = FROM, late = 0;
    due < Math.min(until, silentFrom);
    due += EVERY, late = (late + 23_000) % MINUTE
  ) {
    const at = due + late;
    const check = checkFleet(credentials(at), new Set(), at);
    headroom.push({ at, value: check.headroom });
    level.push({ at, value: check.failureLevel });
  }
  const key = (name: string) =>
    metricKey(METRICS.namespace, name, { service: METRICS.service, Stack: 'BrokerTokens' });
  const data = new Map([
    [key(METRICS.fleetHeadroom), headroom],
    [key(METRICS.fleetFailureLevel), level],
  ]);
  return notificationsIn(alarms, data, { from: FROM, until }, reading);
}

const inAlarm = (list: readonly SentNotification[]) => list.filter(({ state }) => state === 'ALARM');

describe('the alarms of the fleet', () => {
  const promised = alarmLeadTimeSeconds(SHORTEST_LEAD_TIME_SETTINGS) * 1000;

  test.each(METRIC_RETRIEVALS)(
    'fire at least the guaranteed lead time before a token expires if the fleet monitor stops or a credential receives no ticks (CloudWatch evaluation: %o)',
    (reading) => {
      for (const options of [{ reading }, { reading, silentFrom: renewAt - MINUTE }]) {
        const stopped = fleet(() => ({}));
        const [first] = inAlarm(fleetNotifications(stopped, options));
        expect(first?.chapter).toBe('FleetExpiringSoon');
        expect(expiresAt - (first?.at ?? expiresAt)).toBeGreaterThanOrEqual(promised);
      }
    },
  );

  test('fire if the broker rejects the app key of one credential and all other credentials are healthy', () => {
    const code = 'EGW00103';
    const refused = { secretVersion: 'v1', code, since: renewAt, retryAt: expiresAt, times: 3 };
    const sent = inAlarm(fleetNotifications(fleet((now) => (now < renewAt ? {} : { refused }))));
    expect(sent[0]?.chapter).toBe('FleetActionRequired');
    expect(expiresAt - (sent[0]?.at ?? expiresAt)).toBeGreaterThan(40 * MINUTE);
  });

  test('fire for an outage that lasts until the token expires, but not for a single failed attempt', () => {
    const failing = (until: number) =>
      inAlarm(
        fleetNotifications(
          fleet((now) =>
            now < renewAt || now >= until
              ? { published: { ...TOKEN, renewAt: now + HOUR, expiresAt: now + 5 * HOUR } }
              : { attempt: lastAttempt({ at: now, outcome: 'unavailable' }) },
          ),
        ),
      ).map(({ chapter }) => chapter);
    expect(failing(renewAt + 6 * MINUTE)).toEqual([]);
    expect(failing(expiresAt)[0]).toBe('FleetRefreshFailing');
  });

  test('do not fire while all credentials are healthy', () => {
    const living = fleet((now) => ({
      published: { ...TOKEN, renewAt: now + HOUR, expiresAt: now + 5 * HOUR },
    }));
    expect(inAlarm(fleetNotifications(living))).toEqual([]);
  });
});

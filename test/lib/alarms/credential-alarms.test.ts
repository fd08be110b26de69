import { describe, expect, test } from 'vitest';
import type { DataPoint } from '../../../simulator/cloudwatch.ts';
import { fakeAppKey } from '../../../simulator/explore/explored-world.ts';
import { KIS, templateOf } from '../synth.ts';
import {
  EVALUATION_START,
  EXPIRY,
  formatNotifications,
  HOUR,
  lastHoursScenario,
  METRIC_RETRIEVALS,
  type MeasuredWorld,
  type MetricData,
  MINUTE,
  notificationsOfRun,
  RENEWAL,
  runTicks,
  runWithAlarms,
  START,
  WRONG_KEY,
} from './alarm-harness.ts';
import { synthesizedAlarms } from './synthesized-alarms.ts';

describe('the alarms of a healthy credential', () => {
  const END = START + 2 * 24 * HOUR;
  test.for([
    ['KIS', 'kis', {}],
    [
      'a Kiwoom broker that replaces the token at each issue call',
      'kiwoom',
      { options: { reissue: 'supersede' } },
    ],
    [
      'a Kiwoom broker that returns the same token until it expires',
      'kiwoom',
      { options: { reissue: 'same-token' } },
    ],
  ] as const)(
    'do not fire in two days with %s, for any timing of the CloudWatch evaluation',
    async ([, broker, settings]) => {
      const days = await runWithAlarms(broker, settings, (world) => runTicks(world, END));
      for (const points of days.data.values()) expect(points.length).toBeGreaterThan(570);
      for (const reading of METRIC_RETRIEVALS)
        expect(formatNotifications(notificationsOfRun(days, START, reading), EXPIRY)).toEqual([]);
    },
  );

  test('do not fire at any check interval', async () => {
    for (const settings of [{ checkEvery: 1 }, { checkEvery: 2 }, { checkEvery: 10, renewBefore: 120 }]) {
      const kept = { ...settings, options: { reissue: 'same-token' } };
      const days = await runWithAlarms('kiwoom', kept, (world) => runTicks(world, START + 27 * HOUR));
      for (const reading of METRIC_RETRIEVALS)
        expect(formatNotifications(notificationsOfRun(days, START, reading), EXPIRY)).toEqual([]);
    }
  });
});

/** Returns a scenario with ticks until `end`, and an outage of the broker. */
const outage =
  (kind: 'html' | 'refused', [from, until]: readonly [number, number], end: number) =>
  async (world: MeasuredWorld): Promise<void> => {
    await runTicks(world, from);
    world.setBrokerOptions({ outage: kind });
    await runTicks(world, until);
    world.setBrokerOptions({ outage: 'none' });
    await runTicks(world, end);
  };

// The minutes in the expected notifications are relative to the expiry of the first published token.
test.for<
  [string, { options?: object; renewBefore?: number }, (world: MeasuredWorld) => Promise<void>, string[]]
>([
  ['do not fire for one failed call', {}, outage('html', [RENEWAL, RENEWAL + 5 * MINUTE], EXPIRY), []],
  [
    'fire at the start of an outage and at half of a four-hour margin, and return to OK when the outage ends',
    { renewBefore: 240 },
    outage('html', [EXPIRY - 4 * HOUR, EXPIRY - HOUR], EXPIRY),
    [
      'RefreshFailing ALARM -224m',
      'ExpiringSoon ALARM -117m',
      'RefreshFailing OK -58m',
      'ExpiringSoon OK -54m',
    ],
  ],
  [
    'fire once each in an outage that lasts longer than the token and uses up the daily budget of issue calls',
    {},
    outage('refused', [RENEWAL, EXPIRY + 2 * HOUR], EXPIRY + 3 * HOUR),
    [
      'RefreshFailing ALARM -44m',
      'ExpiringSoon ALARM -27m',
      'ActionRequired ALARM -7m',
      'RefreshFailing OK +122m',
      'ExpiringSoon OK +126m',
      'ActionRequired OK +136m',
    ],
  ],
  [
    'fire while unanswered calls use up the daily budget, and stay in ALARM until a token is published',
    { renewBefore: 240 },
    outage('refused', [EXPIRY - 4 * HOUR, EXPIRY - HOUR], EXPIRY),
    [
      'RefreshFailing ALARM -224m',
      'ActionRequired ALARM -127m',
      'ExpiringSoon ALARM -117m',
      'RefreshFailing OK -58m',
      'ExpiringSoon OK -54m',
      'ActionRequired OK -44m',
    ],
  ],
  [
    'fire for a refresher that stops at the renewal, and return to OK when it reports two hours later',
    {},
    async (world) => {
      await runTicks(world, RENEWAL);
      world.advanceTo(EXPIRY + HOUR);
      await runTicks(world, EXPIRY + 2 * HOUR);
    },
    ['ExpiringSoon ALARM -34m', 'ExpiringSoon OK +62m'],
  ],
  [
    'fire for a wrong key that is stored at the renewal and corrected half an hour later',
    {},
    async (world) => {
      await runTicks(world, RENEWAL);
      world.putSecret(WRONG_KEY);
      await runTicks(world, EXPIRY - 30 * MINUTE);
      world.putSecret(fakeAppKey('kis'));
      await runTicks(world, EXPIRY + HOUR);
    },
    // The alarms treat a token as missing if the secret no longer contains the app key that issued the token.
    [
      'ExpiringSoon ALARM -58m',
      'ActionRequired ALARM -58m',
      'RefreshFailing ALARM -44m',
      'RefreshFailing OK -28m',
      'ExpiringSoon OK -24m',
      'ActionRequired OK -14m',
    ],
  ],
  [
    'fire for a wrong key that is stored in the middle of the life of a token',
    {},
    async (world) => {
      await runTicks(world, EXPIRY - 5 * HOUR);
      world.putSecret(WRONG_KEY);
      await world.deliver('credentials-changed');
      await runTicks(world, EXPIRY - 4 * HOUR);
      world.putSecret(fakeAppKey('kis'));
      await world.deliver('credentials-changed');
      await runTicks(world, EXPIRY);
    },
    [
      'ExpiringSoon ALARM -298m',
      'ActionRequired ALARM -298m',
      'RefreshFailing ALARM -284m',
      'RefreshFailing OK -238m',
      'ExpiringSoon OK -234m',
      'ActionRequired OK -224m',
    ],
  ],
  [
    'do not fire if KIS returns the same token until the refresher revokes the token after its expiry',
    { options: { reuseWindowSeconds: 10 * 24 * 3600 } },
    (world) => runTicks(world, EXPIRY + HOUR),
    [],
  ],
  [
    'fire after the expiry of a token if KIS returns the same token even after its revocation',
    { options: { reuseWindowSeconds: 10 * 24 * 3600, reuseDead: 'always' } },
    (world) => runTicks(world, EXPIRY + HOUR),
    ['ExpiringSoon ALARM +5m', 'ActionRequired ALARM +5m', 'RefreshFailing ALARM +16m'],
  ],
])('the alarms of a credential %s', async ([, settings, play, expected]) => {
  const life = await runWithAlarms('kis', settings, lastHoursScenario(play));
  expect(formatNotifications(notificationsOfRun(life, EVALUATION_START), EXPIRY)).toEqual(expected);
});

test('the ExpiringSoon alarm fires within two minutes if Kiwoom fails shortly before the expiry of a token', async () => {
  const life = await runWithAlarms('kiwoom', { options: { reissue: 'same-token' } }, async (world) => {
    await world.deliver();
    world.advanceTo(EVALUATION_START);
    await runTicks(world, EXPIRY - 10 * MINUTE);
    world.setBrokerOptions({ outage: 'html' });
    await runTicks(world, EXPIRY + HOUR);
  });
  expect(formatNotifications(notificationsOfRun(life, EVALUATION_START), EXPIRY)).toEqual([
    'ExpiringSoon ALARM -8m',
    'RefreshFailing ALARM +6m',
  ]);
});

test('the ExpiringSoon alarm fires after the warm-up period if the refresher never ran', () => {
  const alarms = synthesizedAlarms(templateOf({ credentials: [KIS] }));
  const never = { data: new Map(), until: START + 3 * HOUR, alarms };
  expect(formatNotifications(notificationsOfRun(never, START), START)).toEqual(['ExpiringSoon ALARM +20m']);
});

describe('metric data that arrives late', () => {
  const late = (data: MetricData, minutes: number): MetricData =>
    new Map(
      [...data].map(([metric, points]) => [
        metric,
        points.map((point): DataPoint => {
          const held = point.at > EVALUATION_START + HOUR && point.at < EVALUATION_START + 2 * HOUR;
          return held ? { ...point, arrivesAt: point.at + minutes * MINUTE } : point;
        }),
      ]),
    );

  test('triggers no alarm with a delay of 10 minutes, but triggers ExpiringSoon with a delay of 45 minutes', async () => {
    const life = await runWithAlarms(
      'kis',
      {},
      lastHoursScenario((world) => runTicks(world, EXPIRY)),
    );
    for (const reading of METRIC_RETRIEVALS) {
      const lateBy = { ...life, data: late(life.data, 10) };
      expect(formatNotifications(notificationsOfRun(lateBy, EVALUATION_START, reading), EXPIRY)).toEqual([]);
    }
    const lateBy = { ...life, data: late(life.data, 45) };
    expect(
      formatNotifications(notificationsOfRun(lateBy, EVALUATION_START), EVALUATION_START + HOUR),
    ).toEqual(['ExpiringSoon ALARM +31m', 'ExpiringSoon OK +63m']);
  });
});

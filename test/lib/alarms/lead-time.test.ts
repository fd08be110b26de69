import { describe, expect, test } from 'vitest';
import { alarmLeadTimes, type Failure } from '../../../lib/alarms/lead-time.ts';
import {
  EXPIRY,
  lastHoursScenario,
  METRIC_RETRIEVALS,
  type MeasuredWorld,
  MINUTE,
  notificationsOfRun,
  runTicks,
  runWithAlarms,
} from './alarm-harness.ts';

describe('the first notification of an alarm', () => {
  const WAYS: readonly [Failure, RegExp, (world: MeasuredWorld) => void][] = [
    ['notReporting', /^ExpiringSoon$/, () => undefined],
    ['failing', /^RefreshFailing$/, (world) => world.setBrokerOptions({ outage: 'html' })],
    ['rejected', /^ActionRequired$/, (world) => world.setBrokerOptions({ refuseIssue: 'EGW00103' })],
    // With a long margin, the refresher calls the broker again before ExpiringSoon fires, so RefreshFailing
    // can fire first.
    [
      'keptToExpiry',
      /^ExpiringSoon$|^RefreshFailing$/,
      (world) => world.setBrokerOptions({ reuseWindowSeconds: 10 * 24 * 3600 }),
    ],
  ];
  const SETTINGS = [
    [1, 60],
    [5, 60],
    [10, 180],
  ] as const;
  // The last successful tick runs this number of seconds before a renewal is due. The next tick has the
  // longest delay that the schedule allows.
  const PHASES = [1, 59, 150];

  test.for(
    WAYS.flatMap(([way, chapter, fail]) =>
      SETTINGS.map(([checkEvery, renewBefore]) => [way, checkEvery, renewBefore, chapter, fail] as const),
    ),
  )(
    'is as early as alarmLeadTimes() states in the case "%s" with a check interval of %i and a margin of %i minutes',
    { timeout: 60_000 },
    async ([way, checkEvery, renewBefore, chapter, fail]) => {
      const settings = { checkEvery, renewBefore };
      const promised = alarmLeadTimes({ checkEvery: checkEvery * 60, renewBefore: renewBefore * 60 })[way];
      const renewal = EXPIRY - renewBefore * MINUTE;
      for (const before of PHASES) {
        const from = renewal - before * 1000 - 12 * checkEvery * MINUTE;
        const play = lastHoursScenario(async (world) => {
          const last = renewal - before * 1000;
          await runTicks(world, last);
          await world.deliver();
          fail(world);
          world.advanceTo(last + (checkEvery + 1) * MINUTE - 1000);
          if (way === 'keptToExpiry') {
            await runTicks(world, world.now + 2 * checkEvery * MINUTE);
            world.setBrokerOptions({ outage: 'html' });
          }
          if (way !== 'notReporting') await runTicks(world, EXPIRY);
          world.advanceTo(EXPIRY);
        }, from);
        const life = await runWithAlarms('kis', settings, play);
        for (const reading of METRIC_RETRIEVALS) {
          const [first] = notificationsOfRun(life, from, reading);
          expect(first).toMatchObject({ chapter: expect.stringMatching(chapter), state: 'ALARM' });
          expect((EXPIRY - (first?.at ?? EXPIRY)) / 1000).toBeGreaterThanOrEqual(promised);
        }
      }
    },
  );
});

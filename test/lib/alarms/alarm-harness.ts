import { expect } from 'vitest';
import { METRICS } from '../../../lambdas/shared/names.ts';
import {
  type AlarmNotification,
  type MetricReading,
  notifications,
  type Point,
} from '../../../simulator/cloudwatch.ts';
import type { WorldOptions } from '../../../simulator/world.ts';
import { HOUR, MINUTE, Operation } from '../../scenario/operation.ts';
import { KIS, KIWOOM, stackOf, Template } from '../synth.ts';
import { metricKey, type SynthesizedAlarm, synthesizedAlarms } from './synthesized-alarms.ts';

export type Data = ReadonlyMap<string, readonly Point[]>;

/** How CloudWatch reads data where its documentation is silent: the usual reading, and the range of readings. */
export const USUAL: MetricReading = { extraPeriods: 2, delay: 2 * MINUTE };
export const READINGS: readonly MetricReading[] = [1, 2, 3].flatMap((extraPeriods) =>
  [0, 1, 3].map((minutes) => ({ extraPeriods, delay: minutes * MINUTE })),
);

/** Seconds. They include the longest and the shortest pause of a scheduler with a precision of one minute. */
const LATENESS = [0, 59, 23, 41, 59, 0, 12];

/** Sends ticks at the check interval until `until`, each up to a minute late; the first one now. */
export async function tick(operation: Operation, id: string, until: number): Promise<void> {
  const { clock } = operation.world;
  const interval = operation.world.config(id).checkEverySeconds * 1000;
  let number = 0;
  for (let due = clock.now(); due < until; due += interval) {
    const late = (LATENESS[number % LATENESS.length] ?? 0) * 1000;
    number += 1;
    // A tick that waited for an expiry delays the next one: a message group is processed in order.
    clock.set(Math.max(clock.now(), due + late));
    await operation.tick(id);
  }
  clock.set(Math.max(clock.now(), until));
}

/** The metrics that the function reported in this operation. */
export function reported(operation: Operation, id: string): Data {
  const key = (name: string) =>
    metricKey(METRICS.namespace, name, {
      [METRICS.serviceDimension]: METRICS.service,
      [METRICS.stackDimension]: 'BrokerTokens',
      [METRICS.credentialDimension]: id,
    });
  const stream = (pick: (reading: Operation['readings'][number]['readings']) => number) =>
    operation.readings
      .filter((reading) => reading.id === id)
      .map(({ at, readings }) => ({ at, value: pick(readings) }));
  return new Map([
    [key(METRICS.secondsToExpiry), stream(({ secondsToExpiry }) => secondsToExpiry)],
    [key(METRICS.headroom), stream(({ headroom }) => headroom)],
    [key(METRICS.failureLevel), stream(({ failureLevel }) => failureLevel)],
  ]);
}

export interface SentNotification extends AlarmNotification {
  readonly chapter: string;
}

/** The notifications for this data in order, without the OK of a new alarm. */
export function notificationsIn(
  alarms: readonly SynthesizedAlarm[],
  data: Data,
  span: { readonly from: number; readonly until: number },
  reading: MetricReading,
): readonly SentNotification[] {
  return alarms
    .flatMap(({ chapter, metric, definition }) => {
      const said = notifications(definition, data.get(metric) ?? [], span, reading);
      return (said[0]?.state === 'OK' ? said.slice(1) : said).map((each) => ({ ...each, chapter }));
    })
    .sort((a, b) => a.at - b.at);
}

/** Notifications as `RefreshFailing ALARM -39m`, in minutes from `zero`. */
export function sentences(list: readonly SentNotification[], zero: number): string[] {
  return list.map(({ chapter, state, at }) => {
    const minutes = (at - zero) / MINUTE;
    return `${chapter} ${state} ${minutes < 0 ? '' : '+'}${minutes}m`;
  });
}

/** The first token is issued at START, lives 24 h, and is renewed an hour before it expires. */
export const START = Date.parse('2026-11-23T09:00:00+09:00');
export const RENEWAL = START + 23 * HOUR;
export const EXPIRY = START + 24 * HOUR;
export const WRONG = { appkey: 'PSFAKEwrong', secret: 'FAKE-wrong' };

export interface AlarmRun {
  readonly data: Data;
  readonly until: number;
  readonly alarms: readonly SynthesizedAlarm[];
}

/** Runs the refresher to produce the data; the alarms are those of its stack. */
export async function runWithAlarms(
  broker: 'kis' | 'kiwoom',
  settings: { readonly checkEvery?: number; readonly renewBefore?: number } & Partial<WorldOptions>,
  play: (operation: Operation) => Promise<void>,
): Promise<AlarmRun> {
  const { checkEvery = 5, renewBefore = 60, ...world } = settings;
  const credential = { ...(broker === 'kis' ? KIS : KIWOOM), renewBefore: `${renewBefore}m` };
  const template = Template.fromStack(stackOf({ checkEvery: `${checkEvery}m`, credentials: [credential] }));
  const operation = await Operation.start({
    start: START,
    credentials: [
      {
        id: credential.id,
        broker,
        renewBeforeSeconds: renewBefore * 60,
        checkEverySeconds: checkEvery * 60,
      },
    ],
    ...world,
  });
  try {
    await play(operation);
    const alarms = synthesizedAlarms(template).filter(({ name }) => name.includes(credential.id));
    expect(alarms.map(({ chapter }) => chapter).sort()).toEqual([
      'ActionRequired',
      'ExpiringSoon',
      'RefreshFailing',
    ]);
    return { data: reported(operation, credential.id), until: operation.world.clock.now(), alarms };
  } finally {
    await operation.stop();
  }
}

/** Evaluation of the alarms starts here, six hours before the token expires. */
export const LATE = EXPIRY - 6 * HOUR;

/** Issues a KIS token and continues with `play` at `from`. */
export const lastHours =
  (play: (operation: Operation) => Promise<void>, from = LATE) =>
  async (operation: Operation): Promise<void> => {
    await operation.tick(KIS.id);
    operation.world.clock.set(from);
    await play(operation);
  };

export function watchedNotifications(
  { data, until, alarms }: AlarmRun,
  from: number,
  reading: MetricReading = USUAL,
): readonly SentNotification[] {
  return notificationsIn(alarms, data, { from, until }, reading);
}

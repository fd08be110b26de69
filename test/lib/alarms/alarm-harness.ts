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

/** What the documents leave open, as most people see it; and the ends of what is thinkable. */
export const USUAL: MetricReading = { extraPeriods: 2, delay: 2 * MINUTE };
export const READINGS: readonly MetricReading[] = [1, 2, 3].flatMap((extraPeriods) =>
  [0, 1, 3].map((minutes) => ({ extraPeriods, delay: minutes * MINUTE })),
);

/** Seconds: also the longest pause and the shortest that a scheduler precise to the minute can make. */
const LATENESS = [0, 59, 23, 41, 59, 0, 12];

/** Ticks at the check interval, each up to a minute late, as the scheduler sends them; the first one now. */
export async function tick(operation: Operation, id: string, until: number): Promise<void> {
  const { clock } = operation.world;
  const interval = operation.world.config(id).checkEverySeconds * 1000;
  let number = 0;
  for (let due = clock.now(); due < until; due += interval) {
    const late = (LATENESS[number % LATENESS.length] ?? 0) * 1000;
    number += 1;
    // One that waited for an expiry is followed late: messages of a group come one after the other.
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

/** What a person is told of this data, in order, without the OK with which a new alarm begins. */
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

/** As sentences: `RefreshFailing ALARM -39m`, minutes from `zero`. */
export function sentences(list: readonly SentNotification[], zero: number): string[] {
  return list.map(({ chapter, state, at }) => {
    const minutes = (at - zero) / MINUTE;
    return `${chapter} ${state} ${minutes < 0 ? '' : '+'}${minutes}m`;
  });
}

/** The first token is issued here, lives 24 h, and is renewed an hour before its end. */
export const START = Date.parse('2026-11-23T09:00:00+09:00');
export const RENEWAL = START + 23 * HOUR;
export const EXPIRY = START + 24 * HOUR;
export const WRONG = { appkey: 'PSFAKEwrong', secret: 'FAKE-wrong' };

export interface AlarmRun {
  readonly data: Data;
  readonly until: number;
  readonly alarms: readonly SynthesizedAlarm[];
}

/** Lets the refresher itself produce the data; the alarms are those that its stack has. */
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

/** The alarms are made when most of the token's life is over. */
export const LATE = EXPIRY - 6 * HOUR;

/** A KIS token, looked at again from `LATE` on. */
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

import { expect } from 'vitest';
import type { AppKey } from '../../../lambdas/brokers/broker.ts';
import type { CredentialReadings } from '../../../lambdas/refresher/metrics.ts';
import type { RefreshResult } from '../../../lambdas/refresher/ports.ts';
import { refresh } from '../../../lambdas/refresher/refresh.ts';
import type { BrokerId, CredentialConfig } from '../../../lambdas/shared/credential.ts';
import { METRICS } from '../../../lambdas/shared/names.ts';
import {
  type AlarmNotification,
  type DataPoint,
  type MetricRetrieval,
  simulateNotifications,
} from '../../../simulator/cloudwatch.ts';
import {
  createWorld,
  ExploredWorld,
  SECRET_ARN,
  secretText,
} from '../../../simulator/explore/explored-world.ts';
import { KIS, KIWOOM, templateOf } from '../synth.ts';
import { metricKey, type SynthesizedAlarm, synthesizedAlarms } from './synthesized-alarms.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

export type MetricData = ReadonlyMap<string, readonly DataPoint[]>;

/**
 * AWS does not document how CloudWatch retrieves metric data. USUAL_RETRIEVAL is the usual behavior, and
 * METRIC_RETRIEVALS contains the range of possible behaviors.
 */
export const USUAL_RETRIEVAL: MetricRetrieval = { extraPeriods: 2, delay: 2 * MINUTE };
export const METRIC_RETRIEVALS: readonly MetricRetrieval[] = [1, 2, 3].flatMap((extraPeriods) =>
  [0, 1, 3].map((minutes) => ({ extraPeriods, delay: minutes * MINUTE })),
);

/**
 * The delays of successive ticks, in seconds. These delays cause the longest and the shortest pause between
 * two ticks of a scheduler with a precision of one minute.
 */
const TICK_DELAYS = [0, 59, 23, 41, 59, 0, 12];

/** One credential in the simulated world, with the metrics that the refresher reports. */
export class MeasuredWorld {
  readonly readings: { readonly at: number; readonly readings: CredentialReadings }[] = [];
  readonly #world: ExploredWorld;

  constructor(broker: BrokerId, config: Partial<CredentialConfig>, options: object) {
    this.#world = new ExploredWorld(createWorld({ broker, now: START, config, options }));
    // Calls take no time, so that metrics have the timestamp of their tick.
    this.#world.answerTime = 0;
  }

  get now(): number {
    return this.#world.state.now;
  }

  get checkEvery(): number {
    return this.#world.state.config.checkEverySeconds * 1000;
  }

  advanceTo(instant: number): void {
    this.#world.state.now = Math.max(this.now, instant);
  }

  setBrokerOptions(options: object): void {
    for (const broker of Object.values(this.#world.state.brokers))
      broker.options = { ...broker.options, ...options };
  }

  putSecret(key: AppKey): void {
    const secret = this.#world.state.secrets[SECRET_ARN];
    if (secret === undefined) throw new Error('the world has no secret');
    secret.current = `v${Object.keys(secret.values).length + 1}`;
    secret.values[secret.current] = secretText(this.#world.state.config.broker, key);
  }

  async deliver(cause: 'schedule' | 'credentials-changed' = 'schedule'): Promise<void> {
    const message = { credential: this.#world.state.config.id, cause };
    const deadline = this.now + this.checkEvery + 150_000;
    const report = ({ secondsToExpiry, headroom, failureLevel }: RefreshResult) =>
      this.readings.push({ at: this.now, readings: { secondsToExpiry, headroom, failureLevel } });
    const ports = { ...this.#world.ports(), beforeSleep: report };
    report(await refresh({ message, messageId: this.#world.nextId(), deadline }, ports));
  }
}

/**
 * Runs ticks at the check interval, and the first tick immediately. Each tick is up to a minute late, as
 * EventBridge Scheduler is precise to the minute.
 */
export async function runTicks(world: MeasuredWorld, until: number): Promise<void> {
  let tickIndex = 0;
  for (let due = world.now; due < until; due += world.checkEvery) {
    const tickDelay = (TICK_DELAYS[tickIndex % TICK_DELAYS.length] ?? 0) * 1000;
    tickIndex += 1;
    // A tick that follows a waiting tick is late, because the messages of a group are handled one after
    // another.
    world.advanceTo(due + tickDelay);
    await world.deliver();
  }
  world.advanceTo(until);
}

/** Returns the data points that the refresher reported, by metric. */
export function reportedMetrics(world: MeasuredWorld, id: string): MetricData {
  const dimensions = {
    [METRICS.serviceDimension]: METRICS.service,
    [METRICS.stackDimension]: 'BrokerTokens',
    [METRICS.credentialDimension]: id,
  };
  return new Map(
    (['secondsToExpiry', 'headroom', 'failureLevel'] as const).map((name) => [
      metricKey(METRICS.namespace, METRICS[name], dimensions),
      world.readings.map(({ at, readings }) => ({ at, value: readings[name] })),
    ]),
  );
}

export interface SentNotification extends AlarmNotification {
  readonly chapter: string;
}

/**
 * Returns the notifications of the alarms for this data in order of time, without the first OK of a new
 * alarm.
 */
export function notificationsIn(
  alarms: readonly SynthesizedAlarm[],
  data: MetricData,
  span: { readonly from: number; readonly until: number },
  retrieval: MetricRetrieval,
): readonly SentNotification[] {
  return alarms
    .flatMap(({ chapter, metric, definition }) => {
      const sent = simulateNotifications(definition, data.get(metric) ?? [], span, retrieval);
      return (sent[0]?.state === 'OK' ? sent.slice(1) : sent).map((each) => ({ ...each, chapter }));
    })
    .sort((a, b) => a.at - b.at);
}

/** Formats notifications as `RefreshFailing ALARM -39m`, in minutes relative to `zero`. */
export function formatNotifications(list: readonly SentNotification[], zero: number): string[] {
  return list.map(({ chapter, state, at }) => {
    const minutes = (at - zero) / MINUTE;
    return `${chapter} ${state} ${minutes < 0 ? '' : '+'}${minutes}m`;
  });
}

/** The first token is issued at START, has a lifetime of 24 h, and is renewed an hour before it expires. */
export const START = Date.parse('2026-11-23T09:00:00+09:00');
export const RENEWAL = START + 23 * HOUR;
export const EXPIRY = START + 24 * HOUR;
export const WRONG_KEY = { appkey: 'PSFAKEwrong', secret: 'FAKE-wrong' };

type AlarmRun = Readonly<Awaited<ReturnType<typeof runWithAlarms>>>;

/**
 * Runs the refresher in a simulated world. Returns the metrics that the refresher reported, and the alarms of
 * a synthesized stack with the same settings.
 * @param settings in minutes; `options` are options of the simulated broker
 */
export async function runWithAlarms(
  broker: BrokerId,
  settings: { readonly checkEvery?: number; readonly renewBefore?: number; readonly options?: object },
  scenario: (world: MeasuredWorld) => Promise<void>,
) {
  const { checkEvery = 5, renewBefore = 60, options = {} } = settings;
  const credential = { ...(broker === 'kis' ? KIS : KIWOOM), renewBefore: `${renewBefore}m` };
  const template = templateOf({ checkEvery: `${checkEvery}m`, credentials: [credential] });
  const config = {
    id: credential.id,
    renewBeforeSeconds: renewBefore * 60,
    checkEverySeconds: checkEvery * 60,
    maxIssuesPerDay: 8,
    renewEarly: 'wait',
  } as const;
  const world = new MeasuredWorld(broker, config, options);
  await scenario(world);
  const alarms: readonly SynthesizedAlarm[] = synthesizedAlarms(template).filter(({ name }) =>
    name.includes(credential.id),
  );
  expect(alarms).toHaveLength(3);
  return { data: reportedMetrics(world, credential.id), until: world.now, alarms };
}

/** The evaluation of the alarms starts six hours before the token expires. */
export const EVALUATION_START = EXPIRY - 6 * HOUR;

/** Returns a scenario that issues a token at START, and runs `lastHours` from the instant `from`. */
export const lastHoursScenario =
  (lastHours: (world: MeasuredWorld) => Promise<void>, from = EVALUATION_START) =>
  async (world: MeasuredWorld): Promise<void> => {
    await world.deliver();
    world.advanceTo(from);
    await lastHours(world);
  };

export function notificationsOfRun(
  { data, until, alarms }: AlarmRun,
  from: number,
  retrieval: MetricRetrieval = USUAL_RETRIEVAL,
): readonly SentNotification[] {
  return notificationsIn(alarms, data, { from, until }, retrieval);
}

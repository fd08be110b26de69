import { alarmPeriodSeconds } from '../../lib/alarms/lead-time.ts';
import { Random } from '../random.ts';
import { Timeline } from '../timeline.ts';
import type { Span } from '../year/fault-model.ts';
import { Account } from './account.ts';
import type { CallQuota } from './call-quota.ts';
import { SimulatedInbox } from './load-inbox.ts';
import type { LoadOptions, LoadScenario } from './load-options.ts';
import { LoadWorld } from './load-world.ts';
import { SimulatedFleetMonitor } from './simulated-fleet-monitor.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** The simulation starts on a Monday morning in Korea. */
const START = Date.parse('2026-11-23T10:00:00+09:00');
/** The outage of KIS in the scenario `outage`. */
const KIS_OUTAGE: Span = { from: START + HOUR, to: START + 4 * HOUR };
/** The number of alarm periods without data after which an alarm can fire (lib/alarms/lead-time.ts). */
const EMPTY_PERIODS_BEFORE_ALARM = 2;

export type LoadResult = ReturnType<Fleet['summarize']>;

/** Runs one scenario. Runs with equal options return equal results. */
export async function runLoadScenario(scenario: LoadScenario, options: LoadOptions): Promise<LoadResult> {
  const fleet = new Fleet(scenario, options);
  await fleet.start();
  const { timeline } = fleet;
  if (scenario === 'calm') await timeline.run(START + 3 * HOUR);
  else {
    await timeline.run(START + HOUR);
    if (scenario === 'outage') await timeline.run(KIS_OUTAGE.to + 2 * options.checkEverySeconds * 1000);
    await timeline.run(START + options.hours * HOUR, () => fleet.countOverdueCredentials() === 0);
  }
  return fleet.summarize();
}

/** Many credentials in one simulated AWS account. */
class Fleet {
  readonly timeline = new Timeline(START);
  readonly #scenario: LoadScenario;
  readonly #options: LoadOptions;
  readonly #account: Account;
  readonly #worlds: LoadWorld[] = [];
  readonly #inbox: SimulatedInbox;
  readonly #fleetMonitor: SimulatedFleetMonitor;

  constructor(scenario: LoadScenario, options: LoadOptions) {
    const { quotas, checkEverySeconds, credentials } = options;
    this.#scenario = scenario;
    this.#options = options;
    this.#account = new Account(options, this.timeline);
    this.#inbox = new SimulatedInbox({
      timeline: this.timeline,
      quotas,
      maximumEventAge: Math.max(60, checkEverySeconds - 60) * 1000,
      handle: async (number, from) => this.#worlds[number]?.handle(from),
    });
    this.#fleetMonitor = new SimulatedFleetMonitor(this.#account, credentials);
  }

  /** Creates the credentials and starts the schedules. */
  async start(): Promise<void> {
    const { credentials, behavior, checkEverySeconds, renewBeforeSeconds, seed, fleetMonitor } =
      this.#options;
    const scenario = this.#scenario;
    const interval = checkEverySeconds * 1000;
    if (fleetMonitor) this.#every(interval, START + interval / 2, () => void this.#fleetMonitor.run());
    const offsetRandom = new Random(seed, 22);
    const ageRandom = new Random(seed, 23);
    const renewalAge = DAY - renewBeforeSeconds * 1000;
    for (let number = 0; number < credentials; number += 1) {
      const worldBehavior = scenario === 'outage' && number % 2 === 1 ? 'kiwoom-supersede' : behavior;
      const outage = scenario === 'outage' && worldBehavior === 'kis' ? KIS_OUTAGE : undefined;
      const world = new LoadWorld(worldBehavior, this.#options, this.#account, outage);
      this.#worlds.push(world);
      const firstTick = START + firstTickOffset(this.#options, offsetRandom);
      this.#every(interval, firstTick, (dueAt) => this.#inbox.tick(number, dueAt));
      // In the scenario `expire`, all renewals are due ten minutes after the start. In the other scenarios,
      // the renewals are due at random times in the first 24 hours.
      const age = scenario === 'expire' ? renewalAge - 10 * MINUTE : ageRandom.uniform() * renewalAge;
      await world.start(scenario === 'created' ? undefined : Math.floor(START - age));
    }
  }

  #every(interval: number, dueAt: number, act: (dueAt: number) => void): void {
    this.timeline.plan(dueAt, () => {
      act(dueAt);
      this.#every(interval, dueAt + interval, act);
    });
  }

  /** Returns the number of credentials that have needed a token for more than two check intervals. */
  countOverdueCredentials(): number {
    const latestDueTime = this.timeline.now - 2 * this.#options.checkEverySeconds * 1000;
    return this.#worlds.filter(({ dueSince }) => dueSince <= latestDueTime).length;
  }

  /** Ends the simulation. Times are in seconds. The shares of quotas include the calls of other programs. */
  summarize() {
    const { credentials, quotas, checkEverySeconds, fleetMonitor } = this.#options;
    const worlds = this.#worlds;
    const inbox = this.#inbox;
    const account = this.#account;
    const monitor = this.#fleetMonitor;
    const overdueCount = this.countOverdueCredentials();
    for (const world of worlds) world.close();
    const waits = worlds.flatMap((world) => world.waits).sort((a, b) => a - b);
    const calls = worlds.map((world) => world.countIssueCalls(START));
    const lostTicks = sum(worlds.map((world) => world.ticksWithoutMetrics)) + inbox.dropped;
    const ticksWithMetrics = sum(worlds.map((world) => world.ticksWithMetrics));
    const timeUntilAlarm = EMPTY_PERIODS_BEFORE_ALARM * alarmPeriodSeconds(checkEverySeconds) * 1000;
    const concurrency = inbox.maxConcurrency / quotas.concurrency;
    return {
      scenario: this.#scenario,
      credentials,
      quotas: quotas.name,
      /**
       * The median and the longest time from the due time of a renewal to the publication of the new token. If
       * a renewal was due during an outage of the broker, the time starts at the end of the outage.
       */
      wait: {
        median: (waits[Math.floor(waits.length / 2)] ?? 0) / 1000,
        longest: (waits.at(-1) ?? 0) / 1000,
      },
      /** The number of credentials that, at the end, have needed a token for more than two check intervals. */
      overdue: overdueCount,
      /** The number of credentials whose token expired outside an outage, before its renewal. */
      expired: worlds.filter((world) => world.expiredOutsideOutage).length,
      expiredInOutage: worlds.filter((world) => world.expiredInOutage).length,
      /** The average number of issue calls per new token; at least 1. */
      callsPerToken: sum(calls) / Math.max(1, waits.length),
      mostCalls: calls.reduce((most, each) => Math.max(most, each), 0),
      queue: { deepest: inbox.maxDepth, longestWait: inbox.longestWait / 1000, dropped: inbox.dropped },
      used: {
        reads: quotaUse(account.reads),
        writes: quotaUse(account.writes),
        // The simulation measures only the peak of the concurrency, so both shares are equal.
        concurrency: { limit: quotas.concurrency, second: concurrency, minute: concurrency, throttled: 0 },
        scheduler: quotaUse(inbox.schedulerQuota),
        queue: quotaUse(inbox.sendQuota),
        secrets: quotaUse(account.secrets),
        kms: quotaUse(account.kms),
      },
      /** The used share of the parameter quota; a fleet with a share above 1 cannot be deployed. */
      parameters: (3 * credentials) / quotas.parameters,
      /** The share of ticks without metrics, because a read was throttled or the tick was not delivered. */
      lost: lostTicks / Math.max(1, ticksWithMetrics + lostTicks),
      /** The number of credentials whose metrics were missing long enough to fire an alarm. */
      withoutMetrics: worlds.filter(({ longestPause }) => longestPause >= timeUntilAlarm).length,
      ...(fleetMonitor && { fleetMonitor: { longest: monitor.longestRun / 1000, failed: monitor.failed } }),
    };
  }
}

/** Returns the used share of a quota in the busiest second and in the busiest minute. */
function quotaUse({ limit, peak, busiestMinute, throttled }: CallQuota) {
  return { limit, second: peak / limit, minute: Math.min(1, busiestMinute / limit / 60), throttled };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Returns the time from the start to the first tick, in milliseconds. */
function firstTickOffset({ spread, checkEverySeconds }: LoadOptions, random: Random): number {
  const interval = checkEverySeconds * 1000;
  const minute = Math.floor((random.uniform() * interval) / MINUTE) * MINUTE;
  if (spread === 'minute') return minute;
  const randomShare = random.uniform();
  return spread === 'creation'
    ? Math.floor(randomShare * interval)
    : minute + Math.floor(randomShare * MINUTE);
}

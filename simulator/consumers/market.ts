import { Random } from '../random.ts';
import type { FaultPlan } from '../year/fault-model.ts';
import { runPolicy } from '../year/run-policy.ts';
import type { Scenario } from '../year/scenario.ts';
import { type Consumer, consumer, type ReaderKind } from './consumer.ts';
import { RecordedStore, type StoreOutage } from './recorded-store.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

export interface MarketOptions {
  readonly scenario: Scenario;
  readonly faults: FaultPlan;
  /** Outages of Parameter Store, as consumers meet them. */
  readonly storeOutages: readonly StoreOutage[];
  readonly kind: ReaderKind;
  readonly consumers: number;
  /** Between two orders of a consumer, milliseconds. */
  readonly orderEvery: number;
  /** A consumer is restarted after so long; absent: it lives on. Milliseconds. */
  readonly restartEvery?: number;
  readonly seed: number;
}

export interface MarketResult {
  readonly orders: number;
  /** Orders that failed although a living token was published. */
  readonly failed: number;
  /** Orders that nobody could have placed: no living token was published. */
  readonly impossible: number;
  /** Requests that were sent with a dead token. */
  readonly staleUses: number;
  readonly readsPerConsumerAndDay: number;
  readonly throttled: number;
  /** Reports, by generation. */
  readonly reports: ReadonlyMap<number, number>;
}

/** Many programs on many hosts trade with the tokens of one lived life. */
export async function trade(options: MarketOptions): Promise<MarketResult> {
  const { scenario, faults, storeOutages, kind, orderEvery, restartEvery, seed } = options;
  const { world } = await runPolicy(scenario, 'ours', faults);
  // Programs know nothing of the refresher's ticks: their minute is another one.
  const first = (world.publications[0]?.at ?? faults.from) + 7_000;
  let now = first;
  const store = new RecordedStore(world, storeOutages);
  const reports = new Map<number, number>();
  const lastReports = new Map<number, number>();
  const alive = (token: string): boolean => {
    const record = world.broker.ledger.find(token);
    return (
      record !== undefined &&
      record.issuedAt <= now + 1000 &&
      now < Math.min(record.expiresAt, record.diedAt ?? record.expiresAt)
    );
  };
  const surroundings = {
    store,
    now: () => now,
    alive,
    reported: (generation: number) => {
      // As the FIFO topic does: one of a generation in five minutes.
      if (now < (lastReports.get(generation) ?? Number.NEGATIVE_INFINITY) + 5 * MINUTE) return;
      lastReports.set(generation, now);
      reports.set(generation, (reports.get(generation) ?? 0) + 1);
    },
  };
  const random = new Random(seed, 9);
  const hosts = Array.from({ length: options.consumers }, () => ({
    program: consumer(kind, surroundings),
    // Programs that start with the minute order with the minute: half of them do.
    offset: random.chance(0.5) ? 0 : Math.floor(random.between(0, orderEvery)),
    startsAt: first + Math.floor(random.between(0, 10 * MINUTE)),
    restartAt: first + random.between(0, restartEvery ?? 0),
  }));
  const queue = hosts.map((host) => ({ ...host, next: first + host.offset })).sort((a, b) => a.next - b.next);
  const result = { orders: 0, failed: 0, impossible: 0, staleUses: 0 };
  for (let round = first; round < faults.to; round += orderEvery) {
    for (const host of queue) {
      now = round + host.offset;
      if (now < host.startsAt) continue;
      if (restartEvery !== undefined && now >= host.restartAt) {
        host.program.restart();
        host.restartAt = now + restartEvery;
      }
      await place(host.program);
    }
  }
  const reads = hosts.reduce((sum, { program }) => sum + program.reads, 0);
  const days = (faults.to - first) / DAY;
  return {
    ...result,
    readsPerConsumerAndDay: reads / hosts.length / days,
    throttled: store.throttled,
    reports,
  };

  async function place(program: Consumer): Promise<void> {
    result.orders += 1;
    const { ok, staleUses } = await program.order();
    result.staleUses += staleUses;
    if (ok) return;
    if (alive(store.token(now) ?? '')) result.failed += 1;
    else result.impossible += 1;
  }
}

import { formatState } from '../../../lambdas/store/state-codec.ts';
import { SourceError } from '../../../reader/errors.ts';
import type { ParameterSource } from '../../../reader/source.ts';
import { TokenReader } from '../../../reader/token-reader.ts';
import { Random } from '../../../simulator/random.ts';
import { generateFaults, NO_FAULTS, type Span } from '../../../simulator/year/fault-model.ts';
import { runPolicy } from '../../../simulator/year/run-policy.ts';
import type { Scenario } from '../../../simulator/year/scenario.ts';
import type { YearWorld } from '../../../simulator/year/year-world.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
export const MARKET_START = Date.parse('2027-03-01T09:00:00+09:00');
/**
 * The time in which the SNS FIFO report topic drops a second report about the same token, in milliseconds.
 */
const DEDUPLICATION_INTERVAL = 5 * MINUTE;
const REJECTED_TOKEN_REPLY = JSON.stringify({
  rt_cd: '1',
  msg_cd: 'EGW00123',
  msg1: '기간이 만료된 token 입니다.',
});
const JSON_HEADERS = { 'content-type': 'application/json' };

export interface MarketOptions {
  readonly days: number;
  /** The outages of Parameter Store that affect readers. */
  readonly outages?: readonly Span[];
  readonly consumers: number;
  /** The time between two orders of a consumer, in milliseconds. */
  readonly orderInterval: number;
}

export interface MarketResult {
  readonly orders: number;
  /** The number of orders that failed although a live token was published. */
  readonly failedOrders: number;
  /** The number of requests with a token that the broker rejected. */
  readonly rejectedRequests: number;
  readonly readsPerConsumerAndDay: number;
  /** The number of reports about each token, by the generation of the token. */
  readonly reports: ReadonlyMap<number, number>;
}

/**
 * Simulates programs that place orders with a token from the package's reader while the refresher renews the
 * token.
 */
export async function simulateTrading(scenario: Scenario, options: MarketOptions): Promise<MarketResult> {
  const { days, outages = [], consumers, orderInterval } = options;
  const span = { from: MARKET_START, to: MARKET_START + days * DAY };
  const { world } = await runPolicy(scenario, 'refresher', generateFaults(NO_FAULTS, span, 300_000, 1));
  // The programs start 7 s after the first publication, so that their orders do not coincide with the ticks.
  const first = (world.publications[0]?.at ?? MARKET_START) + 7_000;
  const market = new Market(world, outages);
  const random = new Random(1, 9);
  const programs = Array.from({ length: consumers }, () => ({
    reader: market.reader(),
    // Half of the programs place each order at the start of a round, the others at a random offset.
    offset: random.chance(0.5) ? 0 : Math.floor(random.between(0, orderInterval)),
    startsAt: first + Math.floor(random.between(0, 10 * MINUTE)),
  })).sort((a, b) => a.offset - b.offset);
  for (let round = first; round < span.to; round += orderInterval)
    for (const { reader, offset, startsAt } of programs)
      if (round + offset >= startsAt) await market.order(reader, round + offset);
  const { orders, failedOrders, rejectedRequests, reports } = market;
  const readsPerConsumerAndDay = market.reads / consumers / ((span.to - first) / DAY);
  return { orders, failedOrders, rejectedRequests, reports, readsPerConsumerAndDay };
}

/** Simulates Parameter Store and the broker with the tokens and states that a simulated run published. */
class Market {
  orders = 0;
  failedOrders = 0;
  rejectedRequests = 0;
  reads = 0;
  readonly reports = new Map<number, number>();
  readonly #world: YearWorld;
  readonly #outages: readonly Span[];
  readonly #reportedAt = new Map<number, number>();
  #now = 0;

  constructor(world: YearWorld, outages: readonly Span[]) {
    this.#world = world;
    this.#outages = outages;
  }

  async order(reader: TokenReader, now: number): Promise<void> {
    this.#now = now;
    this.orders += 1;
    const isOrderOk = await reader.fetch('https://broker.invalid/order').then(
      ({ ok }) => ok,
      () => false,
    );
    if (!isOrderOk && this.#isLive(this.#token() ?? '')) this.failedOrders += 1;
  }

  reader(): TokenReader {
    return new TokenReader({
      credential: 'simulated',
      prefix: '/broker-tokens',
      source: this.#source(),
      reporter: { report: async (_credential, generation) => this.#report(generation) },
      now: () => this.#now,
      wait: async () => {},
      fetch: async (_url, init) => {
        const token = new Headers(init?.headers).get('authorization')?.slice('Bearer '.length) ?? '';
        if (this.#isLive(token)) return new Response('{"rt_cd":"0"}', { headers: JSON_HEADERS });
        this.rejectedRequests += 1;
        return new Response(REJECTED_TOKEN_REPLY, { status: 500, headers: JSON_HEADERS });
      },
      limits: { pollInterval: 30_000, maximumAge: 60_000 },
      timeout: 5_000,
    });
  }

  #source(): ParameterSource {
    return {
      read: async (names) => {
        this.reads += 1;
        if (this.#outages.some(({ from, to }) => from <= this.#now && this.#now < to))
          throw new SourceError('unavailable', 'InternalServerError', 'simulated outage');
        const state = this.#world.states.findLast(({ at }) => at <= this.#now);
        const values = { token: this.#token(), state: state && formatState(state.state) };
        return new Map(
          names.flatMap((name) => {
            const value = name.endsWith('/token') ? values.token : values.state;
            return value === undefined ? [] : [[name, value]];
          }),
        );
      },
    };
  }

  #token(): string | undefined {
    return this.#world.publications.findLast(({ at }) => at <= this.#now)?.token;
  }

  #isLive(token: string): boolean {
    const record = this.#world.broker().find(token);
    if (record === undefined) return false;
    const end = Math.min(record.expiresAt, record.invalidatedAt ?? record.expiresAt);
    return record.issuedAt <= this.#now + 1000 && this.#now < end;
  }

  #report(generation: number): void {
    const last = this.#reportedAt.get(generation) ?? Number.NEGATIVE_INFINITY;
    if (this.#now < last + DEDUPLICATION_INTERVAL) return;
    this.#reportedAt.set(generation, this.#now);
    this.reports.set(generation, (this.reports.get(generation) ?? 0) + 1);
  }
}

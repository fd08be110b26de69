/** $ a month, Seoul; sources in docs/costs.md § Prices, and a test holds the two together. */
export const PRICES = {
  secret: 0.4,
  'kms-key': 1,
  metric: 0.3,
  alarm: 0.1,
  'log-gb': 0.76,
  'log-gb-month': 0.0314,
  'lambda-million': 0.2,
  'lambda-gb-s': 0.0000133334,
  'sqs-million': 0.5,
  'scheduler-million': 1,
} as const;

/** Any call once higher throughput is on. Source: AWS Systems Manager pricing, as quoted in data-dot-all/dataall#953. */
const HIGHER_THROUGHPUT_CALL = 0.05 / 10_000;

const MONTH = 730 * 3600;
const MILLION = 1_000_000;
const GB = 1_000_000_000;
/** As docs/costs.md § Usage. */
const TICK = { memory: 0.25, seconds: 0.5, logBytes: 1500, messages: 2, keptMonths: 3 } as const;
const METRICS = 3;
/** Pages of the fleet monitor: a tenth of a second each, and five credentials on it. */
const FLEET_MONITOR = { seconds: 0.125, credentials: 5 } as const;
/** Of the stack and its fleet: alarms and metrics that are there once. */
const ONCE = { alarms: 8, metrics: 2, polls: 5 * (3600 / 20) * 730 } as const;

export interface MonthlyCost {
  /** $ a month, list prices, nothing free, public egress. */
  readonly total: number;
  readonly each: number;
  /** What hangs on the check interval, of `total`. */
  readonly ticks: number;
}

/** What a fleet of added credentials costs; `higherThroughput`: each call of Parameter Store is paid. */
export function monthlyCost(
  credentials: number,
  checkEverySeconds: number,
  higherThroughput = false,
): MonthlyCost {
  const looks = MONTH / checkEverySeconds;
  const ticks = credentials * looks;
  const logs = (ticks * TICK.logBytes) / GB;
  const pages = (credentials / FLEET_MONITOR.credentials) * looks;
  const gbSeconds = TICK.memory * (ticks * TICK.seconds + pages * FLEET_MONITOR.seconds);
  const ofTicks =
    ((ticks + looks) / MILLION) * PRICES['lambda-million'] +
    gbSeconds * PRICES['lambda-gb-s'] +
    ((TICK.messages * ticks) / MILLION) * PRICES['sqs-million'] +
    ((ticks + looks) / MILLION) * PRICES['scheduler-million'] +
    logs * (PRICES['log-gb'] + TICK.keptMonths * PRICES['log-gb-month']) +
    (higherThroughput ? (ticks + pages) * HIGHER_THROUGHPUT_CALL : 0);
  const once =
    PRICES['kms-key'] +
    ONCE.alarms * PRICES.alarm +
    ONCE.metrics * PRICES.metric +
    (ONCE.polls / MILLION) * PRICES['sqs-million'];
  const total = once + credentials * (PRICES.secret + METRICS * PRICES.metric) + ofTicks;
  return { total, each: total / credentials, ticks: ofTicks };
}

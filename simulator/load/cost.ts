/**
 * The AWS list prices in US dollars in the Seoul Region. A test compares the prices with docs/costs.md §
 * Prices, which names the sources.
 */
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

const SECONDS_PER_MONTH = 730 * 3600;
const MILLION = 1_000_000;
const GB = 1_000_000_000;
/** The assumed usage of one tick, as in docs/costs.md § Usage. */
const TICK_USAGE = { memory: 0.25, seconds: 0.5, logBytes: 1500, messages: 2, keptMonths: 3 } as const;
/** The time in which the fleet monitor reads one page, in seconds, and the number of credentials per page. */
const FLEET_MONITOR_USAGE = { seconds: 0.125, credentials: 5 } as const;
/** The numbers of alarms and metrics per stack, and the number of polls of the stack's queue per month. */
const STACK_USAGE = { alarms: 8, metrics: 2, polls: 5 * (3600 / 20) * 730 } as const;

/**
 * Calculates the monthly cost of one stack with this number of fleet credentials, in US dollars at list
 * prices, with public egress and without the free tier; `ticks` depends on the check interval.
 */
export function monthlyCost(credentials: number, checkEverySeconds: number) {
  const ticksPerCredential = SECONDS_PER_MONTH / checkEverySeconds;
  const ticks = credentials * ticksPerCredential;
  const logGigabytes = (ticks * TICK_USAGE.logBytes) / GB;
  const pages = (credentials / FLEET_MONITOR_USAGE.credentials) * ticksPerCredential;
  const gbSeconds = TICK_USAGE.memory * (ticks * TICK_USAGE.seconds + pages * FLEET_MONITOR_USAGE.seconds);
  const tickCost =
    ((ticks + ticksPerCredential) / MILLION) * PRICES['lambda-million'] +
    gbSeconds * PRICES['lambda-gb-s'] +
    ((TICK_USAGE.messages * ticks) / MILLION) * PRICES['sqs-million'] +
    ((ticks + ticksPerCredential) / MILLION) * PRICES['scheduler-million'] +
    logGigabytes * (PRICES['log-gb'] + TICK_USAGE.keptMonths * PRICES['log-gb-month']);
  const stackCost =
    PRICES['kms-key'] +
    STACK_USAGE.alarms * PRICES.alarm +
    STACK_USAGE.metrics * PRICES.metric +
    (STACK_USAGE.polls / MILLION) * PRICES['sqs-million'];
  const total = stackCost + credentials * PRICES.secret + tickCost;
  return { total, each: total / credentials, ticks: tickCost };
}

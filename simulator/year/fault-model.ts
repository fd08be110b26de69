import type { Outage } from '../brokers/outage.ts';
import { Random } from '../random.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface BrokerFault extends Span {
  /** `busy` means that the broker rejects issue calls with an error code. */
  readonly kind: Outage | 'busy';
}

export interface AwsFaultSpan extends Span {
  readonly kind: 'read' | 'write-token' | 'write-token-done' | 'write-state' | 'secret';
}

export interface KeyRotation {
  /** The instant at which the owner changes the key at the broker and in the secret. */
  readonly at: number;
  /** The time until a mistyped key is corrected, in milliseconds; 0 for a correct key. */
  readonly mistypedFor: number;
  /** Whether the event about the new secret version is lost. */
  readonly isEventLost: boolean;
}

export type TickFault = 'lost' | 'twice' | 'late';

/** All faults of one run, sorted by time and generated before the run starts. */
export interface FaultPlan extends Span {
  readonly broker: readonly BrokerFault[];
  readonly aws: readonly AwsFaultSpan[];
  /** The periods in which no message is delivered, for example during a deployment. */
  readonly deliveryStalls: readonly Span[];
  readonly rotations: readonly KeyRotation[];
  /** The faults of single ticks, by the number of the tick. */
  readonly ticks: ReadonlyMap<number, TickFault>;
}

/**
 * The frequencies and durations of faults. The brokers publish no figures, so all values are assumptions,
 * which docs/availability.md lists.
 */
export interface FaultRates {
  /** The number of broker outages per year (Poisson distribution). */
  readonly outagesPerYear: number;
  /** The median duration of a broker outage, in minutes (log-normal distribution). */
  readonly outageMedian: number;
  /**
   * The standard deviation of the logarithm of the outage duration. With the value 1.2, one outage in twenty
   * lasts at least seven times as long as the median outage.
   */
  readonly outageSigma: number;
  /** The number of days between two maintenance windows of the broker, which start at 02:00 KST. */
  readonly maintenanceEveryDays: number;
  /** The duration of a maintenance window, in minutes. */
  readonly maintenanceMinutes: number;
  /** The number of AWS faults per year. */
  readonly awsFaultsPerYear: number;
  /** The median duration of an AWS fault, in minutes. */
  readonly awsFaultMedian: number;
  /** The number of periods per year in which no message is delivered, for example during a deployment. */
  readonly deliveryStallsPerYear: number;
  /** The longest duration of a period in which no message is delivered, in minutes. */
  readonly longestDeliveryStall: number;
  /**
   * The number of key rotations per year. One in four new keys is mistyped at first, and one in four rotation
   * events is lost.
   */
  readonly rotationsPerYear: number;
  /** The probability that a tick is lost. */
  readonly lostTickShare: number;
  /** The probability that a tick is delivered twice. */
  readonly duplicateTickShare: number;
  /** The probability that a tick is delivered late. */
  readonly lateTickShare: number;
}

export const BAD_YEAR: FaultRates = {
  outagesPerYear: 52,
  outageMedian: 12,
  outageSigma: 1.2,
  maintenanceEveryDays: 14,
  maintenanceMinutes: 40,
  awsFaultsPerYear: 12,
  awsFaultMedian: 5,
  deliveryStallsPerYear: 26,
  longestDeliveryStall: 12,
  rotationsPerYear: 3,
  lostTickShare: 0.002,
  duplicateTickShare: 0.01,
  lateTickShare: 0.01,
};

export const NO_FAULTS = Object.fromEntries(
  Object.keys(BAD_YEAR).map((name) => [name, 0]),
) as unknown as FaultRates;

export const BROKER_FAULT_KINDS = [
  'html',
  'http-500',
  'http-503',
  'refused',
  'hang',
  'cut',
  'lost',
  'invalid-json',
  'busy',
] as const;
const AWS_FAULT_KINDS = ['read', 'write-token', 'write-token-done', 'write-state', 'secret'] as const;
/** The duration of the longest outage, in milliseconds. */
const MAX_OUTAGE = 12 * HOUR;

/** Generates random faults for a time span. @param checkEvery the time between ticks, in milliseconds */
export function generateFaults(rates: FaultRates, span: Span, checkEvery: number, seed: number): FaultPlan {
  const outages = generatePoissonEvents(new Random(seed, 1), span, rates.outagesPerYear, (random, from) => ({
    from,
    to:
      from +
      Math.round(Math.min(random.logNormal(rates.outageMedian, rates.outageSigma) * MINUTE, MAX_OUTAGE)),
    kind: random.pick(BROKER_FAULT_KINDS),
  }));
  return {
    ...span,
    broker: sortByStart([...outages, ...maintenance(rates, span)]),
    aws: generatePoissonEvents(new Random(seed, 2), span, rates.awsFaultsPerYear, (random, from) => ({
      from,
      to: from + Math.round(random.logNormal(rates.awsFaultMedian, 1) * MINUTE),
      kind: random.pick(AWS_FAULT_KINDS),
    })),
    deliveryStalls: generatePoissonEvents(
      new Random(seed, 3),
      span,
      rates.deliveryStallsPerYear,
      (random, from) => ({
        from,
        to: from + Math.round(random.between(0.5, rates.longestDeliveryStall) * MINUTE),
      }),
    ),
    rotations: generatePoissonEvents(new Random(seed, 4), span, rates.rotationsPerYear, (random, at) => ({
      from: at,
      at,
      mistypedFor: random.chance(0.25) ? Math.round(random.between(2, 30) * MINUTE) : 0,
      isEventLost: random.chance(0.25),
    })),
    ticks: generateTickFaults(rates, span, checkEvery, new Random(seed, 5)),
  };
}

/** Returns the fault that is active at `now`; of several active faults, the fault with the latest start. */
export function findActiveFault<T extends Span>(spans: readonly T[], now: number): T | undefined {
  return spans.findLast(({ from, to }) => from <= now && now < to);
}

function generatePoissonEvents<T extends { readonly from: number }>(
  random: Random,
  { from, to }: Span,
  eventsPerYear: number,
  make: (random: Random, from: number) => T,
): readonly T[] {
  if (eventsPerYear === 0) return [];
  const events: T[] = [];
  for (
    let instant = from + random.exponential(YEAR / eventsPerYear);
    instant < to;
    instant += random.exponential(YEAR / eventsPerYear)
  )
    events.push(make(random, Math.round(instant)));
  return events;
}

function maintenance(
  { maintenanceEveryDays, maintenanceMinutes }: FaultRates,
  span: Span,
): readonly BrokerFault[] {
  if (maintenanceEveryDays === 0) return [];
  const maintenanceFaults: BrokerFault[] = [];
  const firstMaintenance = Math.ceil((span.from + 9 * HOUR) / DAY) * DAY - 9 * HOUR + 2 * HOUR;
  for (let from = firstMaintenance; from < span.to; from += maintenanceEveryDays * DAY)
    maintenanceFaults.push({ from, to: from + maintenanceMinutes * MINUTE, kind: 'html' });
  return maintenanceFaults;
}

function generateTickFaults(
  { lostTickShare: tickLost, duplicateTickShare: tickTwice, lateTickShare: tickLate }: FaultRates,
  span: Span,
  checkEvery: number,
  random: Random,
) {
  const tickFaults = new Map<number, TickFault>();
  if (tickLost + tickTwice + tickLate === 0) return tickFaults;
  const count = Math.ceil((span.to - span.from) / checkEvery);
  for (let number = 1; number < count; number += 1) {
    const randomValue = random.uniform();
    if (randomValue < tickLost) tickFaults.set(number, 'lost');
    else if (randomValue < tickLost + tickTwice) tickFaults.set(number, 'twice');
    else if (randomValue < tickLost + tickTwice + tickLate) tickFaults.set(number, 'late');
  }
  return tickFaults;
}

export function sortByStart<T extends Span>(spans: readonly T[]): readonly T[] {
  return [...spans].sort((a, b) => a.from - b.from);
}

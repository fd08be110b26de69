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

export interface AwsFault extends Span {
  readonly kind: (typeof AWS_FAULT_KINDS)[number];
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
  readonly aws: readonly AwsFault[];
  /** The periods in which no message is delivered, for example during a deployment. */
  readonly deliveryStalls: readonly Span[];
  readonly rotations: readonly KeyRotation[];
  /** The faults of single ticks, by the number of the tick. */
  readonly ticks: ReadonlyMap<number, TickFault>;
}

/**
 * The frequencies and durations of faults. The brokers publish no figures, so all values are assumptions,
 * which docs/availability.md lists. The durations are in minutes.
 */
export const BAD_YEAR = {
  /** The mean number of broker outages; their durations are log-normally distributed. */
  outagesPerYear: 52,
  outageMedian: 12,
  /**
   * The standard deviation of the logarithm of the outage duration. With the value 1.2, one outage in twenty
   * lasts at least seven times as long as the median outage.
   */
  outageSigma: 1.2,
  /** The number of days between two maintenance windows of the broker, which start at 02:00 KST. */
  maintenanceEveryDays: 14,
  maintenanceMinutes: 40,
  awsFaultsPerYear: 12,
  awsFaultMedian: 5,
  /** Periods in which no message is delivered, for example during a deployment. */
  deliveryStallsPerYear: 26,
  longestDeliveryStall: 12,
  /** Key rotations. One in four new keys is mistyped at first, and one in four rotation events is lost. */
  rotationsPerYear: 3,
  /** The probability that a tick is lost, delivered twice or delivered late. */
  lostTickShare: 0.002,
  duplicateTickShare: 0.01,
  lateTickShare: 0.01,
};
export type FaultRates = Readonly<typeof BAD_YEAR>;

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
  // Each kind of event uses a separate sequence of random numbers.
  const generateEvents = <T>(stream: number, perYear: number, make: (random: Random, from: number) => T) =>
    generatePoissonEvents(new Random(seed, stream), span, perYear, make);
  const outages = generateEvents(1, rates.outagesPerYear, (random, from) => {
    const duration = Math.min(random.logNormal(rates.outageMedian, rates.outageSigma) * MINUTE, MAX_OUTAGE);
    return { from, to: from + Math.round(duration), kind: random.pick(BROKER_FAULT_KINDS) };
  });
  return {
    ...span,
    broker: sortByStart([...outages, ...maintenance(rates, span)]),
    aws: generateEvents(2, rates.awsFaultsPerYear, (random, from) => ({
      from,
      to: from + Math.round(random.logNormal(rates.awsFaultMedian, 1) * MINUTE),
      kind: random.pick(AWS_FAULT_KINDS),
    })),
    deliveryStalls: generateEvents(3, rates.deliveryStallsPerYear, (random, from) => ({
      from,
      to: from + Math.round(random.between(0.5, rates.longestDeliveryStall) * MINUTE),
    })),
    rotations: generateEvents(4, rates.rotationsPerYear, (random, at) => ({
      at,
      mistypedFor: random.chance(0.25) ? Math.round(random.between(2, 30) * MINUTE) : 0,
      isEventLost: random.chance(0.25),
    })),
    ticks: generateTickFaults(rates, span, checkEvery, new Random(seed, 5)),
  };
}

/** Returns the fault that is active at `now`; of several faults, the one with the latest start. */
export function findActiveFault<T extends Span>(spans: readonly T[], now: number): T | undefined {
  return spans.findLast(({ from, to }) => from <= now && now < to);
}

function generatePoissonEvents<T>(
  random: Random,
  { from, to }: Span,
  eventsPerYear: number,
  make: (random: Random, from: number) => T,
): readonly T[] {
  if (eventsPerYear === 0) return [];
  const events: T[] = [];
  const pause = () => random.exponential(YEAR / eventsPerYear);
  for (let instant = from + pause(); instant < to; instant += pause())
    events.push(make(random, Math.round(instant)));
  return events;
}

function maintenance(
  { maintenanceEveryDays, maintenanceMinutes }: FaultRates,
  span: Span,
): readonly BrokerFault[] {
  if (maintenanceEveryDays === 0) return [];
  const faults: BrokerFault[] = [];
  const first = Math.ceil((span.from + 9 * HOUR) / DAY) * DAY - 9 * HOUR + 2 * HOUR;
  for (let from = first; from < span.to; from += maintenanceEveryDays * DAY)
    faults.push({ from, to: from + maintenanceMinutes * MINUTE, kind: 'html' });
  return faults;
}

function generateTickFaults(
  { lostTickShare, duplicateTickShare, lateTickShare }: FaultRates,
  span: Span,
  checkEvery: number,
  random: Random,
) {
  const tickFaults = new Map<number, TickFault>();
  const count = Math.ceil((span.to - span.from) / checkEvery);
  for (let number = 1; number < count; number += 1) {
    const randomValue = random.uniform();
    if (randomValue < lostTickShare) tickFaults.set(number, 'lost');
    else if (randomValue < lostTickShare + duplicateTickShare) tickFaults.set(number, 'twice');
    else if (randomValue < lostTickShare + duplicateTickShare + lateTickShare) tickFaults.set(number, 'late');
  }
  return tickFaults;
}

export function sortByStart<T extends Span>(spans: readonly T[]): readonly T[] {
  return [...spans].sort((a, b) => a.from - b.from);
}

/** Joins spans, in order of their start, if the time between them is at most `gap`. */
export function joinSpans(spans: readonly Span[], gap = 0): readonly Span[] {
  const joined: { from: number; to: number }[] = [];
  for (const { from, to } of spans) {
    const last = joined.at(-1);
    if (last && from <= last.to + gap) last.to = Math.max(last.to, to);
    else joined.push({ from, to });
  }
  return joined;
}

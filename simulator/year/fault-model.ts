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
  /** How it answers; a code refuses issue calls with it. */
  readonly kind: Outage | 'busy';
}

export interface AwsFaultSpan extends Span {
  readonly kind: 'read' | 'write-token' | 'write-token-done' | 'write-state' | 'secret';
}

export interface Rotation {
  /** The owner changes the key at the broker's site and in the secret. */
  readonly at: number;
  /** The secret gets a mistyped key first, corrected after so many milliseconds; 0: at once right. */
  readonly mistypedFor: number;
  /** The event that tells of it is lost. */
  readonly silent: boolean;
}

export type TickFault = 'lost' | 'twice' | 'late';

/** All that goes wrong in one simulated time, drawn before it begins. Sorted by time. */
export interface FaultPlan extends Span {
  readonly broker: readonly BrokerFault[];
  readonly aws: readonly AwsFaultSpan[];
  /** The inbox is not drained: deployments and whatever else keeps Lambda from running. */
  readonly stalls: readonly Span[];
  readonly rotations: readonly Rotation[];
  /** By number of the tick. */
  readonly ticks: ReadonlyMap<number, TickFault>;
}

/**
 * How bad a year is. There are no published figures of either broker: these are stated assumptions, on the
 * bad side of what users report, and the same for every policy that is compared.
 */
export interface FaultRates {
  /** Outages of the broker a year; they come independently of each other (Poisson). */
  readonly outagesPerYear: number;
  /** Their length is log-normal: median, minutes. */
  readonly outageMedian: number;
  /** Of the logarithm: 1.2 makes one in twenty seven times as long as the median. */
  readonly outageSigma: number;
  /** Maintenance at night, from 02:00 KST: one such night in so many days, and how long, minutes. */
  readonly maintenanceEveryDays: number;
  readonly maintenanceMinutes: number;
  /** AWS trouble (throttling, errors, a key disabled by mistake): a year, and median minutes. */
  readonly awsFaultsPerYear: number;
  readonly awsFaultMedian: number;
  /** Deployments and other stalls of the function: a year, and longest, minutes. */
  readonly stallsPerYear: number;
  readonly longestStall: number;
  /** Keys changed by the owner: a year; one in four is mistyped first, one in four raises no event. */
  readonly rotationsPerYear: number;
  /** Of a single tick. */
  readonly tickLost: number;
  readonly tickTwice: number;
  readonly tickLate: number;
}

export const BAD_YEAR: FaultRates = {
  outagesPerYear: 52,
  outageMedian: 12,
  outageSigma: 1.2,
  maintenanceEveryDays: 14,
  maintenanceMinutes: 40,
  awsFaultsPerYear: 12,
  awsFaultMedian: 5,
  stallsPerYear: 26,
  longestStall: 12,
  rotationsPerYear: 3,
  tickLost: 0.002,
  tickTwice: 0.01,
  tickLate: 0.01,
};

export const NO_FAULTS = Object.fromEntries(
  Object.keys(BAD_YEAR).map((name) => [name, 0]),
) as unknown as FaultRates;

export const BROKER_KINDS = [
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
const AWS_KINDS = ['read', 'write-token', 'write-token-done', 'write-state', 'secret'] as const;
/** Longest that an outage is let be: a broker that is away for days is another subject. */
const LONGEST = 12 * HOUR;

/** Draws the faults of a span; the same for the same seed. @param checkEvery between ticks, milliseconds */
export function generateFaults(rates: FaultRates, span: Span, checkEvery: number, seed: number): FaultPlan {
  const outages = poisson(new Random(seed, 1), span, rates.outagesPerYear, (random, from) => ({
    from,
    to:
      from + Math.round(Math.min(random.logNormal(rates.outageMedian, rates.outageSigma) * MINUTE, LONGEST)),
    kind: random.pick(BROKER_KINDS),
  }));
  return {
    ...span,
    broker: inOrder([...outages, ...maintenance(rates, span)]),
    aws: poisson(new Random(seed, 2), span, rates.awsFaultsPerYear, (random, from) => ({
      from,
      to: from + Math.round(random.logNormal(rates.awsFaultMedian, 1) * MINUTE),
      kind: random.pick(AWS_KINDS),
    })),
    stalls: poisson(new Random(seed, 3), span, rates.stallsPerYear, (random, from) => ({
      from,
      to: from + Math.round(random.between(0.5, rates.longestStall) * MINUTE),
    })),
    rotations: poisson(new Random(seed, 4), span, rates.rotationsPerYear, (random, at) => ({
      from: at,
      at,
      mistypedFor: random.chance(0.25) ? Math.round(random.between(2, 30) * MINUTE) : 0,
      silent: random.chance(0.25),
    })),
    ticks: tickFaults(rates, span, checkEvery, new Random(seed, 5)),
  };
}

/** What goes wrong at `now`, if anything; of several the one that began last. */
export function activeAt<T extends Span>(spans: readonly T[], now: number): T | undefined {
  return spans.findLast(({ from, to }) => from <= now && now < to);
}

function poisson<T extends { readonly from: number }>(
  random: Random,
  { from, to }: Span,
  perYear: number,
  make: (random: Random, from: number) => T,
): readonly T[] {
  if (perYear === 0) return [];
  const found: T[] = [];
  for (
    let instant = from + random.exponential(YEAR / perYear);
    instant < to;
    instant += random.exponential(YEAR / perYear)
  )
    found.push(make(random, Math.round(instant)));
  return found;
}

function maintenance(
  { maintenanceEveryDays, maintenanceMinutes }: FaultRates,
  span: Span,
): readonly BrokerFault[] {
  if (maintenanceEveryDays === 0) return [];
  const nights: BrokerFault[] = [];
  const firstNight = Math.ceil((span.from + 9 * HOUR) / DAY) * DAY - 9 * HOUR + 2 * HOUR;
  for (let from = firstNight; from < span.to; from += maintenanceEveryDays * DAY)
    nights.push({ from, to: from + maintenanceMinutes * MINUTE, kind: 'html' });
  return nights;
}

function tickFaults(
  { tickLost, tickTwice, tickLate }: FaultRates,
  span: Span,
  checkEvery: number,
  random: Random,
) {
  const found = new Map<number, TickFault>();
  if (tickLost + tickTwice + tickLate === 0) return found;
  const count = Math.ceil((span.to - span.from) / checkEvery);
  for (let number = 1; number < count; number += 1) {
    const drawn = random.uniform();
    if (drawn < tickLost) found.set(number, 'lost');
    else if (drawn < tickLost + tickTwice) found.set(number, 'twice');
    else if (drawn < tickLost + tickTwice + tickLate) found.set(number, 'late');
  }
  return found;
}

export function inOrder<T extends Span>(spans: readonly T[]): readonly T[] {
  return [...spans].sort((a, b) => a.from - b.from);
}

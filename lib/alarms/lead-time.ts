/** RefreshFailing fires after this many periods in which every tick failed: a single failure cannot fill two. */
export const FAILING_PERIODS = 2;

/**
 * How many periods an alarm with one evaluation period keeps its state after the last point.
 * CloudWatch retrieves more points than the evaluation periods, and treats data as missing only if it finds
 * fewer; the number is not documented. Its examples imply 3, users report "3 or 4"; this is the longer one.
 * Source: CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data".
 */
const PERIODS_OF_SILENCE = 4;

/** The fewest periods in which a point hides missing data: CloudWatch documents that it retrieves more than one. */
const WINDOWS_AT_LEAST = 2;

/** From the log line to the metric (usually 1 to 2 minutes, not guaranteed), the evaluation and the notification. */
const DELIVERY = 3 * 60;

/** EventBridge Scheduler is precise to the minute. Source: its User Guide, "Schedule types". */
const TICK_LATE = 60;

/** A tick may wait for an expiry until the next one is due and 90 s more (docs/architecture.md § Meeting the expiry). */
const LONGEST_WAIT_OVER_INTERVAL = 90;

interface LeadTimeSettings {
  readonly checkEvery: number;
  readonly renewBefore: number;
}

/**
 * The period of the alarms, seconds. It holds two ticks (a five-minute period holds 0 or 2 points of a five-minute
 * tick), and covers the longest pause of a healthy refresher: a tick, then a late one that waits for an expiry.
 */
export function alarmPeriodSeconds(checkEvery: number): number {
  const pause = checkEvery + TICK_LATE + (checkEvery + LONGEST_WAIT_OVER_INTERVAL);
  const covering = Math.ceil((pause + DELIVERY) / WINDOWS_AT_LEAST / 60) * 60;
  return Math.max(2 * checkEvery, covering);
}

/** Seconds from the first notification to the expiry of the token in the worst case, for each kind of failure. */
export interface LeadTimes {
  /** The refresher stops reporting just before it would have renewed: ExpiringSoon. */
  readonly silent: number;
  /** The renewal fails from its first attempt on: RefreshFailing. */
  readonly failing: number;
  /** The broker rejects the app key at the renewal: ActionRequired. */
  readonly refused: number;
  /**
   * The broker returns the old token, so that it is kept until it expires, and then stops answering:
   * ExpiringSoon at half the margin, from which on each tick verifies the token.
   */
  readonly dwindling: number;
}

/**
 * CloudWatch evaluates an alarm every minute over the window that ends then (minutes 1–5, then 2–6), so period
 * boundaries add nothing to these times.
 * Source: CloudWatch User Guide, "Alarm evaluation".
 */
export function alarmLeadTimes({ checkEvery, renewBefore }: LeadTimeSettings): LeadTimes {
  const period = alarmPeriodSeconds(checkEvery);
  return {
    silent: renewBefore - PERIODS_OF_SILENCE * period - DELIVERY,
    // From the last good point, which must leave the window first.
    failing: renewBefore - FAILING_PERIODS * period - DELIVERY,
    refused: renewBefore - checkEvery - TICK_LATE - DELIVERY,
    dwindling: renewBefore / 2 - checkEvery - TICK_LATE - DELIVERY,
  };
}

/** The shortest of the lead times: the first notification comes at least this long before expiry. */
export function alarmLeadTimeSeconds(settings: LeadTimeSettings): number {
  return Math.min(...Object.values(alarmLeadTimes(settings)));
}

/** The shortest `renewBefore` that leaves the response time, in whole minutes. */
export function renewBeforeFor(settings: {
  readonly checkEvery: number;
  readonly responseTime: number;
}): number {
  const without = alarmLeadTimes({ checkEvery: settings.checkEvery, renewBefore: 0 });
  const short = (lead: number) => settings.responseTime - lead;
  const needed = Math.max(
    short(without.silent),
    short(without.failing),
    short(without.refused),
    // Only half of the margin counts.
    2 * short(without.dwindling),
  );
  return Math.ceil(needed / 60) * 60;
}

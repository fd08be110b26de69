/** Periods of failed ticks only that raise RefreshFailing: a single failure cannot fill two. */
export const FAILING_PERIODS = 2;

/**
 * How long the alarm with one evaluation period still judges by the last point it saw, in periods.
 * CloudWatch retrieves more points than the evaluation periods, and fills in for missing ones only if
 * it finds fewer than these; how many more is not documented. The examples retrieve 5 for 3, so 3 for
 * 1; people report "3 or 4". The longer one is taken.
 * Source: CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data".
 */
const PERIODS_OF_SILENCE = 4;

/**
 * Windows in which a point keeps silence from being seen, at least: that more than the evaluation
 * periods are retrieved is documented.
 */
const WINDOWS_AT_LEAST = 2;

/**
 * From the log line to the metric, to the next evaluation (one a minute), to the notification.
 * No promise exists for the first of these; a minute or two is usual.
 */
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
 * Two ticks fall into each period (a five-minute bucket holds 0 or 2 points of a five-minute tick), and the
 * longest pause of a healthy refresher – a tick, then a late one that waits for an expiry – is no silence.
 */
export function alarmPeriodSeconds(checkEvery: number): number {
  const pause = checkEvery + TICK_LATE + (checkEvery + LONGEST_WAIT_OVER_INTERVAL);
  const covering = Math.ceil((pause + DELIVERY) / WINDOWS_AT_LEAST / 60) * 60;
  return Math.max(2 * checkEvery, covering);
}

/** Seconds from the first notification to the expiry of the token, at worst, for each way to fail. */
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
 * An alarm with a period of a minute or more is evaluated every minute over a window that ends there
 * (minutes 1–5, then 2–6), so no boundary of a period adds to these.
 * Source: CloudWatch User Guide, "Alarm evaluation".
 */
export function alarmLeadTimes({ checkEvery, renewBefore }: LeadTimeSettings): LeadTimes {
  const period = alarmPeriodSeconds(checkEvery);
  return {
    silent: renewBefore - PERIODS_OF_SILENCE * period - DELIVERY,
    // Counted from the last good point, which has to leave the periods.
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
    // Of which only half the margin counts.
    2 * short(without.dwindling),
  );
  return Math.ceil(needed / 60) * 60;
}

/**
 * RefreshFailing fires after this many periods in which every tick failed. A single failure cannot fill two
 * periods.
 */
export const FAILING_PERIODS = 2;

/**
 * The number of periods that CloudWatch retrieves for one evaluation. A data point in one of them hides
 * missing data. AWS does not document the number: the examples imply 3, and users report "3 or 4".
 * Source: CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data".
 */
const RETRIEVED_PERIODS = { least: 2, most: 4 } as const;

/**
 * The time from the log line to the metric (usually 1 to 2 minutes, not guaranteed), plus the evaluation and
 * the notification.
 */
const METRIC_AND_NOTIFICATION_DELAY = 3 * 60;

/** EventBridge Scheduler is precise to the minute. Source: its User Guide, "Schedule types". */
const MAX_TICK_DELAY = 60;

/**
 * A tick may wait for the expiry of a token until 90 s after the next tick is due (docs/architecture.md
 * § Meeting the expiry).
 */
const MAX_WAIT_BEYOND_INTERVAL = 90;

interface LeadTimeSettings {
  readonly checkEvery: number;
  readonly renewBefore: number;
}

/**
 * The period of the alarms, in seconds. It holds two ticks, because a period of five minutes can hold 0 or 2
 * data points of a five-minute tick. It also covers the longest pause of a healthy refresher: a tick, then a
 * late tick that waits for an expiry.
 */
export function alarmPeriodSeconds(checkEvery: number): number {
  const pause = checkEvery + MAX_TICK_DELAY + (checkEvery + MAX_WAIT_BEYOND_INTERVAL);
  const coveringPeriod =
    Math.ceil((pause + METRIC_AND_NOTIFICATION_DELAY) / RETRIEVED_PERIODS.least / 60) * 60;
  return Math.max(2 * checkEvery, coveringPeriod);
}

/** The failures that an alarm reports before a token expires. */
export type Failure =
  /** The refresher stops reporting just before the renewal; ExpiringSoon fires. */
  | 'notReporting'
  /** The renewal fails from its first attempt on; RefreshFailing fires. */
  | 'failing'
  /** The broker rejects the app key at the renewal; ActionRequired fires. */
  | 'rejected'
  /**
   * The broker returns the old token, so the refresher keeps it until it expires; then the broker stops
   * answering. ExpiringSoon fires at half the margin, because from then on each tick verifies the token.
   */
  | 'keptToExpiry';

/**
 * The share of the margin that is left when the alarm can first fire, and the seconds from then to the
 * notification.
 */
interface Notification {
  readonly share: number;
  readonly delay: number;
}

/**
 * CloudWatch evaluates an alarm every minute, over the periods that end at that minute (minutes 1–5, then
 * 2–6), so period boundaries add nothing to these delays.
 * Source: CloudWatch User Guide, "Alarm evaluation".
 */
function notificationDelays(checkEvery: number): Readonly<Record<Failure, Notification>> {
  const period = alarmPeriodSeconds(checkEvery);
  const nextTick = checkEvery + MAX_TICK_DELAY + METRIC_AND_NOTIFICATION_DELAY;
  return {
    notReporting: { share: 1, delay: RETRIEVED_PERIODS.most * period + METRIC_AND_NOTIFICATION_DELAY },
    // The delay starts at the last healthy data point, which must leave the evaluated periods first.
    failing: { share: 1, delay: FAILING_PERIODS * period + METRIC_AND_NOTIFICATION_DELAY },
    rejected: { share: 1, delay: nextTick },
    keptToExpiry: { share: 1 / 2, delay: nextTick },
  };
}

/** The seconds from the first notification to the expiry of the token in the worst case, for each failure. */
export function alarmLeadTimes(settings: LeadTimeSettings): Readonly<Record<Failure, number>> {
  const { notReporting, failing, rejected, keptToExpiry } = notificationDelays(settings.checkEvery);
  const lead = ({ share, delay }: Notification) => share * settings.renewBefore - delay;
  return {
    notReporting: lead(notReporting),
    failing: lead(failing),
    rejected: lead(rejected),
    keptToExpiry: lead(keptToExpiry),
  };
}

/** The shortest of the lead times: the first notification comes at least this long before expiry. */
export function alarmLeadTimeSeconds(settings: LeadTimeSettings): number {
  return Math.min(...Object.values(alarmLeadTimes(settings)));
}

/** The shortest `renewBefore`, in whole minutes, that leaves `responseTime` after the first notification. */
export function shortestRenewBefore(settings: {
  readonly checkEvery: number;
  readonly responseTime: number;
}): number {
  const needed = Object.values(notificationDelays(settings.checkEvery)).map(
    ({ share, delay }) => (settings.responseTime + delay) / share,
  );
  return Math.ceil(Math.max(...needed) / 60) * 60;
}

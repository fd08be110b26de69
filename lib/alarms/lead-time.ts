/**
 * RefreshFailing fires after this number of consecutive periods in which every tick failed. Two periods
 * contain more than one tick, so a single failed tick raises no alarm.
 */
export const FAILING_PERIODS = 2;

/**
 * The assumed range of the number of periods that CloudWatch retrieves for one evaluation. If one of these
 * periods contains a data point, the alarm does not treat the data as missing. AWS does not document the
 * number: the examples imply 3, and users report "3 or 4". Source: CloudWatch User Guide, "Configuring how
 * CloudWatch alarms treat missing data".
 */
const RETRIEVED_PERIODS = { least: 2, most: 4 } as const;

/**
 * The assumed time from a log line to a notification, in seconds. This time contains the extraction of the
 * metric (usually 1 to 2 minutes, not guaranteed), the evaluation of the alarm, and the delivery.
 */
const METRIC_AND_NOTIFICATION_DELAY = 3 * 60;

/**
 * In seconds: EventBridge Scheduler sends a tick up to a minute late. Source: EventBridge Scheduler User
 * Guide, "Schedule types".
 */
const MAX_TICK_DELAY = 60;

/** A tick may wait until 90 s after the next tick is due (docs/architecture.md § Meeting the expiry). */
const MAX_WAIT_BEYOND_INTERVAL = 90;

/**
 * Returns the period of the alarms, in seconds. The period is at least two check intervals, because a period
 * of one check interval may contain no data point. The period also covers the longest pause of a healthy
 * refresher: a tick without delay, then a late tick that waits for the expiry of a token.
 */
export function alarmPeriodSeconds(checkEvery: number): number {
  const longestPause = checkEvery + MAX_TICK_DELAY + (checkEvery + MAX_WAIT_BEYOND_INTERVAL);
  const periodCoveringPause =
    Math.ceil((longestPause + METRIC_AND_NOTIFICATION_DELAY) / RETRIEVED_PERIODS.least / 60) * 60;
  return Math.max(2 * checkEvery, periodCoveringPause);
}

/**
 * Returns two values for each failure that an alarm reports before a token expires. `remainingShare` is the
 * part of the renewal margin that is left when the failure becomes detectable. `delay` is the longest time
 * from then to the notification, in seconds. CloudWatch evaluates an alarm every minute, over the periods
 * that end at that minute (minutes 1–5, then 2–6), so an alarm never waits for the end of a fixed period.
 * Source: CloudWatch User Guide, "Alarm evaluation".
 */
function notificationTimings(checkEvery: number) {
  const period = alarmPeriodSeconds(checkEvery);
  const nextTickNotificationDelay = checkEvery + MAX_TICK_DELAY + METRIC_AND_NOTIFICATION_DELAY;
  return {
    /** The refresher stops reporting just before the renewal; ExpiringSoon fires. */
    notReporting: {
      remainingShare: 1,
      delay: RETRIEVED_PERIODS.most * period + METRIC_AND_NOTIFICATION_DELAY,
    },
    /**
     * The renewal fails from its first attempt on; RefreshFailing fires. The delay starts at the last data
     * point without a failure, because the alarm cannot fire while a period contains this point.
     */
    failing: { remainingShare: 1, delay: FAILING_PERIODS * period + METRIC_AND_NOTIFICATION_DELAY },
    /** The broker rejects the app key at the renewal; ActionRequired fires. */
    rejected: { remainingShare: 1, delay: nextTickNotificationDelay },
    /**
     * The broker returns the old token, so the refresher keeps this token until its expiry; before the
     * expiry, the broker stops answering. In the second half of the renewal margin, each tick verifies the
     * token, so ExpiringSoon fires after the first verify call without an answer.
     */
    keptToExpiry: { remainingShare: 1 / 2, delay: nextTickNotificationDelay },
  };
}

export type Failure = keyof ReturnType<typeof notificationTimings>;

/** Returns, for each failure, the seconds from the first notification to the expiry in the worst case. */
export function alarmLeadTimes(settings: {
  readonly checkEvery: number;
  readonly renewBefore: number;
}): Readonly<Record<Failure, number>> {
  const leadTimes = Object.entries(notificationTimings(settings.checkEvery)).map(
    ([failure, { remainingShare, delay }]) => [failure, remainingShare * settings.renewBefore - delay],
  );
  return Object.fromEntries(leadTimes) as Record<Failure, number>;
}

export function alarmLeadTimeSeconds(settings: Parameters<typeof alarmLeadTimes>[0]): number {
  return Math.min(...Object.values(alarmLeadTimes(settings)));
}

/**
 * Returns the shortest `renewBefore` that leaves `responseTime` between the first notification and the
 * expiry, in seconds and rounded up to whole minutes.
 */
export function shortestRenewBefore(checkEvery: number, responseTime: number): number {
  const requiredMargins = Object.values(notificationTimings(checkEvery)).map(
    ({ remainingShare, delay }) => (responseTime + delay) / remainingShare,
  );
  return Math.ceil(Math.max(...requiredMargins) / 60) * 60;
}

/** Two ticks fall into each period: one may be late without a hole (a five-minute bucket holds 0 or 2 points of a five-minute tick). */
export const INTERVALS_PER_PERIOD = 2;

/**
 * CloudWatch looks back further than the evaluation periods and judges by an old point as long as it
 * sees one: with one evaluation period, a silence is noticed after three.
 * Source: CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data".
 */
const PERIODS_OF_SILENCE = 3;

/** From a log line to the metric, and from the metric to the notification. */
const DELIVERY = 3 * 60;

export function alarmPeriodSeconds(checkEvery: number): number {
  return INTERVALS_PER_PERIOD * checkEvery;
}

/**
 * Seconds from the first notification to the expiry of the token, at worst: the refresher falls
 * silent just before it would have renewed, at the beginning of a period. A refresh that fails
 * aloud is told sooner, by RefreshFailing: one period partly fine, and two in trouble.
 */
export function alarmLeadTimeSeconds(settings: {
  readonly checkEvery: number;
  readonly renewBefore: number;
}): number {
  const noticed = (1 + PERIODS_OF_SILENCE) * alarmPeriodSeconds(settings.checkEvery);
  return settings.renewBefore - noticed - DELIVERY;
}

/** The shortest `renewBefore` that leaves the response time, in whole minutes. */
export function renewBeforeFor(settings: {
  readonly checkEvery: number;
  readonly responseTime: number;
}): number {
  const short =
    settings.responseTime - alarmLeadTimeSeconds({ checkEvery: settings.checkEvery, renewBefore: 0 });
  return Math.ceil(short / 60) * 60;
}

import { planRenewal } from '../../lambdas/decision/renewal.ts';
import type { BrokerId } from '../../lambdas/shared/credential.ts';
import type { Session } from '../../lambdas/shared/sessions.ts';
import { BROKER_LIMITS } from './limits.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;

/**
 * The starts of a week in winter and a week in summer, because sessions depend only on the day of the week
 * and on daylight saving time.
 */
const SAMPLED_WEEK_STARTS = [Date.UTC(2027, 0, 4), Date.UTC(2027, 6, 5)];

export interface RenewalSettings {
  readonly broker: BrokerId;
  readonly renewBefore: number;
  readonly checkEvery: number;
  readonly sessions: readonly Session[];
}

/**
 * The cached results of the search; the keys are the settings as JSON. Most credentials have equal settings.
 * Without the cache, the search takes a fifth of the synthesis time of 50 credentials.
 */
const resultsBySettings = new Map<string, Date | undefined>();

/**
 * Searches for an issue time of a token that cannot be renewed outside the sessions. Durations are in
 * seconds. The search uses the function that plans renewals at run time, so that synthesis and run time
 * agree.
 * @returns the first issue time that the search finds; undefined if every token can be renewed outside the
 * sessions
 */
export function firstIssueWithoutRenewal(settings: RenewalSettings): Date | undefined {
  if (settings.sessions.length === 0) return undefined;
  const key = JSON.stringify(settings);
  if (!resultsBySettings.has(key)) resultsBySettings.set(key, searchIssueWithoutRenewal(settings));
  return resultsBySettings.get(key);
}

function searchIssueWithoutRenewal({
  broker,
  renewBefore,
  checkEvery,
  sessions,
}: RenewalSettings): Date | undefined {
  const { life, contract } = BROKER_LIMITS[broker];
  const rules = { ...contract, sessions, renewBefore: renewBefore * SECOND, checkEvery: checkEvery * SECOND };
  for (const week of SAMPLED_WEEK_STARTS) {
    for (let hour = 0; hour < 7 * 24; hour += 1) {
      const issuedAt = week + hour * HOUR;
      const { ignoresSessions } = planRenewal({ issuedAt, expiresAt: issuedAt + life * SECOND }, rules);
      if (ignoresSessions) return new Date(issuedAt);
    }
  }
  return undefined;
}

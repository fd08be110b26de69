import { planRenewal } from '../../lambdas/decision/renewal.ts';
import type { Session } from '../../lambdas/shared/sessions.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;

/** A week in winter and one in summer: sessions depend on the day of the week and on daylight saving only. */
const WEEKS = [Date.UTC(2027, 0, 4), Date.UTC(2027, 6, 5)];

export interface RenewalSettings {
  readonly life: number;
  readonly renewBefore: number;
  readonly checkEvery: number;
  readonly sessions: readonly Session[];
  readonly reuseWindow?: number | undefined;
  readonly marginShare: number;
}

/** By settings. Each is asked for twice a credential, and a fleet has a handful: with 50 credentials a fifth of synthesis. */
const answers = new Map<string, Date | undefined>();

/**
 * Whether a token can be renewed outside of the sessions whenever it was issued; settings in seconds.
 * Asks the function that decides at run time, so that the two cannot disagree.
 * @returns the first hour of issue from which it can not; undefined if there is none
 */
export function firstIssueWithoutRenewal(settings: RenewalSettings): Date | undefined {
  if (settings.sessions.length === 0) return undefined;
  const key = JSON.stringify(settings);
  if (!answers.has(key)) answers.set(key, search(settings));
  return answers.get(key);
}

function search(settings: RenewalSettings): Date | undefined {
  for (const week of WEEKS) {
    for (let hour = 0; hour < 7 * 24; hour += 1) {
      const issuedAt = week + hour * HOUR;
      const { failedOpen } = planRenewal(
        { issuedAt, expiresAt: issuedAt + settings.life * SECOND },
        {
          renewBefore: settings.renewBefore * SECOND,
          checkEvery: settings.checkEvery * SECOND,
          sessions: settings.sessions,
          reuseWindow: settings.reuseWindow === undefined ? undefined : settings.reuseWindow * SECOND,
          marginShare: settings.marginShare,
        },
      );
      if (failedOpen) return new Date(issuedAt);
    }
  }
  return undefined;
}

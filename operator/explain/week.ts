import { decide } from '../../lambdas/refresher/decide.ts';
import { failsOpen, type Life, planRenewal, type RenewalRules } from '../../lambdas/refresher/renewal.ts';
import { protectedSince } from '../../lambdas/refresher/session-hours.ts';
import type { Session } from '../../lambdas/shared/sessions.ts';
import { type Credential, contractOf, factsOf } from '../credentials.ts';
import { DAY, MINUTE, SECOND } from '../time.ts';

/** A planned renewal; `inSession`: no instant outside of the sessions was left. */
export interface Renewal {
  readonly at: number;
  readonly inSession: boolean;
  /** The broker keeps one token to its end, so it cannot be had earlier. */
  readonly atExpiry: boolean;
}

export interface Week {
  readonly renewals: readonly Renewal[];
  /** Life that was assumed for the tokens to come, milliseconds. */
  readonly life: number;
  /** Whether that is the life of the published token, or only the usual one. */
  readonly measured: boolean;
}

/** Both brokers' usual one; docs/brokers.md tells of shorter ones. */
const USUAL_LIFE = DAY;

/**
 * The renewals of the time to come, by the refresher's own plan: each token lives as long as the
 * published one, and the broker answers at the first call.
 */
export function planWeek(credential: Credential, from: number, to: number): Week {
  const { published, attempt } = credential.state;
  const measured = published !== undefined;
  const life = measured ? Math.max(MINUTE, published.expiresAt - published.issuedAt) : USUAL_LIFE;
  const rules = rulesOf(credential);
  const keepsToItsEnd = rules.reuseWindow === undefined && attempt?.outcome === 'unchanged';

  const renewals: Renewal[] = [];
  let next = firstRenewal(credential, from);
  let current: Life | undefined = published;
  while (next !== undefined && next < to) {
    const inSession =
      current !== undefined && inAnySession(next, rules.sessions) && failsOpen(next, current, rules);
    renewals.push({
      at: next,
      inSession: inSession || (current === undefined && inAnySession(next, rules.sessions)),
      atExpiry: keepsToItsEnd,
    });
    current = { issuedAt: next, expiresAt: next + life };
    next = keepsToItsEnd ? current.expiresAt + SECOND : planRenewal(current, rules).renewAt;
  }
  return { renewals, life, measured };
}

/** When a token is asked for next, as the decision of this instant has it; undefined: a person decides. */
function firstRenewal(credential: Credential, now: number): number | undefined {
  const decision = decide(factsOf(credential), now);
  return decision.action === 'issue' ? now : decision.until;
}

export function inAnySession(instant: number, sessions: readonly Session[]): boolean {
  return protectedSince(instant, sessions, 0) !== undefined;
}

function rulesOf(credential: Credential): RenewalRules {
  const { config } = credential;
  return {
    renewBefore: config.renewBeforeSeconds * SECOND,
    checkEvery: config.checkEverySeconds * SECOND,
    sessions: config.sessions,
    reuseWindow: contractOf(credential).reuseWindow,
  };
}

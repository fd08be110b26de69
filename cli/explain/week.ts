import { rulesOf } from '../../lambdas/decision/health.ts';
import { type Life, planRenewal } from '../../lambdas/decision/renewal.ts';
import { protectedSince } from '../../lambdas/decision/trading-hours.ts';
import type { Session } from '../../lambdas/shared/sessions.ts';
import { type Credential, contractOf, factsOf } from '../credentials.ts';
import { isStep, predictBest } from '../foresight.ts';
import { DAY, MINUTE, SECOND } from '../time.ts';

/** A planned renewal; `inSession`: no instant outside of the sessions was left. */
export interface Renewal {
  readonly at: number;
  readonly inSession: boolean;
  /** The broker returns one token until it expires, so the next one cannot be issued earlier. */
  readonly atExpiry: boolean;
}

export interface Week {
  readonly renewals: readonly Renewal[];
  /** Assumed life of the next tokens, milliseconds. */
  readonly life: number;
  /** Whether that is the life of the published token, or only the usual one. */
  readonly measured: boolean;
}

/** The usual life at both brokers; docs/brokers.md names shorter ones. */
const USUAL_LIFE = DAY;

/**
 * The next renewals, by the refresher's own plan: each token lives as long as the published one, and
 * the broker answers at the first call.
 */
export function planWeek(credential: Credential, from: number, to: number): Week {
  const { published } = credential.state;
  const measured = published !== undefined;
  const life = measured ? Math.max(MINUTE, published.expiresAt - published.issuedAt) : USUAL_LIFE;
  const rules = rulesOf({ config: credential.config, contract: contractOf(credential) });
  const keepsToItsEnd = isKeptToItsEnd(credential);

  const renewals: Renewal[] = [];
  let next = firstRenewal(credential, from);
  while (next !== undefined && next < to) {
    const inSession = inAnySession(next, rules.sessions);
    renewals.push({ at: next, inSession, atExpiry: keepsToItsEnd });
    const current: Life = { issuedAt: next, expiresAt: next + life };
    next = keepsToItsEnd ? current.expiresAt + SECOND : planRenewal(current, rules).renewAt;
  }
  return { renewals, life, measured };
}

/** The broker returned this token at its renewal, and it is not replaced early. */
function isKeptToItsEnd({ config, state: { published, revokeUseless } }: Credential): boolean {
  const isReturned = config.broker === 'kiwoom' && (published?.returnedAgain ?? 0) > 0;
  return isReturned && (config.renewEarly !== 'revoke' || revokeUseless === true);
}

/** When a token is requested next, if the broker accepts the published one; undefined: a person decides. */
function firstRenewal(credential: Credential, now: number): number | undefined {
  const { decision } = predictBest(factsOf(credential, now), now);
  if (decision.action === 'read-secret' && decision.reason === 'CredentialsRejected') return undefined;
  return isStep(decision) ? now : decision.until;
}

export function inAnySession(instant: number, sessions: readonly Session[]): boolean {
  return protectedSince(instant, sessions, 0) !== undefined;
}

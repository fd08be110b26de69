import { rulesOf } from '../../lambdas/decision/health.ts';
import { planRenewal, type TokenLifetime } from '../../lambdas/decision/renewal.ts';
import { protectedSince } from '../../lambdas/decision/trading-hours.ts';
import type { Session } from '../../lambdas/shared/sessions.ts';
import { type Credential, contractOf, factsOf } from '../credentials.ts';
import { isStep, predictBestCase } from '../predict.ts';
import { DAY, MINUTE, SECOND } from '../time.ts';

/** A planned renewal. `inSession`: there is no instant outside the sessions. */
interface Renewal {
  readonly at: number;
  readonly inSession: boolean;
  /** The broker returns the same token until it expires. */
  readonly atExpiry: boolean;
}

export interface Week {
  readonly renewals: readonly Renewal[];
  /** Assumed life of the next tokens, milliseconds. */
  readonly life: number;
  /** Whether `life` is that of the published token, not the usual one. */
  readonly measured: boolean;
}

/** At both brokers; docs/brokers.md lists shorter ones. */
const USUAL_LIFE = DAY;

/**
 * The next renewals, planned by the code of the refresher. Each token has the life of the published one, and the broker
 * answers the first call.
 */
export function planWeek(credential: Credential, from: number, to: number): Week {
  const { published } = credential.state;
  const measured = published !== undefined;
  const life = measured ? Math.max(MINUTE, published.expiresAt - published.issuedAt) : USUAL_LIFE;
  const rules = rulesOf({ config: credential.config, contract: contractOf(credential) });
  const keepsUntilExpiry = isKeptUntilExpiry(credential);

  const renewals: Renewal[] = [];
  let next = firstRenewal(credential, from);
  while (next !== undefined && next < to) {
    const inSession = inAnySession(next, rules.sessions);
    renewals.push({ at: next, inSession, atExpiry: keepsUntilExpiry });
    const current: TokenLifetime = { issuedAt: next, expiresAt: next + life };
    next = keepsUntilExpiry ? current.expiresAt + SECOND : planRenewal(current, rules).renewAt;
  }
  return { renewals, life, measured };
}

/** The broker returned this token at its renewal, and the token is kept until it expires. */
function isKeptUntilExpiry({ config, state: { published, revokeUseless } }: Credential): boolean {
  const isReturned = config.broker === 'kiwoom' && (published?.returnedAgain ?? 0) > 0;
  return isReturned && (config.renewEarly !== 'revoke' || revokeUseless === true);
}

/** The next issue call if the broker accepts the published token; undefined if none is planned. */
function firstRenewal(credential: Credential, now: number): number | undefined {
  const { decision } = predictBestCase(factsOf(credential, now), now);
  if (decision.action === 'read-secret' && decision.reason === 'CredentialsRejected') return undefined;
  return isStep(decision) ? now : decision.until;
}

function inAnySession(instant: number, sessions: readonly Session[]): boolean {
  return protectedSince(instant, sessions, 0) !== undefined;
}

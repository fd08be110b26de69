import { renewalRulesOf } from '../../lambdas/decision/health.ts';
import { planRenewal, type TokenLifetime } from '../../lambdas/decision/renewal.ts';
import { protectedTimeStart } from '../../lambdas/decision/trading-hours.ts';
import { brokerContractOf, type Credential, decisionFactsOf } from '../credentials.ts';
import { isStep, predictBestCase } from '../predict.ts';
import { DAY, MINUTE, SECOND } from '../time.ts';

export type WeekPlan = ReturnType<typeof planWeek>;

/** The usual token lifetime at both brokers. docs/brokers.md lists shorter lifetimes. */
const USUAL_LIFE = DAY;

/**
 * Plans the next renewals with the code of the refresher. The plan assumes that each token has the lifetime
 * of the published token, and that the first broker call of each renewal succeeds.
 */
export function planWeek(credential: Credential, from: number, to: number) {
  const { published } = credential.state;
  const isLifeOfPublishedToken = published !== undefined;
  const life = isLifeOfPublishedToken
    ? Math.max(MINUTE, published.expiresAt - published.issuedAt)
    : USUAL_LIFE;
  const rules = renewalRulesOf({ config: credential.config, contract: brokerContractOf(credential) });
  const renewsOnlyAfterExpiry = isRenewedOnlyAfterExpiry(credential);

  const renewals: { at: number; inSession: boolean; atExpiry: boolean }[] = [];
  let at = firstRenewal(credential, from);
  while (at !== undefined && at < to) {
    // A renewal is in a trading session only if no other time is possible.
    const inSession = protectedTimeStart(at, rules.sessions, 0) !== undefined;
    renewals.push({ at, inSession, atExpiry: renewsOnlyAfterExpiry });
    const newTokenLifetime: TokenLifetime = { issuedAt: at, expiresAt: at + life };
    at = renewsOnlyAfterExpiry
      ? newTokenLifetime.expiresAt + SECOND
      : planRenewal(newTokenLifetime, rules).renewAt;
  }
  return {
    renewals,
    /** The assumed lifetime of the next tokens, in milliseconds. */
    life,
    /** Whether `life` is the lifetime of the published token, and not the usual lifetime. */
    isLifeOfPublishedToken,
  };
}

/** If Kiwoom returned the same token at the last renewal, the token is replaced only after its expiry. */
function isRenewedOnlyAfterExpiry({ config, state: { published, revokeUseless } }: Credential): boolean {
  const returnedSameToken = config.broker === 'kiwoom' && (published?.returnedAgain ?? 0) > 0;
  return returnedSameToken && (config.renewEarly !== 'revoke' || revokeUseless === true);
}

/** Returns the time of the next issue call; undefined if none is planned. */
function firstRenewal(credential: Credential, now: number): number | undefined {
  const { decision } = predictBestCase(decisionFactsOf(credential, now), now);
  if (decision.action === 'read-secret' && decision.reason === 'CredentialsRejected') return undefined;
  return isStep(decision) ? now : decision.until;
}

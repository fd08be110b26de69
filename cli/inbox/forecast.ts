import type { Facts, Hold, Step, Wait } from '../../lambdas/decision/facts.ts';
import { isLiveAt } from '../../lambdas/decision/health.ts';
import { withoutCompletedRequests } from '../../lambdas/decision/requests.ts';
import { INITIAL_STATE } from '../../lambdas/shared/state.ts';
import { brokerContractOf, type Credential, decisionFactsOf } from '../credentials.ts';
import { isStep, predictBestCase, predictDecision } from '../predict.ts';

/** The expected answer of the refresher to a request, according to its decision rules. */
export type Forecast =
  /** The refresher requests a token at once. */
  | { readonly will: 'issue' }
  /**
   * The refresher first verifies the token or reads a changed secret; the next step depends on the result.
   */
  | { readonly will: 'verify'; readonly decision: Step }
  /**
   * The published token is dead, because the broker returned a token that the broker itself rejects. The
   * refresher revokes this token again, and requests a new token.
   */
  | { readonly will: 'revoke' }
  /** The request stays pending until `until`. */
  | { readonly will: 'wait'; readonly until: number; readonly decision: Wait }
  /** The refresher would reject the request. */
  | { readonly will: 'refuse'; readonly until: number | undefined; readonly decision: Wait | Hold };

/** Forecasts the answer to a `forced` request. */
export function forecastForcedRequest(credential: Credential, now: number): Forecast {
  return forecast(
    decisionFactsOf(credential, now, { credential: credential.config.id, cause: 'forced' }),
    now,
  );
}

/**
 * Forecasts the answer to a `revoke` request: whether the refresher can issue a new token after the broker
 * has confirmed the revocation.
 */
export function forecastAfterRevoke(credential: Credential, now: number): Forecast {
  const facts = decisionFactsOf(credential, now, { credential: credential.config.id, cause: 'revoke' });
  return forecastUselessRevocation(credential, now) ?? forecast(facts, now);
}

/**
 * Returns a rejection if the broker is known to return the same token even after it confirmed a revocation.
 */
function forecastUselessRevocation(credential: Credential, now: number): Forecast | undefined {
  const { published, revokeUseless } = credential.state;
  if (!revokeUseless || published === undefined || !isLiveAt(credential.state, now)) return undefined;
  const { reuseWindow } = brokerContractOf(credential);
  const until = reuseWindow === undefined ? published.expiresAt : published.issuedAt + reuseWindow;
  if (now >= until) return undefined;
  return { will: 'refuse', until, decision: { action: 'wait', reason: 'WouldReuse', until, sleep: false } };
}

/**
 * Forecasts the answer to a request. If the refresher would first wait and then reject the request, the
 * forecast is a rejection.
 */
function forecast(facts: Facts, now: number): Forecast {
  const firstForecast = forecastAt(facts, now);
  if (firstForecast.will !== 'wait') return firstForecast;
  const forecastAfterWait = forecastAt(facts, firstForecast.until);
  return forecastAfterWait.will === 'refuse' ? forecastAfterWait : firstForecast;
}

function forecastAt(facts: Facts, now: number): Forecast {
  const firstDecision = predictDecision(facts, now).decision;
  const dependsOnResult =
    firstDecision.action === 'read-secret' ||
    firstDecision.reason === 'Suspect' ||
    firstDecision.reason === 'SecretVersion';
  if (isStep(firstDecision) && dependsOnResult) return { will: 'verify', decision: firstDecision };
  const { decision } = predictBestCase(facts, now);
  switch (decision.action) {
    case 'revoke':
      return { will: 'revoke' };
    case 'hold':
      return { will: 'refuse', until: decision.until, decision };
    case 'wait':
      return { will: staysPending(decision) ? 'wait' : 'refuse', until: decision.until, decision };
    default:
      return { will: 'issue' };
  }
}

/** Returns whether a forced request stays pending after the refresher decided to wait. */
function staysPending(decision: Wait): boolean {
  const forcedState = { ...INITIAL_STATE, pending: { forced: { since: 0 } } };
  return withoutCompletedRequests(forcedState, decision).pending?.forced !== undefined;
}

import type { Decision, Facts, Wait } from '../../lambdas/decision/facts.ts';
import { isLiveAt } from '../../lambdas/decision/health.ts';
import { withoutCompletedRequests } from '../../lambdas/decision/requests.ts';
import { INITIAL_STATE } from '../../lambdas/shared/state.ts';
import { brokerContractOf, type Credential, decisionFactsOf } from '../credentials.ts';
import { BROKER_DISPLAY_NAME } from '../labels.ts';
import { isStep, predictBestCase, predictDecision } from '../predict.ts';
import { at } from '../time.ts';

/**
 * The expected answer of the refresher to a request. `wait`: the request stays pending until the instant
 * `until`. `verify`: the refresher first verifies the token or reads a changed secret, and the next step
 * depends on the result. `revoke`: the broker returned a token that the broker itself rejects, so the
 * refresher revokes the token again, and requests a new one.
 */
export type Forecast = { readonly decision: Decision } & (
  | { readonly will: 'wait'; readonly until: number }
  | { readonly will: 'issue' | 'verify' | 'revoke' | 'refuse'; readonly until?: number | undefined }
);

export function forecastForcedRequest(credential: Credential, now: number): Forecast {
  const message = { credential: credential.config.id, cause: 'forced' } as const;
  return forecast(decisionFactsOf(credential, now, message), now);
}

/** Forecasts whether the refresher can issue a new token after the broker has confirmed a revocation. */
export function forecastAfterRevoke(credential: Credential, now: number): Forecast {
  const message = { credential: credential.config.id, cause: 'revoke' } as const;
  return (
    forecastUselessRevocation(credential, now) ?? forecast(decisionFactsOf(credential, now, message), now)
  );
}

/** Returns a rejection if the broker is known to return the same token even after a confirmed revocation. */
function forecastUselessRevocation(credential: Credential, now: number): Forecast | undefined {
  const { published, revokeUseless } = credential.state;
  if (!revokeUseless || published === undefined || !isLiveAt(credential.state, now)) return undefined;
  const { reuseWindow } = brokerContractOf(credential);
  const until = reuseWindow === undefined ? published.expiresAt : published.issuedAt + reuseWindow;
  if (now >= until) return undefined;
  return { will: 'refuse', until, decision: { action: 'wait', reason: 'WouldReuse', until, sleep: false } };
}

/** If the refresher would first wait and then reject the request, the forecast is a rejection. */
function forecast(facts: Facts, now: number): Forecast {
  const firstForecast = forecastAt(facts, now);
  if (firstForecast.will !== 'wait') return firstForecast;
  const forecastAfterWait = forecastAt(facts, firstForecast.until);
  return forecastAfterWait.will === 'refuse' ? forecastAfterWait : firstForecast;
}

function forecastAt(facts: Facts, now: number): Forecast {
  const { decision: firstDecision } = predictDecision(facts, now);
  const dependsOnResult =
    firstDecision.action === 'read-secret' ||
    firstDecision.reason === 'Suspect' ||
    firstDecision.reason === 'SecretVersion';
  if (isStep(firstDecision) && dependsOnResult) return { will: 'verify', decision: firstDecision };
  const { decision } = predictBestCase(facts, now);
  if (decision.action === 'wait' && staysPending(decision))
    return { will: 'wait', until: decision.until, decision };
  if (decision.action === 'wait' || decision.action === 'hold')
    return { will: 'refuse', until: decision.until, decision };
  return { will: decision.action === 'revoke' ? 'revoke' : 'issue', decision };
}

/** Returns whether a forced request stays pending after the refresher decided to wait. */
function staysPending(decision: Wait): boolean {
  const forcedState = { ...INITIAL_STATE, pending: { forced: { since: 0 } } };
  return withoutCompletedRequests(forcedState, decision).pending?.forced !== undefined;
}

/**
 * Returns a hint to run the command `revoke`. Within the reuse window of a token, the broker issues a new
 * token only after a revocation. Returns undefined if a revocation is not necessary or would not help.
 */
export function revokeHint(credential: Credential, now: number, program: string): string | undefined {
  const { config, state } = credential;
  const { published } = state;
  const { reuseWindow } = brokerContractOf(credential);
  if (published === undefined || reuseWindow === undefined || state.revokeUseless) return undefined;
  const until = Math.min(published.issuedAt + reuseWindow, published.expiresAt);
  if (published.revokedAt !== undefined || now >= until) return undefined;
  return `${BROKER_DISPLAY_NAME[config.broker]} returns this token until ${at(until, now)}. To invalidate it and get another one now: ${program} revoke ${config.id}.`;
}

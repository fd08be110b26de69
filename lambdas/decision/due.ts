import type { DueReason, Facts, KeepReason } from './facts.ts';
import { credentialsChange, isExpired, isLiveAt, renewalRulesOf } from './health.ts';
import { renewalDue } from './renewal.ts';

/** Either the first reason to issue a new token, or the reason to keep the current token. */
export type Due =
  | { readonly due: DueReason; readonly keep?: undefined }
  | { readonly keep: KeepReason; readonly due?: undefined };

export function findDueReason(facts: Facts, now: number): Due {
  const { state, parameter } = facts;
  const { published, pending } = state;
  // After the state was damaged, the refresher keeps the recovered token only if the broker accepts it.
  if (facts.unreadable && facts.done.verdict !== 'alive') return { due: 'Interrupted' };
  if (pending?.revoke && pending.revoke.fingerprint === undefined) return { due: 'Interrupted' };
  if (published === undefined) return { due: 'Missing' };
  const change = credentialsChange(facts);
  if (change === 'key' || change === 'secret' || change === 'unusable') return { due: 'CredentialsChanged' };
  if (parameter === 'lost' || (parameter === 'changed' && isLiveAt(state, now)))
    return { due: 'ParameterLost' };
  if (published.health === 'dead') return { due: 'TokenDead' };
  if (pending?.forced) return { due: 'Forced' };
  if (isExpired(state, now)) return { due: 'Expired' };
  const renewal = renewalDue(published, renewalRulesOf(facts), now);
  if (renewal === 'due') return { due: 'NearExpiry' };
  if (renewal === 'fail-open') return { due: 'NearExpiryFailOpen' };
  return { keep: findKeepReason(facts) };
}

function findKeepReason({ state, done, staleReport }: Facts): KeepReason {
  if (staleReport) return 'AlreadyReplaced';
  if (state.published?.health === 'suspect' || done.verdict === 'unclear') return 'Unverified';
  return done.verdict === 'alive' ? 'StillAlive' : 'Fresh';
}

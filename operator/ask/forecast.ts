import { type Decision, decide } from '../../lambdas/refresher/decide.ts';
import { knownDead } from '../../lambdas/refresher/outcome.ts';
import { type Credential, factsOf } from '../credentials.ts';

/** What a request would be answered, by the refresher's own rules and before it is sent. */
export type Forecast =
  /** The broker is asked at once. */
  | { readonly will: 'issue'; readonly decision: Decision }
  /** A reported token is tried first; what follows depends on the broker. */
  | { readonly will: 'check'; readonly decision: Decision }
  /** Not at once: it would be kept as a wish, and served by the first look after `until`. */
  | { readonly will: 'wait'; readonly until: number; readonly decision: Decision & { action: 'wait' } }
  /** The answer would be no. */
  | {
      readonly will: 'refuse';
      readonly until: number | undefined;
      readonly decision: Decision & { action: 'wait' | 'hold' };
    };

/** Of `forced`: a new token although none is due. */
export function forecastForced(credential: Credential, now: number): Forecast {
  const facts = factsOf(credential, 'forced');
  return forecast((instant) => decide(facts, instant), now);
}

/** Of what follows a revocation, once the token is known as dead. */
export function forecastAfterRevoke({ config, state, unreadable }: Credential, now: number): Forecast {
  const dead = state.published === undefined ? state : knownDead(state);
  const after = { config, state: { ...dead, paused: undefined, wanted: undefined }, unreadable };
  const facts = factsOf(after);
  return forecast((instant) => decide(facts, instant), now);
}

/** A wait that ends in another no is that no: nobody shall wait a minute to hear of six hours. */
function forecast(decideAt: (instant: number) => Decision, now: number): Forecast {
  const first = forecastOf(decideAt(now));
  if (first.will !== 'wait') return first;
  const then = forecastOf(decideAt(first.until));
  return then.will === 'refuse' ? then : first;
}

function forecastOf(decision: Decision): Forecast {
  switch (decision.action) {
    case 'issue':
      return { will: 'issue', decision };
    case 'keep':
      return { will: 'check', decision };
    case 'hold':
      return { will: 'refuse', until: decision.until, decision };
    case 'wait':
      // Of these the refresher keeps the wish (lambdas/refresher/wish.ts); any other wait is an answer.
      return decision.reason === 'TooSoon' || decision.reason === 'BackingOff'
        ? { will: 'wait', until: decision.until, decision }
        : { will: 'refuse', until: decision.until, decision };
  }
}

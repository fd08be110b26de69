import { decide } from '../../lambdas/refresher/decide.ts';
import type { Request, Verdict } from '../ask/verdict.ts';
import { type Credential, factsOf } from '../credentials.ts';
import { obstacle } from '../reasons.ts';
import { at } from '../time.ts';
import { cureOf, OUTCOME, saying } from '../words.ts';

/** What the refresher made of a key that was stored as `version` of the secret. */
export function verdictOnChange(
  credential: Credential,
  { messageId }: Request,
  version: string,
  now: number,
): Verdict {
  const { config, state } = credential;
  const { attempt, published } = state;
  const tried = attempt?.secretVersion === version && attempt.outcome !== 'started';
  if (published?.secretVersion === version && tried) {
    const how =
      attempt.outcome === 'unchanged'
        ? 'takes it, and handed back the same token'
        : 'takes it: a new token is published';
    return {
      is: 'done',
      text: `The broker ${how} (generation ${state.generation}, works until ${at(published.expiresAt, now)}).`,
    };
  }
  if (tried || (attempt?.messageId === messageId && attempt.outcome === 'unconfigured')) {
    return {
      is: 'failed',
      text: `${OUTCOME[attempt.outcome]}${saying(attempt)}`,
      fix:
        cureOf(attempt.outcome, attempt.brokerCode) ??
        'The refresher tries again by itself; status shows it.',
    };
  }
  if (state.last?.messageId !== messageId)
    return {
      is: 'open',
      progress: attempt?.outcome === 'started' ? 'The broker is being asked' : 'Waiting for the refresher',
    };
  const decision = decide(factsOf(credential), now);
  if (decision.action === 'wait' || decision.action === 'hold')
    return { is: 'done', text: `The refresher knows of it. ${obstacle(decision, credential, now)}` };
  return {
    is: 'done',
    text: `The refresher knows of it, and asks with it at its next renewal of ${config.id}.`,
  };
}

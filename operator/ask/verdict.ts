import { decide } from '../../lambdas/refresher/decide.ts';
import type { State } from '../../lambdas/shared/state.ts';
import { type Credential, factsOf } from '../credentials.ts';
import { obstacle } from '../reasons.ts';
import { at, kst, SECOND } from '../time.ts';
import { cureOf, OUTCOME, saying } from '../words.ts';

/** What the state says of a request that was sent. */
export type Verdict =
  /** Not answered yet; `progress`: what is known so far. */
  | { readonly is: 'open'; readonly progress: string }
  | { readonly is: 'done'; readonly text: string }
  | { readonly is: 'failed'; readonly text: string; readonly fix: string };

/** The request: its message, and the state it was sent upon. */
export interface Request {
  readonly messageId: string;
  readonly before: State;
}

const NOT_YET: Verdict = { is: 'open', progress: 'Waiting for the refresher' };

/** Whether a `forced` has come to its end. */
export function verdictOnForced(credential: Credential, request: Request, now: number): Verdict {
  const { state } = credential;
  const issued = newToken(credential, request, now);
  if (issued !== undefined) return issued;
  if (state.attempt?.messageId === request.messageId && state.attempt.outcome === 'started')
    return { is: 'open', progress: 'The broker is being asked' };
  if (state.last?.messageId !== request.messageId) return NOT_YET;
  const soon = continues(credential, now);
  if (soon !== undefined) return soon;
  return state.attempt?.messageId === request.messageId ? attempted(state) : answered(credential, now);
}

/** Whether a `revoke` has come to its end. */
export function verdictOnRevoke(
  credential: Credential,
  request: Request,
  reissue: boolean,
  now: number,
): Verdict {
  const { state } = credential;
  const { messageId } = request;
  const mine = state.attempt?.messageId === messageId ? state.attempt : undefined;
  if (
    mine !== undefined &&
    !['revoked', 'published', 'started'].includes(mine.outcome) &&
    state.last?.action === 'revoke'
  )
    return {
      is: 'failed',
      text: `The token is marked as dead, but the broker did not confirm the revocation: ${OUTCOME[mine.outcome]}${saying(mine)}`,
      fix: 'It may still work at the broker. Revoke again in a minute, or withdraw the key at the broker’s site.',
    };
  if (!reissue) {
    if (state.last?.messageId !== messageId || !state.paused) return NOT_YET;
    const told =
      mine?.outcome === 'revoked' ? 'The broker revoked the token.' : 'There was no living token to revoke.';
    return {
      is: 'done',
      text: `${told} ${credential.config.id} is paused: nothing is issued until it is resumed.`,
    };
  }
  const issued = newToken(credential, request, now);
  if (issued !== undefined) return issued;
  if (state.last?.messageId !== messageId) return NOT_YET;
  const soon = continues(credential, now);
  if (soon !== undefined) return soon;
  if (state.last.action === 'revoke') return { is: 'open', progress: 'Revoked; waiting for the new token' };
  return mine === undefined ? answered(credential, now) : attempted(state);
}

function newToken({ config, state }: Credential, { before }: Request, now: number): Verdict | undefined {
  const { published, generation, attempt } = state;
  if (generation <= before.generation || published === undefined || attempt?.outcome === 'started')
    return undefined;
  return {
    is: 'done',
    text: `${config.id} has a new token: generation ${generation}, works until ${at(published.expiresAt, now)}, is renewed ${at(published.renewAt, now)}.`,
  };
}

/** No token is left, and the refresher waits inside of its invocation, or until the next look, to ask again. */
function continues(credential: Credential, now: number): Verdict | undefined {
  const decision = decide(factsOf(credential), now);
  const patience = (credential.config.checkEverySeconds + 90) * SECOND;
  if (decision.action === 'issue' && decision.must && credential.state.attempt?.outcome !== 'unavailable')
    return { is: 'open', progress: 'The broker is asked again at the next look' };
  if (decision.action !== 'wait' || !decision.must || decision.until > now + patience) return undefined;
  if (decision.reason === 'BackingOff' || decision.reason === 'BudgetSpent') return undefined;
  return { is: 'open', progress: `The broker is asked again at ${kst(decision.until).slice(11)} KST` };
}

function attempted(state: State): Verdict {
  const { attempt } = state;
  if (attempt === undefined) return NOT_YET;
  const text = `No new token: ${OUTCOME[attempt.outcome]}${saying(attempt)}`;
  const fix =
    attempt.outcome === 'unchanged'
      ? 'The published token goes on; explain tells when the broker gives a new one.'
      : (cureOf(attempt.outcome, attempt.brokerCode) ??
        'The refresher tries again by itself; status shows it.');
  return { is: 'failed', text: endSentence(text), fix };
}

/** It was answered without a call: the world changed between our look and the refresher's. */
function answered(credential: Credential, now: number): Verdict {
  const { last } = credential.state;
  const decision = decide(factsOf(credential, 'forced'), now);
  if (decision.action === 'wait' || decision.action === 'hold') {
    const kept = credential.state.wanted?.reason === 'Forced';
    return {
      is: 'failed',
      text: `Not yet: ${obstacle(decision, credential, now)}`,
      fix: kept
        ? `The request is kept: the first look after ${at(decision.until ?? now, now)} serves it.`
        : `Ask again ${decision.until === undefined ? 'later' : at(decision.until, now)}.`,
    };
  }
  return {
    is: 'failed',
    text: `The refresher answered ${last?.action} ${last?.reason}, and issued no token.`,
    fix: `See: explain ${credential.config.id}.`,
  };
}

function endSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

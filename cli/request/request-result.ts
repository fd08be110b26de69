import { hasLiveToken } from '../../lambdas/decision/health.ts';
import type { Attempt, State } from '../../lambdas/shared/state.ts';
import { type Credential, factsOf } from '../credentials.ts';
import { isStep, predict, predictBest } from '../foresight.ts';
import { describeAttempt, endSentence, fixFor } from '../labels.ts';
import { isReason, sentenceOf } from '../reasons.ts';
import { at, kst, SECOND } from '../time.ts';
import { revokeHint } from './revoke-hint.ts';

/** What the state says about a request that was sent. */
export type RequestResult =
  /** Not answered yet; `progress`: what is known so far. */
  | { readonly is: 'open'; readonly progress: string }
  | { readonly is: 'done'; readonly text: string }
  /** Not served yet: the refresher keeps the request and tries again without another message. */
  | { readonly is: 'pending'; readonly text: string; readonly fix: string }
  | { readonly is: 'failed'; readonly text: string; readonly fix: string };

/** The request: its message, and the state before it was sent. */
export interface SentRequest {
  readonly messageId: string;
  readonly before: State;
  /** How the command line is called, for hints. */
  readonly program: string;
}

const WAITING: RequestResult = { is: 'open', progress: 'Waiting for the refresher' };

/** The result of a `forced` request. */
export function forcedResult(credential: Credential, request: SentRequest, now: number): RequestResult {
  const { state } = credential;
  const issued = newToken(credential, request, now);
  if (issued !== undefined) return issued;
  if (isStarted(state, request)) return { is: 'open', progress: 'Waiting for the broker' };
  if (state.lastRequest?.messageId !== request.messageId) return WAITING;
  return nextTry(credential, now) ?? resultOf(credential, request, now);
}

/** The result of a `revoke` request. */
export function revokeResult(
  credential: Credential,
  request: SentRequest,
  reissue: boolean,
  now: number,
): RequestResult {
  const { config, state } = credential;
  const isAnswered = state.lastRequest?.messageId === request.messageId;
  if (reissue) {
    const issued = newToken(credential, request, now);
    if (issued !== undefined) return issued;
  } else if (state.paused && (isAnswered || !request.before.paused)) {
    const revoked = state.published?.revokedAt !== undefined;
    const result = revoked ? 'The broker confirmed the revocation.' : 'There was no live token to revoke.';
    return { is: 'done', text: `${result} ${config.id} is paused: no token is issued until it is resumed.` };
  }
  if (isStarted(state, request)) return { is: 'open', progress: 'Waiting for the broker' };
  if (!isAnswered) return WAITING;
  if (state.pending?.revoke !== undefined) return revokePending(credential, request, now);
  const again = nextTry(credential, now);
  if (again !== undefined) return again;
  if (ownAttempt(state, request)?.outcome === 'revoked')
    return { is: 'open', progress: 'Revoked; waiting for the new token' };
  return resultOf(credential, request, now);
}

/** The broker has not confirmed the revocation: neither revoked nor paused. */
function revokePending({ state, config }: Credential, request: SentRequest, now: number): RequestResult {
  const attempt = ownAttempt(state, request);
  const isRevocation = attempt?.kind === 'revoke' && attempt.outcome !== 'revoked';
  const why = isRevocation ? `: ${endSentence(describeAttempt(attempt))}` : '.';
  const end = state.published === undefined ? '' : `, at the latest ${at(state.published.expiresAt, now)}`;
  return {
    is: 'pending',
    text: `RevokePending: the broker has not confirmed the revocation of the token of ${config.id}${why} The token may still work.`,
    fix: `The refresher revokes it again at each tick until the broker confirms it or the token expires${end}. See: ${request.program} status ${config.id}. To block the token now, withdraw the app key at the broker’s site.`,
  };
}

/** A new token: done once it is known to work. */
function newToken(
  { config, state }: Credential,
  request: SentRequest,
  now: number,
): RequestResult | undefined {
  const { published, generation, attempt, lastRequest } = state;
  if (generation <= request.before.generation || published === undefined || attempt?.outcome === 'started')
    return undefined;
  if (published.health === 'live')
    return {
      is: 'done',
      text: `${config.id} has a new token: generation ${generation}, expires ${at(published.expiresAt, now)}, renewal ${at(published.renewAt, now)}.`,
    };
  if (published.health === 'dead' || lastRequest?.messageId !== request.messageId) return undefined;
  return {
    is: 'pending',
    text: `${config.id} has a new token, generation ${generation}, and the broker did not answer when it was verified.`,
    fix: 'The refresher verifies it again at the next tick.',
  };
}

/** No live token is left, and the refresher asks again at the next tick or before. */
function nextTry(credential: Credential, now: number): RequestResult | undefined {
  const facts = factsOf(credential, now);
  if (hasLiveToken(facts, now) || credential.state.refused !== undefined) return undefined;
  const { decision } = predict(facts, now);
  if (isStep(decision) && credential.state.attempt?.outcome !== 'unavailable')
    return { is: 'open', progress: 'The refresher asks the broker again at the next tick' };
  const patience = (credential.config.checkEverySeconds + 90) * SECOND;
  if (decision.action !== 'wait' || decision.until > now + patience) return undefined;
  if (decision.reason === 'BackingOff' || decision.reason === 'BudgetSpent') return undefined;
  return {
    is: 'open',
    progress: `The refresher asks the broker again at ${kst(decision.until).slice(11)} KST`,
  };
}

function resultOf(credential: Credential, request: SentRequest, now: number): RequestResult {
  const attempt = ownAttempt(credential.state, request);
  return attempt === undefined
    ? answered(credential, request, now)
    : attempted(credential, request, attempt, now);
}

function attempted(
  credential: Credential,
  request: SentRequest,
  attempt: Attempt,
  now: number,
): RequestResult {
  const { config, state } = credential;
  const { outcome, brokerCode } = attempt;
  const is = state.pending?.forced === undefined ? 'failed' : 'pending';
  const text = `No new token: ${endSentence(describeAttempt(attempt))}`;
  if (outcome !== 'unchanged') {
    const again = 'The refresher tries again by itself; status shows it.';
    return { is, text, fix: fixFor(outcome, brokerCode) ?? again };
  }
  const isDead = state.published?.health === 'dead';
  const hint = revokeHint(credential, now, request.program);
  return {
    is,
    text: isDead ? `${text} ${sentenceOf('TokenDead', credential, now)}` : text,
    fix:
      hint ??
      `${isDead ? '' : 'The published token stays in use. '}See: ${request.program} explain ${config.id}.`,
  };
}

/** The refresher answered without an issue call. */
function answered(credential: Credential, { program }: SentRequest, now: number): RequestResult {
  const { config, state } = credential;
  const { action = '', reason = '' } = state.lastRequest ?? {};
  const message = { credential: config.id, cause: 'forced' } as const;
  const { decision } = predictBest(factsOf(credential, now, message), now);
  const until = 'until' in decision ? decision.until : undefined;
  const hint = revokeHint(credential, now, program);
  const isWaiting = (action === 'wait' || action === 'hold') && isReason(reason);
  if (!isWaiting)
    return {
      is: 'failed',
      text: `The refresher answered ${action} ${reason}, and issued no token.`,
      fix: `See: ${program} explain ${config.id}.`,
    };
  const text = `Not yet: ${sentenceOf(reason, credential, now)}`;
  if (state.pending?.forced !== undefined)
    return {
      is: 'pending',
      text,
      fix: `The request stays pending: the first tick after ${at(until ?? now, now)} serves it.`,
    };
  const later = until === undefined ? '' : `It is allowed ${at(until, now)}. `;
  return { is: 'failed', text, fix: `${later}${hint ?? `See: ${program} explain ${config.id}.`}` };
}

function isStarted(state: State, request: SentRequest): boolean {
  return ownAttempt(state, request)?.outcome === 'started';
}

function ownAttempt({ attempt }: State, { messageId }: SentRequest): Attempt | undefined {
  return attempt?.messageId === messageId ? attempt : undefined;
}

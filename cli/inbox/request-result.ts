import { hasLiveToken, isLiveAt } from '../../lambdas/decision/health.ts';
import type { Attempt, State } from '../../lambdas/shared/state.ts';
import { type Credential, decisionFactsOf } from '../credentials.ts';
import { describeAttempt, endSentence, fixFor } from '../labels.ts';
import { isStep, predictBestCase, predictDecision } from '../predict.ts';
import { isReason, reasonSentence } from '../reasons.ts';
import { at, clockTime, SECOND } from '../time.ts';
import { revokeHint } from './revoke-hint.ts';

/** The result of a request, read from the state. */
export type RequestResult =
  /** The refresher has not answered yet; `progress` describes what the command waits for. */
  { readonly status: 'open'; readonly progress: string } | FinalResult;

export type FinalResult =
  | { readonly status: 'done'; readonly text: string }
  /** The refresher keeps the request, and retries without a new message. */
  | { readonly status: 'pending'; readonly text: string; readonly fix: string }
  | { readonly status: 'failed'; readonly text: string; readonly fix: string };

/** A request that was sent to the refresher, with the state before it was sent. */
export interface SentRequest {
  readonly messageId: string;
  readonly stateBefore: State;
  /** Whether the token parameter was deleted or overwritten before the request was sent. */
  readonly wasTokenMissing?: boolean;
  /** The command name to show in hints, such as `npx broker-tokens`. */
  readonly program: string;
}

export const WAITING_FOR_REFRESHER: RequestResult = { status: 'open', progress: 'Waiting for the refresher' };
const WAITING_FOR_BROKER: RequestResult = { status: 'open', progress: 'Waiting for the broker' };

/** Returns the result of a `forced` request. */
export function forcedResult(credential: Credential, request: SentRequest, now: number): RequestResult {
  const { state } = credential;
  const issuedResult = newTokenResult(credential, request, now);
  if (issuedResult !== undefined) return issuedResult;
  if (attemptOfRequest(state, request)?.outcome === 'started') return WAITING_FOR_BROKER;
  if (state.lastRequest?.messageId !== request.messageId) return WAITING_FOR_REFRESHER;
  const tokenRestoredResult = restoredResult(credential, request, now);
  return tokenRestoredResult ?? resultBeforeNextCall(credential, now) ?? resultOf(credential, request, now);
}

/** Returns the result if the refresher has written the published token to the token parameter again. */
function restoredResult(
  { config, state, tokenProblem }: Credential,
  { wasTokenMissing }: SentRequest,
  now: number,
): RequestResult | undefined {
  if (!wasTokenMissing || tokenProblem !== undefined || !isLiveAt(state, now)) return undefined;
  return { status: 'done', text: `The token parameter of ${config.id} holds the published token again.` };
}

/** Returns the result of a `revoke` request. */
export function revokeResult(
  credential: Credential,
  request: SentRequest,
  reissue: boolean,
  now: number,
): RequestResult {
  const { state } = credential;
  const isRequestAnswered = state.lastRequest?.messageId === request.messageId;
  const attempt = attemptOfRequest(state, request);
  const finalResult = reissue
    ? newTokenResult(credential, request, now)
    : pausedResult(credential, request, isRequestAnswered);
  if (finalResult !== undefined) return finalResult;
  if (attempt?.outcome === 'started') return WAITING_FOR_BROKER;
  if (!isRequestAnswered) return WAITING_FOR_REFRESHER;
  if (state.pending?.revoke !== undefined) return pendingRevokeResult(credential, request, now);
  const waitingResult = resultBeforeNextCall(credential, now);
  if (waitingResult !== undefined) return waitingResult;
  if (attempt?.outcome === 'revoked')
    return { status: 'open', progress: 'Revoked; waiting for the new token' };
  return resultOf(credential, request, now);
}

/** Returns the result if this request, or a request that was sent after it, has paused the credential. */
function pausedResult(
  { config, state }: Credential,
  { stateBefore }: SentRequest,
  isRequestAnswered: boolean,
): RequestResult | undefined {
  if (!state.paused || (stateBefore.paused && !isRequestAnswered)) return undefined;
  const isRevoked = state.published?.revokedAt !== undefined;
  const result = isRevoked ? 'The broker confirmed the revocation.' : 'There was no live token to revoke.';
  return {
    status: 'done',
    text: `${result} ${config.id} is paused: no token is issued until it is resumed.`,
  };
}

/** Returns the result of a `revoke` request if the broker has not confirmed the revocation yet. */
function pendingRevokeResult(
  { state, config }: Credential,
  request: SentRequest,
  now: number,
): RequestResult {
  const attempt = attemptOfRequest(state, request);
  const isFailedRevocation = attempt?.kind === 'revoke' && attempt.outcome !== 'revoked';
  const why = isFailedRevocation ? `: ${endSentence(describeAttempt(attempt))}` : '.';
  const end = state.published === undefined ? '' : `, at the latest ${at(state.published.expiresAt, now)}`;
  return {
    status: 'pending',
    text: `RevokePending: the broker has not confirmed the revocation of the token of ${config.id}${why} The token may still work.`,
    fix: `The refresher revokes the token again at each tick until the broker confirms the revocation or the token expires${end}. See: ${request.program} status ${config.id}. To block the token now, withdraw the app key at the broker’s site.`,
  };
}

/** Returns the result if a new token is published. The result is `done` if the new token is verified. */
function newTokenResult(
  { config, state }: Credential,
  request: SentRequest,
  now: number,
): RequestResult | undefined {
  const { published, generation, attempt, lastRequest } = state;
  if (
    generation <= request.stateBefore.generation ||
    published === undefined ||
    attempt?.outcome === 'started'
  )
    return undefined;
  if (published.health === 'live')
    return {
      status: 'done',
      text: `${config.id} has a new token: generation ${generation}, expires ${at(published.expiresAt, now)}, renewal ${at(published.renewAt, now)}.`,
    };
  if (published.health === 'dead' || lastRequest?.messageId !== request.messageId) return undefined;
  return {
    status: 'pending',
    text: `${config.id} has a new token, generation ${generation}, and the broker did not answer when it was verified.`,
    fix: 'The refresher verifies the token again at the next tick.',
  };
}

/**
 * Returns a result with the status `open` if there is no live token and the refresher calls the broker again
 * at the next tick or earlier.
 */
function resultBeforeNextCall(credential: Credential, now: number): RequestResult | undefined {
  const facts = decisionFactsOf(credential, now);
  if (hasLiveToken(facts, now) || credential.state.refused !== undefined) return undefined;
  const { decision } = predictDecision(facts, now);
  if (isStep(decision) && credential.state.attempt?.outcome !== 'unavailable')
    return { status: 'open', progress: 'The refresher calls the broker again at the next tick' };
  const latestNextTickAt = now + (credential.config.checkEverySeconds + 90) * SECOND;
  if (decision.action !== 'wait' || decision.until > latestNextTickAt) return undefined;
  if (decision.reason === 'BackingOff' || decision.reason === 'BudgetSpent') return undefined;
  return { status: 'open', progress: `The refresher calls the broker again at ${clockTime(decision.until)}` };
}

function resultOf(credential: Credential, request: SentRequest, now: number): RequestResult {
  const attempt = attemptOfRequest(credential.state, request);
  return attempt === undefined
    ? resultWithoutCall(credential, request, now)
    : resultAfterCall(credential, request, attempt, now);
}

/** Returns the result of a request for which the refresher called the broker, but received no new token. */
function resultAfterCall(
  credential: Credential,
  { program }: SentRequest,
  attempt: Attempt,
  now: number,
): RequestResult {
  const { config, state } = credential;
  const status = state.pending?.forced === undefined ? 'failed' : 'pending';
  const text = `No new token: ${endSentence(describeAttempt(attempt))}`;
  const retryHint = 'The refresher retries automatically; status shows the result.';
  if (attempt.outcome !== 'unchanged')
    return { status, text, fix: fixFor(attempt.outcome, attempt.brokerCode) ?? retryHint };
  const revocationHint = revokeHint(credential, now, program);
  const explain = `See: ${program} explain ${config.id}.`;
  if (state.published?.health === 'dead')
    return {
      status,
      text: `${text} ${reasonSentence('TokenDead', credential, now)}`,
      fix: revocationHint ?? explain,
    };
  return { status, text, fix: revocationHint ?? `The published token stays in use. ${explain}` };
}

/** Returns the result of a request that the refresher answered without calling the broker. */
function resultWithoutCall(credential: Credential, { program }: SentRequest, now: number): RequestResult {
  const { config, state } = credential;
  const { action = '', reason = '' } = state.lastRequest ?? {};
  const explain = `See: ${program} explain ${config.id}.`;
  if ((action !== 'wait' && action !== 'hold') || !isReason(reason)) {
    const text = `The refresher issued no token. Its decision was: ${action} ${reason}.`;
    return { status: 'failed', text, fix: explain };
  }
  const facts = decisionFactsOf(credential, now, { credential: config.id, cause: 'forced' });
  const { decision } = predictBestCase(facts, now);
  const until = 'until' in decision ? decision.until : undefined;
  const text = `The request cannot be completed yet: ${reasonSentence(reason, credential, now)}`;
  if (state.pending?.forced !== undefined) {
    const fix = `The request stays pending. The first tick after ${at(until ?? now, now)} completes it.`;
    return { status: 'pending', text, fix };
  }
  const allowedAtText = until === undefined ? '' : `The request is allowed ${at(until, now)}. `;
  return {
    status: 'failed',
    text,
    fix: `${allowedAtText}${revokeHint(credential, now, program) ?? explain}`,
  };
}

function attemptOfRequest({ attempt }: State, { messageId }: SentRequest): Attempt | undefined {
  return attempt?.messageId === messageId ? attempt : undefined;
}

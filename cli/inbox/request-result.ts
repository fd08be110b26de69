import { hasLiveToken, isLiveAt } from '../../lambdas/decision/health.ts';
import type { Attempt, State } from '../../lambdas/shared/state.ts';
import { type Credential, decisionFactsOf } from '../credentials.ts';
import { describeAttempt, endSentence, fixFor } from '../labels.ts';
import { isStep, predictBestCase, predictDecision } from '../predict.ts';
import { isReason, reasonSentence } from '../reasons.ts';
import { at, clockTime, SECOND } from '../time.ts';
import { revokeHint } from './forecast.ts';

/** `pending`: the refresher keeps the request, and retries without a new message. */
export type FinalResult =
  | { readonly status: 'done'; readonly text: string }
  | { readonly status: 'pending' | 'failed'; readonly text: string; readonly fix: string };

/** The result of a request, read from the state. `open`: the refresher has not answered yet. */
export type RequestResult = FinalResult | { readonly status: 'open'; readonly progress: string };

export const openResult = (progress: string): RequestResult => ({ status: 'open', progress });
export const doneResult = (text: string): RequestResult => ({ status: 'done', text });
const pendingResult = (text: string, fix: string): RequestResult => ({ status: 'pending', text, fix });
export const failedResult = (text: string, fix: string): RequestResult => ({ status: 'failed', text, fix });

export interface SentRequest {
  readonly messageId: string;
  readonly before: Pick<Credential, 'state' | 'tokenProblem'>;
  /** The command name to show in hints, such as `npx broker-tokens`. */
  readonly program: string;
  /** The time at which the result is read. */
  readonly now: number;
}

export const WAITING_FOR_REFRESHER = openResult('Waiting for the refresher');
export const WAITING_FOR_BROKER = openResult('Waiting for the broker');

export function isAnswered({ state }: Credential, { messageId }: SentRequest): boolean {
  return state.lastRequest?.messageId === messageId;
}

/** Returns the broker call that the refresher made for the request. */
export function attemptOf({ state: { attempt } }: Credential, request: SentRequest): Attempt | undefined {
  return attempt?.messageId === request.messageId ? attempt : undefined;
}

export function forcedResult(credential: Credential, request: SentRequest): RequestResult {
  const { config, state, tokenProblem } = credential;
  const issuedResult = newTokenResult(credential, request);
  if (issuedResult !== undefined) return issuedResult;
  if (attemptOf(credential, request)?.outcome === 'started') return WAITING_FOR_BROKER;
  if (!isAnswered(credential, request)) return WAITING_FOR_REFRESHER;
  const isRestored = request.before.tokenProblem !== undefined && tokenProblem === undefined;
  if (isRestored && isLiveAt(state, request.now))
    return doneResult(`The token parameter of ${config.id} holds the published token again.`);
  return resultBeforeNextCall(credential, request.now) ?? resultOf(credential, request);
}

export function revokeResult(credential: Credential, request: SentRequest, reissue: boolean): RequestResult {
  const attempt = attemptOf(credential, request);
  const finalResult = reissue ? newTokenResult(credential, request) : pausedResult(credential, request);
  if (finalResult !== undefined) return finalResult;
  if (attempt?.outcome === 'started') return WAITING_FOR_BROKER;
  if (!isAnswered(credential, request)) return WAITING_FOR_REFRESHER;
  if (credential.state.pending?.revoke !== undefined) return pendingRevokeResult(credential, request);
  const waitingResult = resultBeforeNextCall(credential, request.now);
  if (waitingResult !== undefined) return waitingResult;
  return attempt?.outcome === 'revoked'
    ? openResult('Revoked; waiting for the new token')
    : resultOf(credential, request);
}

/** Returns the result if this request, or a request that was sent after it, has paused the credential. */
function pausedResult(credential: Credential, request: SentRequest): RequestResult | undefined {
  const { config, state } = credential;
  if (!state.paused || (request.before.state.paused && !isAnswered(credential, request))) return undefined;
  const isRevoked = state.published?.revokedAt !== undefined;
  const result = isRevoked ? 'The broker confirmed the revocation.' : 'There was no live token to revoke.';
  return doneResult(`${result} ${config.id} is paused: no token is issued until it is resumed.`);
}

/** Returns the result of a `revoke` request if the broker has not confirmed the revocation yet. */
function pendingRevokeResult(credential: Credential, request: SentRequest): RequestResult {
  const { id } = credential.config;
  const { published } = credential.state;
  const attempt = attemptOf(credential, request);
  const isFailedRevocation = attempt?.kind === 'revoke' && attempt.outcome !== 'revoked';
  const failureText = isFailedRevocation ? `: ${endSentence(describeAttempt(attempt))}` : '.';
  const end = published === undefined ? '' : `, at the latest ${at(published.expiresAt, request.now)}`;
  return pendingResult(
    `RevokePending: the broker has not confirmed the revocation of the token of ${id}${failureText} The token may still work.`,
    `The refresher revokes the token again at each tick until the broker confirms the revocation or the token expires${end}. See: ${request.program} status ${id}. To block the token now, withdraw the app key at the broker’s site.`,
  );
}

/** Returns the result if a new token is published. The result is `done` if the new token is verified. */
function newTokenResult(credential: Credential, request: SentRequest): RequestResult | undefined {
  const { now } = request;
  const { id } = credential.config;
  const { published, generation, attempt }: State = credential.state;
  const isNew = generation > request.before.state.generation && attempt?.outcome !== 'started';
  if (!isNew || published === undefined) return undefined;
  if (published.health === 'live')
    return doneResult(
      `${id} has a new token: generation ${generation}, expires ${at(published.expiresAt, now)}, renewal ${at(published.renewAt, now)}.`,
    );
  if (published.health === 'dead' || !isAnswered(credential, request)) return undefined;
  return pendingResult(
    `${id} has a new token, generation ${generation}, and the broker did not answer when it was verified.`,
    'The refresher verifies the token again at the next tick.',
  );
}

/** Returns an open result if there is no live token and the refresher calls the broker soon. */
function resultBeforeNextCall(credential: Credential, now: number): RequestResult | undefined {
  const facts = decisionFactsOf(credential, now);
  if (hasLiveToken(facts, now) || credential.state.refused !== undefined) return undefined;
  const { decision } = predictDecision(facts, now);
  if (isStep(decision) && credential.state.attempt?.outcome !== 'unavailable')
    return openResult('The refresher calls the broker again at the next tick');
  const latestNextTickAt = now + (credential.config.checkEverySeconds + 90) * SECOND;
  if (decision.action !== 'wait' || decision.until > latestNextTickAt) return undefined;
  if (decision.reason === 'BackingOff' || decision.reason === 'BudgetSpent') return undefined;
  return openResult(`The refresher calls the broker again at ${clockTime(decision.until)}`);
}

function resultOf(credential: Credential, request: SentRequest): RequestResult {
  const attempt = attemptOf(credential, request);
  return attempt === undefined
    ? resultWithoutCall(credential, request)
    : resultAfterCall(credential, request, attempt);
}

function resultAfterCall(credential: Credential, { program, now }: SentRequest, attempt: Attempt) {
  const { config, state } = credential;
  const createResult = state.pending?.forced === undefined ? failedResult : pendingResult;
  const text = `No new token: ${endSentence(describeAttempt(attempt))}`;
  const retryHint = 'The refresher retries automatically; status shows the result.';
  if (attempt.outcome !== 'unchanged')
    return createResult(text, fixFor(attempt.outcome, attempt.brokerCode) ?? retryHint);
  const hint = revokeHint(credential, now, program);
  const explain = `See: ${program} explain ${config.id}.`;
  return state.published?.health === 'dead'
    ? createResult(`${text} ${reasonSentence('TokenDead', credential, now)}`, hint ?? explain)
    : createResult(text, hint ?? `The published token stays in use. ${explain}`);
}

/** Returns the result of a request that the refresher answered without calling the broker. */
function resultWithoutCall(credential: Credential, { program, now }: SentRequest): RequestResult {
  const { config, state } = credential;
  const { action = '', reason = '' } = state.lastRequest ?? {};
  const explain = `See: ${program} explain ${config.id}.`;
  if ((action !== 'wait' && action !== 'hold') || !isReason(reason))
    return failedResult(`The refresher issued no token. Its decision was: ${action} ${reason}.`, explain);
  const facts = decisionFactsOf(credential, now, { credential: config.id, cause: 'forced' });
  const { decision } = predictBestCase(facts, now);
  const until = 'until' in decision ? decision.until : undefined;
  const text = `The request cannot be completed yet: ${reasonSentence(reason, credential, now)}`;
  if (state.pending?.forced !== undefined)
    return pendingResult(
      text,
      `The request stays pending. The first tick after ${at(until ?? now, now)} completes it.`,
    );
  const allowedAtText = until === undefined ? '' : `The request is allowed ${at(until, now)}. `;
  return failedResult(text, `${allowedAtText}${revokeHint(credential, now, program) ?? explain}`);
}

import { findDueReason } from '../../lambdas/decision/due.ts';
import { type Credential, decisionFactsOf } from '../credentials.ts';
import {
  attemptOf,
  doneResult,
  failedResult,
  isAnswered,
  type RequestResult,
  type SentRequest,
  WAITING_FOR_BROKER,
  WAITING_FOR_REFRESHER,
} from '../inbox/request-result.ts';
import { describeAttempt, fixFor } from '../labels.ts';
import { isReason, reasonSentence } from '../reasons.ts';
import { at } from '../time.ts';

/** Returns the result that the refresher recorded for the app key in this version of the secret. */
export function keyChangeResult(credential: Credential, request: SentRequest, version: string) {
  const { attempt, published, refused, lastRequest, pending } = credential.state;
  const attemptOfRequest = attemptOf(credential, request);
  if (attempt?.outcome === 'started') return WAITING_FOR_BROKER;
  if (published?.issuedFor.secretVersion === version && pending?.credentialsChanged === undefined)
    return acceptedResult(credential, request);
  if (refused?.secretVersion === version || attemptOfRequest?.outcome === 'unconfigured')
    return rejectedResult(credential);
  if (!isAnswered(credential, request)) return WAITING_FOR_REFRESHER;
  if (attemptOfRequest !== undefined && attemptOfRequest.failures > 0) {
    const retryHint = 'The refresher retries automatically. The command status shows the result.';
    const fix = fixFor(attemptOfRequest.outcome, attemptOfRequest.brokerCode) ?? retryHint;
    return failedResult(describeAttempt(attemptOfRequest), fix);
  }
  const reason = lastRequest?.reason ?? '';
  const reasonText = isReason(reason) ? reasonSentence(reason, credential, request.now) : '';
  return doneResult(
    `The refresher received the change and uses the key at its next tick. ${reasonText}`.trim(),
  );
}

function acceptedResult(credential: Credential, { before, now }: SentRequest): RequestResult {
  const { config, state } = credential;
  const { generation, published, attempt } = state;
  const { due } = findDueReason(decisionFactsOf(credential, now), now);
  const unchanged =
    attempt?.outcome === 'unchanged' ? 'it returned the same token' : 'the published token stays in use';
  const result = generation > before.state.generation ? 'a new token is published' : unchanged;
  const healthText =
    published?.health === 'live' ? `expires ${at(published.expiresAt, now)}` : `${published?.health}`;
  const next = due === undefined ? '' : ` ${reasonSentence(due, credential, now)}`;
  return doneResult(
    `The broker accepted the key of ${config.id}: ${result} (generation ${generation}, ${healthText}).${next}`,
  );
}

function rejectedResult({ state: { attempt, refused } }: Credential): RequestResult {
  const text =
    attempt === undefined ? `the broker rejected the key (${refused?.code})` : describeAttempt(attempt);
  const outcome = refused?.code === 'Unconfigured' ? 'unconfigured' : 'rejected';
  return failedResult(text, fixFor(outcome, attempt?.brokerCode) ?? 'status shows the next attempt.');
}

import { findDueReason } from '../../lambdas/decision/due.ts';
import type { KeyRejection } from '../../lambdas/shared/state.ts';
import { type Credential, decisionFactsOf } from '../credentials.ts';
import { type RequestResult, type SentRequest, WAITING_FOR_REFRESHER } from '../inbox/request-result.ts';
import { describeAttempt, fixFor } from '../labels.ts';
import { isReason, reasonSentence } from '../reasons.ts';
import { at } from '../time.ts';

/** Returns the result that the refresher recorded for the app key in this version of the secret. */
export function keyChangeResult(
  credential: Credential,
  request: SentRequest,
  version: string,
  now: number,
): RequestResult {
  const { attempt, published, refused, lastRequest, pending } = credential.state;
  const attemptOfRequest = attempt?.messageId === request.messageId ? attempt : undefined;
  if (attempt?.outcome === 'started') return { status: 'open', progress: 'Waiting for the broker' };
  if (published?.issuedFor.secretVersion === version && pending?.credentialsChanged === undefined)
    return acceptedResult(credential, request, now);
  if (refused?.secretVersion === version || attemptOfRequest?.outcome === 'unconfigured')
    return rejectedResult(credential, refused);
  if (lastRequest?.messageId !== request.messageId) return WAITING_FOR_REFRESHER;
  if (attemptOfRequest !== undefined && attemptOfRequest.failures > 0) {
    const fix = fixFor(attemptOfRequest.outcome, attemptOfRequest.brokerCode);
    const retryHint = 'The refresher retries automatically. The command status shows the result.';
    return { status: 'failed', text: describeAttempt(attemptOfRequest), fix: fix ?? retryHint };
  }
  const { reason } = lastRequest;
  const why = isReason(reason) ? reasonSentence(reason, credential, now) : '';
  const text = `The refresher received the change and uses the key at its next tick. ${why}`;
  return { status: 'done', text: text.trim() };
}

function acceptedResult(credential: Credential, { stateBefore }: SentRequest, now: number): RequestResult {
  const { config, state } = credential;
  const { generation, published, attempt } = state;
  const { due } = findDueReason(decisionFactsOf(credential, now), now);
  const unchanged =
    attempt?.outcome === 'unchanged' ? 'it returned the same token' : 'the published token stays in use';
  const result = generation > stateBefore.generation ? 'a new token is published' : unchanged;
  const healthText =
    published?.health === 'live' ? `expires ${at(published.expiresAt, now)}` : `${published?.health}`;
  const next = due === undefined ? '' : ` ${reasonSentence(due, credential, now)}`;
  return {
    status: 'done',
    text: `The broker accepted the key of ${config.id}: ${result} (generation ${generation}, ${healthText}).${next}`,
  };
}

function rejectedResult(
  { state: { attempt } }: Credential,
  rejection: KeyRejection | undefined,
): RequestResult {
  const text =
    attempt === undefined ? `the broker rejected the key (${rejection?.code})` : describeAttempt(attempt);
  const outcome = rejection?.code === 'Unconfigured' ? 'unconfigured' : 'rejected';
  const fix = fixFor(outcome, attempt?.brokerCode) ?? 'status shows the next attempt.';
  return { status: 'failed', text, fix };
}

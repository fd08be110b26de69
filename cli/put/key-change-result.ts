import { whyDue } from '../../lambdas/decision/due.ts';
import type { Refusal } from '../../lambdas/shared/state.ts';
import { type Credential, factsOf } from '../credentials.ts';
import { describeAttempt, fixFor } from '../labels.ts';
import { isReason, sentenceOf } from '../reasons.ts';
import type { RequestResult, SentRequest } from '../request/request-result.ts';
import { at } from '../time.ts';

/** What the refresher did with a key that was stored as `version` of the secret. */
export function keyChangeResult(
  credential: Credential,
  request: SentRequest,
  version: string,
  now: number,
): RequestResult {
  const { state } = credential;
  const { attempt, published, refused, lastRequest, pending } = state;
  const isAnswered = lastRequest?.messageId === request.messageId;
  const isOwn = attempt?.messageId === request.messageId;
  if (attempt?.outcome === 'started') return { is: 'open', progress: 'Waiting for the broker' };
  if (published?.issuedFor.secretVersion === version && pending?.credentialsChanged === undefined)
    return accepted(credential, request, now);
  if (refused?.secretVersion === version || (isOwn && attempt.outcome === 'unconfigured'))
    return refusedKey(credential, refused);
  if (!isAnswered) return { is: 'open', progress: 'Waiting for the refresher' };
  if (isOwn && attempt.failures > 0)
    return {
      is: 'failed',
      text: describeAttempt(attempt),
      fix:
        fixFor(attempt.outcome, attempt.brokerCode) ??
        'The refresher tries again by itself; status shows it.',
    };
  const { reason } = lastRequest;
  const why = isReason(reason) ? sentenceOf(reason, credential, now) : '';
  return {
    is: 'done',
    text: `The refresher received the change and uses the key at its next tick. ${why}`.trim(),
  };
}

function accepted(credential: Credential, { before }: SentRequest, now: number): RequestResult {
  const { config, state } = credential;
  const { generation, published, attempt } = state;
  const { due } = whyDue(factsOf(credential, now), now);
  const result =
    generation > before.generation
      ? 'a new token is published'
      : attempt?.outcome === 'unchanged'
        ? 'it returned the same token'
        : 'the published token stays in use';
  const health =
    published?.health === 'live' ? `expires ${at(published.expiresAt, now)}` : `${published?.health}`;
  const next = due === undefined ? '' : ` ${sentenceOf(due, credential, now)}`;
  return {
    is: 'done',
    text: `The broker accepted the key of ${config.id}: ${result} (generation ${generation}, ${health}).${next}`,
  };
}

function refusedKey({ state: { attempt } }: Credential, refused: Refusal | undefined): RequestResult {
  const text = attempt === undefined ? `the key was refused (${refused?.code})` : describeAttempt(attempt);
  const outcome = refused?.code === 'Unconfigured' ? 'unconfigured' : 'rejected';
  const fix = fixFor(outcome, attempt?.brokerCode) ?? 'status shows the next try.';
  return { is: 'failed', text, fix };
}

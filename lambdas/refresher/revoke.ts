import type { AppKey } from '../brokers/broker.ts';
import { resultOrBrokerError } from '../brokers/broker-error.ts';
import { type Failure, stateDuringCall } from '../decision/attempts.ts';
import type { Step } from '../decision/facts.ts';
import {
  stateAfterFailedRevocation,
  stateAfterRevocation,
  stateAfterUnsentRevocation,
} from '../decision/transitions.ts';
import type { State } from '../shared/state.ts';
import { AwsError } from '../store/aws-error.ts';
import { UnconfiguredError } from '../store/secrets.ts';
import {
  currentCallStart,
  logAttempt,
  publishedTokenOf,
  type RefreshContext,
  withMissingToken,
  writeStateIfChanged,
} from './refresh-context.ts';
import { readPublishedToken } from './restore.ts';
import { issuingKey } from './secret.ts';

/** Records the start of the call, and revokes the published token with the key that issued it. */
export async function revoke(context: RefreshContext, step: Step): Promise<RefreshContext> {
  const { ports, facts } = context;
  const start = currentCallStart(context);
  const request = await prepareRevoke(context);
  if (request === undefined) return withMissingToken(context);
  if ('kind' in request)
    return withRevokeResult(step, context, stateAfterUnsentRevocation(facts, start, request));

  const callContext = await writeStateIfChanged(context, stateDuringCall(facts, 'revoke', start));
  const client = ports.connect(publishedTokenOf(context).issuedFor);
  const failure = await resultOrBrokerError(client.revoke(request.key, request.token));
  const end = ports.clock.now();
  const state = failure
    ? stateAfterFailedRevocation(facts, start, failure)
    : stateAfterRevocation(facts, start, end);
  return withRevokeResult(step, callContext, state);
}

function withRevokeResult(step: Step, context: RefreshContext, state: State): RefreshContext {
  const { facts } = context;
  const { verdict: _, returned: __, ...before } = facts.done;
  const progress = { ...before, revoked: publishedTokenOf(context).fingerprint, repeats: 0 };
  const next = { ...context, facts: { ...facts, state, done: progress } };
  logAttempt(next, step);
  return next;
}

/** Returns undefined if the parameter does not contain the token. */
async function prepareRevoke(
  context: RefreshContext,
): Promise<{ readonly key: AppKey; readonly token: string } | Failure | undefined> {
  const { state, tokenKeyArn } = context.facts;
  try {
    const token = await readPublishedToken(context);
    return token && { token: token.value, key: await issuingKey(context) };
  } catch (error) {
    if (error instanceof UnconfiguredError) return { kind: 'unconfigured', message: error.message };
    if (!(error instanceof AwsError && error.permanent)) throw error;
    // A token that is encrypted with an earlier KMS key of the stack cannot be read.
    return state.published?.issuedFor.tokenKeyArn === tokenKeyArn
      ? { kind: 'unpublished', message: error.message }
      : undefined;
  }
}

import { BrokerError, resultOrBrokerError } from '../brokers/broker-error.ts';
import { type FailedCall, stateDuringCall } from '../decision/attempts.ts';
import type { Facts, Step } from '../decision/facts.ts';
import { type ReceivedToken, stateAfterFailedIssue, stateAfterIssue } from '../decision/issue-result.ts';
import { fingerprint } from '../shared/fingerprint.ts';
import type { State } from '../shared/state.ts';
import { AwsError } from '../store/aws-error.ts';
import { currentCallStart, logAttempt, type RefreshContext, writeStateIfChanged } from './refresh-context.ts';
import { retryWrite } from './retry-write.ts';

/** Records the start of the call, issues a token and publishes it. */
export async function issue(context: RefreshContext, step: Step): Promise<RefreshContext> {
  const { ports, facts: before } = context;
  const start = currentCallStart(context);
  const callContext = await writeStateIfChanged(context, stateDuringCall(before, 'issue', start));
  const result = await issueAndPublish(context);
  const end = ports.clock.now();

  const isFailure = 'kind' in result;
  const state = isFailure
    ? stateAfterFailedIssue(before, start, result, end)
    : stateAfterIssue(before, start, result, end);
  const countsTowardsBudget = !isFailure || result.mayHaveActed;
  const next = {
    ...callContext,
    awsError: isFailure ? result.awsError : undefined,
    issued: context.issued + (countsTowardsBudget ? 1 : 0),
    facts: { ...callContext.facts, ...factsAfterIssue(before, state, isFailure && !result.mayHaveActed) },
  };
  logAttempt(next, step, state.attempt?.retryAt ?? state.published?.renewAt);
  return next;
}

/** @param wasNotExecuted whether the broker rejected or never received the call */
export function factsAfterIssue(
  before: Facts,
  state: State,
  wasNotExecuted: boolean,
): Pick<Facts, 'state' | 'done' | 'parameter'> {
  const { done, parameter } = before;
  const { published } = before.state;
  const { outcome } = state.attempt ?? {};
  // After a revocation, no token is live, so a call without effect does not count towards MAX_ISSUE_CALLS.
  const isRepeat = wasNotExecuted && done.revoked !== undefined && done.revoked === published?.fingerprint;
  const wasTokenReceived = outcome === 'published' || outcome === 'unchanged';
  return {
    state,
    parameter: wasTokenReceived ? 'ours' : parameter,
    done: {
      ...done,
      calls: done.calls + (isRepeat ? 0 : 1),
      repeats: done.repeats + (isRepeat ? 1 : 0),
      verdict: undefined,
      returned: outcome === 'unchanged',
      published: outcome === 'published' || (done.published && !wasTokenReceived),
    },
  };
}

async function issueAndPublish(
  context: RefreshContext,
): Promise<ReceivedToken | (FailedCall & { readonly awsError?: AwsError })> {
  const { facts, ports, delivery, key } = context;
  if (key === undefined) throw new Error('an issue call was decided without the secret');
  const issuedToken = await resultOrBrokerError(ports.connect(facts.config).issue(key));
  if (issuedToken instanceof BrokerError) return issuedToken;
  const { published } = facts.state;
  const tokenFingerprint = fingerprint(issuedToken.token);
  const isSameToken = published?.fingerprint === tokenFingerprint;
  if (!isSameToken && issuedToken.expiresAt <= ports.clock.now()) {
    const expiry = new Date(issuedToken.expiresAt).toISOString();
    const message = `the expiry ${expiry} in the reply is not in the future`;
    return { kind: 'malformed', message, mayHaveActed: true };
  }
  if (isSameToken && facts.parameter === 'ours')
    return { issuedToken, fingerprint: tokenFingerprint, tokenVersion: published.tokenVersion };
  try {
    const write = () => ports.store.writeToken(facts.config.id, issuedToken.token);
    const tokenVersion = await retryWrite(ports.clock, delivery.deadline, write);
    return { issuedToken, fingerprint: tokenFingerprint, tokenVersion };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { kind: 'unpublished', message: error.message, mayHaveActed: true, awsError: error };
  }
}

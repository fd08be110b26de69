import { decide } from '../decision/decide.ts';
import { type Decision, type Facts, INITIAL_PROGRESS, type Step } from '../decision/facts.ts';
import { failureLevel, timeLeft } from '../decision/failure-level.ts';
import { parameterFacts } from '../decision/health.ts';
import {
  acceptRequest,
  adaptStoredState,
  isStaleReport,
  withoutCompletedRequests,
} from '../decision/requests.ts';
import { AwsError, withFallback } from '../store/aws-error.ts';
import type { StoredCredential } from '../store/parameters.ts';
import { issue } from './issue.ts';
import type { Delivery, Ports, RefreshResult } from './ports.ts';
import { log, type RefreshContext, writeStateIfChanged } from './refresh-context.ts';
import { restore } from './restore.ts';
import { revoke } from './revoke.ts';
import { checkSecret, readSecret } from './secret.ts';
import { verify } from './verify.ts';

/** The length of a sleep after which the alarm on missing metrics could fire, in milliseconds. */
const LONG_SLEEP_THRESHOLD = 60_000;

/**
 * Handles one message for one credential, with at most three issue calls. A step reads a fact or calls the
 * broker, and returns new facts for the next decision. The function may crash after every step, and every
 * step may be repeated (docs/architecture.md § A refresh, step by step).
 * @throws UnknownCredentialError, UnreadableConfigError, AwsError before the first decision
 */
export async function refresh(delivery: Delivery, ports: Ports): Promise<RefreshResult> {
  let context = createContext(delivery, ports, await ports.store.read(delivery.message.credential));
  for (;;) {
    const decision = decide(context.facts, ports.clock.now());
    try {
      if (isStep(decision)) context = await STEPS[decision.action](context, decision);
      else if (decision.action === 'wait' && decision.sleep)
        context = await sleep(decision.until, context, decision);
      else return resultOf(await recordResult(context, decision), decision);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      const retry = context.facts.done.calls === 0 && context.facts.done.revoked === undefined;
      // The result of an earlier broker call should not be lost.
      if (!retry) context = await withFallback(writeStateIfChanged(context), context);
      return { ...resultOf(context, decision), failure: { error, retry } };
    }
  }
}

function createContext(delivery: Delivery, ports: Ports, stored: StoredCredential): RefreshContext {
  const { message, messageId, deadline } = delivery;
  const { config, state, tokenVersion } = stored;
  const now = ports.clock.now();
  const { tokenKeyArn } = ports;
  const { parameter, unknownToken } = parameterFacts(state, tokenVersion, tokenKeyArn);
  const isRequestAccepted = [state.lastRequest?.messageId, state.attempt?.messageId].includes(messageId);
  const facts: Facts = {
    config,
    contract: ports.connect(config).contract,
    // If SQS delivers a message twice, the second delivery has the effect of a tick.
    state: isRequestAccepted ? state : acceptRequest(state, message, now, unknownToken),
    unreadable: stored.unreadable !== undefined,
    tokenKeyArn,
    parameter,
    staleReport: isStaleReport(state, message),
    done: INITIAL_PROGRESS,
    invocationStartedAt: now,
    deadline,
  };
  const storedStateJson = stored.unreadable === undefined ? JSON.stringify(state) : undefined;
  const adaptedFacts = { ...facts, state: adaptStoredState(facts, now) };
  return { facts: adaptedFacts, delivery, ports, storedStateJson, issued: 0 };
}

type PerformStep = (context: RefreshContext, step: Step) => Promise<RefreshContext>;
const STEPS: Readonly<Record<Step['action'], PerformStep>> = {
  'check-secret': checkSecret,
  'read-secret': readSecret,
  restore,
  verify,
  issue,
  revoke,
};

function isStep(decision: Decision): decision is Step {
  return decision.action in STEPS;
}

/** After the sleep, the secret and the verdict are removed from the facts, because both may have changed. */
async function sleep(until: number, context: RefreshContext, decision: Decision): Promise<RefreshContext> {
  const { ports } = context;
  const { secret: _, done, ...rest } = context.facts;
  const facts = { ...rest, done: { ...done, verdict: undefined } };
  log(context, decision);
  const writtenContext = await writeStateIfChanged(context);
  const now = ports.clock.now();
  const isLongSleep =
    until - now > LONG_SLEEP_THRESHOLD && timeLeft(context.facts, decision, now).secondsToExpiry > 0;
  if (isLongSleep) ports.beforeSleep?.(resultOf(context, decision));
  await ports.clock.sleepUntil(until);
  return { ...writtenContext, facts, key: undefined };
}

/** Logs the decision, and writes the state if it changed. A tick without changes writes nothing. */
async function recordResult(context: RefreshContext, decision: Decision): Promise<RefreshContext> {
  const { delivery, facts } = context;
  const { message, messageId } = delivery;
  log(context, decision);
  const state = withoutCompletedRequests(facts.state, decision);
  const isIdleTick = message.cause === 'schedule' && JSON.stringify(state) === context.storedStateJson;
  const at = context.ports.clock.now();
  const { action, reason } = decision;
  const lastRequest = isIdleTick
    ? state.lastRequest
    : { messageId, cause: message.cause, at, action, reason };
  return writeStateIfChanged({ ...context, facts: { ...facts, state: { ...state, lastRequest } } });
}

function resultOf({ facts, ports, issued, awsError }: RefreshContext, decision: Decision): RefreshResult {
  const { config, state } = facts;
  const now = ports.clock.now();
  const level = failureLevel(facts, decision, now);
  const failure = awsError && { error: awsError, retry: false };
  return { config, state, decision, failureLevel: level, ...timeLeft(facts, decision, now), issued, failure };
}

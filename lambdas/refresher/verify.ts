import type { VerifyResult } from '../brokers/broker.ts';
import { RESERVED_TIME_AFTER_SLEEP, type Step, type Verdict } from '../decision/facts.ts';
import { isFromFuture } from '../decision/health.ts';
import { stateAfterVerify } from '../decision/transitions.ts';
import { AwsError } from '../store/aws-error.ts';
import { UnconfiguredError } from '../store/secrets.ts';
import {
  log,
  publishedTokenOf,
  type RefreshContext,
  withMissingToken,
  writeStateIfChanged,
} from './refresh-context.ts';
import { readPublishedToken } from './restore.ts';
import { issuingKey } from './secret.ts';

const MINUTE = 60_000;
/** In milliseconds. KIS paper allows one call a second. */
const RATE_LIMIT_PAUSE = 1500;
const MAX_RATE_LIMIT_REPEATS = 2;
/** A broker may reject a new token for a minute, so rejections are ignored for this time, in milliseconds. */
const NEW_TOKEN_GRACE_PERIOD = 65_000;

type VerifyOutcome = Omit<VerifyResult, 'verdict'> & { readonly verdict: Verdict };

/** Verifies the published token with a read-only call to a data endpoint. */
export async function verify(context: RefreshContext, step: Step): Promise<RefreshContext> {
  // The verify call may take a minute, so the result of the previous call is stored first.
  if (context.facts.done.calls > 0) context = await writeStateIfChanged(context);
  const { facts, ports } = context;
  const answer = await verifyPublishedToken(context);
  if (answer === undefined) return withMissingToken(context);
  const { verdict, brokerCode, message, current } = answer;
  const factsAfterRead = { ...facts, parameter: current === false ? ('changed' as const) : facts.parameter };
  // A token that could not be read stays suspect, so a later tick verifies the token.
  const state =
    current === undefined ? facts.state : stateAfterVerify(factsAfterRead, verdict, ports.clock.now());
  const next = { ...context, facts: { ...factsAfterRead, state, done: { ...facts.done, verdict } } };
  log(next, step, { verdict, brokerCode, message });
  return next;
}

/**
 * Returns undefined if the parameter does not contain the published token. The field `current` is absent if
 * the token or its app key could not be read.
 */
async function verifyPublishedToken(
  context: RefreshContext,
): Promise<(VerifyOutcome & { readonly current?: boolean }) | undefined> {
  try {
    const token = await readPublishedToken(context);
    return token && { ...(await callVerify(context, token.value)), current: token.current };
  } catch (error) {
    // Without access to the token or its app key, the token cannot be verified.
    const isTokenUnverifiable =
      error instanceof UnconfiguredError || (error instanceof AwsError && error.permanent);
    if (isTokenUnverifiable) return { verdict: 'unclear', message: error.message };
    throw error;
  }
}

async function callVerify(context: RefreshContext, token: string): Promise<VerifyOutcome> {
  const { ports, delivery, facts } = context;
  const { issuedFor, issuedAt: statedAt } = publishedTokenOf(context);
  const key = await issuingKey(context);
  const client = ports.connect(issuedFor);
  // If the broker's clock is slow, the issue time in the token is too early; the call time replaces it.
  const { lastCallAt = 0 } = facts.state;
  const issuedAt = facts.done.published && statedAt < lastCallAt - MINUTE ? lastCallAt : statedAt;
  const rejectionCountsFrom = isFromFuture(issuedAt, ports.clock.now())
    ? 0
    : issuedAt + NEW_TOKEN_GRACE_PERIOD;
  for (let repeats = 0; ; ) {
    const { verdict, ...answer } = await client.verify(key, token);
    const isEarlyRejection = verdict === 'dead' && ports.clock.now() < rejectionCountsFrom;
    if (verdict !== 'throttled' && !isEarlyRejection) return { ...answer, verdict };
    const retryAt = isEarlyRejection ? rejectionCountsFrom : ports.clock.now() + RATE_LIMIT_PAUSE;
    if (!isEarlyRejection) repeats += 1;
    if (repeats > MAX_RATE_LIMIT_REPEATS || retryAt > delivery.deadline - RESERVED_TIME_AFTER_SLEEP)
      return { ...answer, verdict: 'unclear' };
    await ports.clock.sleepUntil(retryAt);
  }
}

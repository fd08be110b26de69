import type { VerifyResult } from '../brokers/broker.ts';
import type { Step, Verdict } from '../decision/facts.ts';
import { RESERVED_TIME } from '../decision/facts.ts';
import { isFromFuture } from '../decision/health.ts';
import { verified } from '../decision/transitions.ts';
import { AwsError } from '../store/aws-error.ts';
import { UnconfiguredError } from '../store/secrets.ts';
import { commit, log, publishedOf, type RefreshContext } from './refresh-context.ts';
import { readPublished } from './restore.ts';
import { issuingKey } from './secret.ts';

const MINUTE = 60_000;
/** Pause after a verify call that the broker's rate limit refused. KIS paper serves one call a second. */
const RATE_LIMIT_PAUSE = 1500;
const RATE_LIMIT_REPEATS = 2;
/** A broker may refuse a new token for a minute. Until then a refusal proves nothing. */
const TOKEN_KNOWN_AFTER = 65_000;

type VerifyOutcome = Omit<VerifyResult, 'verdict'> & { readonly verdict: Verdict };

/** Verifies the published token with a call of a harmless data endpoint. */
export async function verify(step: Step, context: RefreshContext): Promise<RefreshContext> {
  // The call may wait for a minute, so the result of the call before it is written first.
  if (context.facts.done.calls > 0) context = await commit(context);
  const { facts, ports } = context;
  const answer = await verifyPublished(context);
  if (answer === undefined) {
    const parameter = facts.parameter === 'ours' ? 'changed' : 'lost';
    return { ...context, facts: { ...facts, parameter } };
  }
  const { verdict, brokerCode, message, current } = answer;
  const read = { ...facts, parameter: current ? facts.parameter : ('changed' as const) };
  const state = verified(read, verdict, ports.clock.now());
  const next = { ...context, facts: { ...read, state, done: { ...facts.done, verdict } } };
  log(next, step, { verdict, brokerCode, message });
  return next;
}

/** Undefined if the parameter does not hold the published token. */
async function verifyPublished(
  context: RefreshContext,
): Promise<(VerifyOutcome & { readonly current: boolean }) | undefined> {
  try {
    const token = await readPublished(context);
    return token && { ...(await callVerify(context, token.value)), current: token.current };
  } catch (error) {
    // Without access to the token or its key, nothing is known about it.
    const denied = error instanceof UnconfiguredError || (error instanceof AwsError && error.permanent);
    if (denied) return { verdict: 'unclear', message: error.message, current: true };
    throw error;
  }
}

async function callVerify(context: RefreshContext, token: string): Promise<VerifyOutcome> {
  const { ports, delivery, facts } = context;
  const { issuedFor, issuedAt: statedAt } = publishedOf(context);
  const key = await issuingKey(context);
  const client = ports.connect(issuedFor);
  // The broker's clock may be behind: a token of this invocation is new.
  const { lastCallAt = 0 } = facts.state;
  const issuedAt = facts.done.published && statedAt < lastCallAt - MINUTE ? lastCallAt : statedAt;
  const knownAt = isFromFuture(issuedAt, ports.clock.now()) ? 0 : issuedAt + TOKEN_KNOWN_AFTER;
  for (let repeats = 0; ; ) {
    const { verdict, ...answer } = await client.verify(key, token);
    const tooNew = verdict === 'dead' && ports.clock.now() < knownAt;
    if (verdict !== 'throttled' && !tooNew) return { ...answer, verdict };
    const again = tooNew ? knownAt : ports.clock.now() + RATE_LIMIT_PAUSE;
    if (!tooNew) repeats += 1;
    if (repeats > RATE_LIMIT_REPEATS || again > delivery.deadline - RESERVED_TIME)
      return { ...answer, verdict: 'unclear' };
    await ports.clock.sleepUntil(again);
  }
}

import type { Contract, IssuedToken } from '../brokers/broker.ts';
import type { BrokerError, BrokerErrorKind } from '../brokers/errors.ts';
import type { Cause } from '../shared/message.ts';
import {
  type Attempt,
  MAX_MESSAGE_LENGTH,
  type Outcome,
  type PublishedToken,
  type State,
  withIssue,
} from '../shared/state.ts';
import { isVoid } from './due.ts';
import { planRenewal, type RenewalRules } from './renewal.ts';
import { reportIn } from './wish.ts';

/** One attempt, known before the broker is called. */
export interface AttemptStamp {
  readonly at: number;
  readonly cause: Cause;
  readonly messageId: string;
  readonly secretVersion: string;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** Longer than a broker call can take (10 s): an end that nobody saw lies before it. */
const UNKNOWN_END = 15 * SECOND;

/** The state while the broker is being called: what a crash leaves behind. */
export function started(before: State, stamp: AttemptStamp): State {
  return {
    ...before,
    doubted: doubtOf(before),
    lastCallAt: stamp.at + UNKNOWN_END,
    issues: withIssue(before.issues, stamp.at),
    attempt: attempt(before, stamp, 'started'),
  };
}

/** How a reply with a token is judged. */
export type Judgement =
  | { readonly outcome: 'published'; readonly next: PublishedToken }
  /** `doubtful`: the reply says that it has ended, before the end that was promised. */
  | { readonly outcome: 'unchanged'; readonly next: PublishedToken; readonly doubtful: boolean }
  | { readonly outcome: 'malformed'; readonly why: string };

/** Whether a token that the broker gave may be published. `print` is its fingerprint. */
export function judge(
  issued: IssuedToken,
  print: string,
  before: State,
  secretVersion: string,
  rules: RenewalRules,
  now: number,
): Judgement {
  const { published } = before;
  const same = published?.fingerprint === print;
  if (!same && issued.expiresAt <= now) {
    const expiry = new Date(issued.expiresAt).toISOString();
    return { outcome: 'malformed', why: `the reply's expiry ${expiry} is not in the future` };
  }
  const keepsStamp = same && !isVoid(published.issuedAt, now);
  const issuedAt = keepsStamp ? published.issuedAt : Math.min(issued.issuedAt ?? now, now);
  // KIS was seen to hand a token back with an expiry in the past: it may be dead, or only said to be.
  const doubtful = same && issued.expiresAt <= now && now < published.expiresAt;
  const life = { issuedAt, expiresAt: doubtful ? published.expiresAt : issued.expiresAt };
  const next: PublishedToken = {
    fingerprint: print,
    tokenType: issued.tokenType,
    ...life,
    renewAt: planRenewal(life, rules).renewAt,
    secretVersion,
  };
  return same ? { outcome: 'unchanged', next, doubtful } : { outcome: 'published', next };
}

/** A new token is in the parameter. */
export function published(before: State, stamp: AttemptStamp, next: PublishedToken, end: number): State {
  return {
    generation: before.generation + 1,
    published: next,
    last: before.last,
    lastCallAt: end,
    issues: withIssue(before.issues, stamp.at),
    attempt: { ...attempt(before, stamp, 'published'), failures: 0 },
  };
}

/** The broker handed back the token that is published already. */
export function unchanged(
  before: State,
  stamp: AttemptStamp,
  next: PublishedToken,
  contract: Contract,
  end: number,
  doubtful = false,
): State {
  return {
    ...before,
    published: next,
    // Only a check with the broker answers a report.
    wanted: reportIn(before.wanted),
    doubted: doubtful ? doubtOf(before) : undefined,
    lastCallAt: end,
    issues: withIssue(before.issues, stamp.at),
    attempt: {
      ...attempt(before, stamp, 'unchanged'),
      failures: 0,
      retryAt: retryUnchanged(before, next, contract, end),
    },
  };
}

/** Whether this dead token has come back before, after it was revoked on that account. */
export function cameBackBefore(before: State): boolean {
  return (
    before.dead === true && before.attempt?.outcome === 'unchanged' && before.attempt.retryAt !== undefined
  );
}

function retryUnchanged(before: State, token: PublishedToken, contract: Contract, now: number): number {
  const again = now + contract.minimumInterval;
  // Dead for everybody: it is revoked and asked for again, once.
  if (before.dead && !cameBackBefore(before)) return again;
  // Still the same after its end: the broker's clock is behind ours.
  if (now >= token.expiresAt) return again;

  const atItsEnd = token.expiresAt + SECOND;
  if (contract.reuseWindow === undefined) return atItsEnd;
  const windowEnd = token.issuedAt + contract.reuseWindow;
  if (now < windowEnd) return Math.min(windowEnd + MINUTE, atItsEnd);
  const { attempt } = before;
  const repeated = attempt?.outcome === 'unchanged' && attempt.at >= windowEnd;
  const delay = repeated ? Math.max(15 * MINUTE, 2 * delayOf(attempt)) : 15 * MINUTE;
  return Math.min(now + delay, atItsEnd);
}

/** The broker gave no token, or none that could be published. */
export function failed(
  before: State,
  stamp: AttemptStamp,
  error: Pick<BrokerError, 'kind' | 'brokerCode' | 'mayHaveActed' | 'message'>,
  end: number,
): State {
  return {
    ...before,
    doubted: error.mayHaveActed || before.doubted ? doubtOf(before) : undefined,
    lastCallAt: end,
    issues: error.mayHaveActed ? withIssue(before.issues, stamp.at) : before.issues,
    wanted: error.kind === 'rejected' ? withoutForced(before) : before.wanted,
    attempt: failedAttempt(before, stamp, error.kind, error.message, error.brokerCode, end),
  };
}

/** A token was issued, but AWS refused to store it. */
export function unpublished(before: State, stamp: AttemptStamp, message: string, end: number): State {
  return {
    ...before,
    doubted: doubtOf(before),
    lastCallAt: end,
    issues: withIssue(before.issues, stamp.at),
    attempt: failedAttempt(before, stamp, 'unpublished', message, undefined, end),
  };
}

/**
 * A call that issued a token which nobody got may have ended the published one: some brokers do. It is tried
 * before it is relied upon.
 */
function doubtOf({ published, dead }: State): true | undefined {
  return published !== undefined && !dead ? true : undefined;
}

/** The secret kept us from calling the broker. */
export function unconfigured(before: State, stamp: AttemptStamp, message: string): State {
  return {
    ...before,
    wanted: withoutForced(before),
    attempt: { ...attempt(before, stamp, 'unconfigured'), message: shortened(message) },
  };
}

/** The published token does not work. What its coming back unchanged meant before that is void. */
export function knownDead(state: State): State {
  const { attempt } = state;
  const asked = attempt?.outcome === 'unchanged' && !state.dead;
  return {
    ...state,
    dead: true,
    doubted: undefined,
    attempt: asked ? { ...attempt, retryAt: undefined } : attempt,
  };
}

/** The broker was asked to revoke the published token, which is `dead` in `before` already. */
export function revoked(before: State, stamp: AttemptStamp): State {
  return { ...before, attempt: { ...attempt(before, stamp, 'revoked'), failures: 0 } };
}

/** The broker did not revoke the token. */
export function notRevoked(
  before: State,
  stamp: AttemptStamp,
  error: Pick<BrokerError, 'kind' | 'brokerCode' | 'message'>,
  end: number,
): State {
  const message = `revoke: ${error.message}`;
  return { ...before, attempt: failedAttempt(before, stamp, error.kind, message, error.brokerCode, end) };
}

function failedAttempt(
  before: State,
  stamp: AttemptStamp,
  kind: BrokerErrorKind | 'unpublished',
  message: string,
  brokerCode: string | undefined,
  end: number,
): Attempt {
  const previous = before.attempt;
  const held =
    previous?.outcome === 'rejected' &&
    previous.secretVersion === stamp.secretVersion &&
    stamp.cause !== 'forced';
  const made = { ...attempt(before, stamp, kind), message: shortened(message), brokerCode };
  if (kind === 'rejected' || (held && kind !== 'unpublished')) {
    const retryAt = end + nextDelay(held ? delayOf(previous) : 0, [5, 15, 60]);
    if (kind === 'rejected') return { ...made, retryAt };
    // An outage in between proves nothing about the keys: they stay refused, and the alarm stays up.
    const note = `${kind} when asked again: ${message}; before that: ${previous?.message ?? 'rejected'}`;
    return {
      ...made,
      outcome: 'rejected',
      brokerCode: previous?.brokerCode,
      message: shortened(note),
      retryAt,
    };
  }
  if (kind === 'malformed' || kind === 'unpublished') {
    const repeated = previous?.outcome === 'malformed' || previous?.outcome === 'unpublished';
    return { ...made, retryAt: end + (repeated ? 15 : 5) * MINUTE };
  }
  return made;
}

function attempt(before: State, stamp: AttemptStamp, outcome: Outcome): Attempt {
  const { at, cause, messageId, secretVersion } = stamp;
  const failures = (before.attempt?.failures ?? 0) + 1;
  return { at, cause, messageId, outcome, failures, secretVersion };
}

function delayOf(attempt: Attempt): number {
  return attempt.retryAt === undefined ? 0 : attempt.retryAt - attempt.at;
}

/** The first of the steps (minutes, ascending) that is longer than the delay before; the last one repeats. */
function nextDelay(before: number, steps: readonly number[]): number {
  // A delay is measured from the stamp, so it is up to a call longer than its step: half a minute tells them apart.
  const next = steps.find((step) => step * MINUTE > before + MINUTE / 2) ?? steps.at(-1) ?? 0;
  return next * MINUTE;
}

/** A wish to force is answered by a refusal: `forced` again, once it is mended. */
function withoutForced(state: State): State['wanted'] {
  return state.wanted?.reason === 'Forced' ? reportIn(state.wanted) : state.wanted;
}

function shortened(message: string): string {
  return message.length <= MAX_MESSAGE_LENGTH ? message : `${message.slice(0, MAX_MESSAGE_LENGTH - 1)}…`;
}

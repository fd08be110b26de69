import type { Facts } from '../lambdas/decision/facts.ts';
import { type FailureLevel, failureLevel, timeLeft } from '../lambdas/decision/failure-level.ts';
import { hasLiveToken } from '../lambdas/decision/health.ts';
import { formatState } from '../lambdas/store/state-codec.ts';
import { type Credential, decisionFactsOf } from './credentials.ts';
import { isStep, type Prediction, predictDecision } from './predict.ts';
import { DAY, iso } from './time.ts';

/** The phase of a credential: the first of these values that applies. See docs/cli.md § status. */
export type Phase =
  | 'paused'
  /** The broker rejects the key, or the secret contains no usable key. */
  | 'refused'
  | 'none'
  | 'expired'
  /** A revocation was requested and is not confirmed yet. */
  | 'revoking'
  | 'dead'
  /** The token parameter was deleted or overwritten. */
  | 'missing'
  /** The broker may have invalidated the token, so the refresher must verify it. */
  | 'suspect'
  /** A new token is needed, but a rule forbids a broker call at this time. */
  | 'waiting'
  /** The next tick requests a new token, or performs a step that must precede the request. */
  | 'due'
  /** The token is live, no renewal is due, and no request is pending. */
  | 'fresh';

export interface CredentialSummary {
  readonly credential: Credential;
  readonly now: number;
  readonly phase: Phase;
  readonly prediction: Prediction;
  readonly failureLevel: FailureLevel;
  /** Whether readers find a live token. */
  readonly isLive: boolean;
  readonly secondsToExpiry: number;
  /** The remaining share of the token's lifetime, 0 to 1. */
  readonly remainingShare: number;
  /** The time of the next planned action; undefined while the credential is paused. */
  readonly nextActionAt: number | undefined;
  readonly dailyIssueCalls: {
    readonly used: number;
    readonly budget: number;
    readonly allowedAt: number | undefined;
  };
}

export function summarizeCredential(credential: Credential, now: number): CredentialSummary {
  const facts = decisionFactsOf(credential, now);
  const { config, state } = facts;
  const prediction = predictDecision(facts, now);
  const { decision } = prediction;
  const { secondsToExpiry } = timeLeft(facts, decision, now);
  const { published } = state;
  const lifetime = published === undefined ? 0 : published.expiresAt - published.issuedAt;
  const issueTimesInLastDay = state.issues.filter((at) => at > now - DAY);
  const budget = config.maxIssuesPerDay;
  const limitingIssueTime = issueTimesInLastDay.at(-budget);
  return {
    credential: { ...credential, state },
    now,
    phase: phaseOf(facts, prediction, now),
    prediction,
    failureLevel: failureLevel(facts, decision, now),
    isLive: credential.tokenProblem === undefined && hasLiveToken(facts, now),
    secondsToExpiry,
    remainingShare: lifetime > 0 ? Math.min(1, (secondsToExpiry * 1000) / lifetime) : 0,
    nextActionAt: isStep(decision) ? now : decision.until,
    dailyIssueCalls: {
      used: issueTimesInLastDay.length,
      budget,
      allowedAt: limitingIssueTime === undefined ? undefined : limitingIssueTime + DAY,
    },
  };
}

function phaseOf({ state, parameter }: Facts, { decision, due }: Prediction, now: number): Phase {
  const { published, pending } = state;
  if (state.paused) return 'paused';
  if (state.refused !== undefined) return 'refused';
  if (published === undefined) return 'none';
  if (now >= published.expiresAt) return 'expired';
  if (pending?.revoke !== undefined) return 'revoking';
  if (published.health === 'dead') return 'dead';
  if (parameter === 'changed') return 'missing';
  if (published.health === 'suspect') return 'suspect';
  if (decision.action === 'wait' || decision.action === 'hold') return 'waiting';
  return due === undefined && pending === undefined ? 'fresh' : 'due';
}

export type Severity = 0 | 1 | 2;

/** 0: healthy; 1: paused, failing, or not verified; 2: action required, or readers find no live token. */
export function severityOf({ isLive, failureLevel: level, phase }: CredentialSummary): Severity {
  if (phase === 'paused') return 1;
  if (!isLive) return 2;
  const needsAttention = phase === 'refused' || phase === 'revoking' || phase === 'suspect';
  return level === 0 && needsAttention ? 1 : level;
}

/** Returns whether `status` exits with 0 for the credential. */
export function isHealthy({ isLive, failureLevel: level, phase }: CredentialSummary): boolean {
  return isLive && level < 2 && (phase === 'fresh' || phase === 'due' || phase === 'waiting');
}

/** The JSON output: the fields of the state (docs/contracts.md § state), the phase and the next action. */
export function summaryJson(summary: CredentialSummary): Record<string, unknown> {
  const { credential, dailyIssueCalls } = summary;
  const { decision, due } = summary.prediction;
  const { config, state, unreadableReason, tokenProblem } = credential;
  const { version: _, ...stored } = JSON.parse(formatState(state)) as Record<string, unknown>;
  return {
    id: config.id,
    broker: config.broker,
    market: config.market,
    phase: summary.phase,
    severity: severityOf(summary),
    healthy: isHealthy(summary),
    ...stored,
    secondsToExpiry: Math.floor(summary.secondsToExpiry),
    paused: state.paused ?? false,
    unreadable: unreadableReason,
    tokenProblem,
    next: { action: decision.action, reason: decision.reason, due, at: iso(summary.nextActionAt) },
    issues: {
      used: dailyIssueCalls.used,
      budget: dailyIssueCalls.budget,
      allowedAt: iso(dailyIssueCalls.allowedAt),
    },
  };
}

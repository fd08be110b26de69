import type { Facts } from '../lambdas/decision/facts.ts';
import { type FailureLevel, failureLevel, timeLeft } from '../lambdas/decision/failure-level.ts';
import { hasLiveToken } from '../lambdas/decision/health.ts';
import { formatState } from '../lambdas/store/state-codec.ts';
import { type Credential, decisionFactsOf } from './credentials.ts';
import { isStep, type Prediction, predictDecision } from './predict.ts';
import { DAY, iso } from './time.ts';

/** The status of a credential at the instant `now`. */
export type CredentialSummary = ReturnType<typeof summarizeCredential>;
/** docs/cli.md § status describes the phases. */
export type Phase =
  | 'paused'
  | 'refused'
  | 'none'
  | 'expired'
  | 'revoking'
  | 'dead'
  | 'missing'
  | 'suspect'
  | 'waiting'
  | 'due'
  | 'fresh';
/** 0: healthy; 1: paused, failing, or not verified; 2: action required, or readers find no live token. */
export type Severity = 0 | 1 | 2;

export function summarizeCredential(credential: Credential, now: number) {
  const facts = decisionFactsOf(credential, now);
  const { config, state } = facts;
  const prediction = predictDecision(facts, now);
  const { decision } = prediction;
  const { secondsToExpiry } = timeLeft(facts, decision, now);
  const { published } = state;
  const lifetime = published === undefined ? 0 : published.expiresAt - published.issuedAt;
  const phase = phaseOf(facts, prediction, now);
  const isLive = credential.tokenProblem === undefined && hasLiveToken(facts, now);
  const level = failureLevel(facts, decision, now);
  const issueTimesInLastDay = state.issues.filter((at) => at > now - DAY);
  const budget = config.maxIssuesPerDay;
  const limitingIssueTime = issueTimesInLastDay.at(-budget);
  return {
    credential: { ...credential, state },
    now,
    phase,
    prediction,
    /** Whether readers find a live token. */
    isLive,
    severity: severityOf(phase, isLive, level),
    /** Whether `status` exits with 0 for the credential. */
    healthy: isLive && level < 2 && (phase === 'fresh' || phase === 'due' || phase === 'waiting'),
    secondsToExpiry,
    /** The remaining share of the token's lifetime, 0 to 1. */
    remainingShare: lifetime > 0 ? Math.min(1, (secondsToExpiry * 1000) / lifetime) : 0,
    /** The time of the next planned action; undefined while the credential is paused. */
    nextActionAt: isStep(decision) ? now : decision.until,
    dailyIssueCalls: {
      used: issueTimesInLastDay.length,
      budget,
      allowedAt: limitingIssueTime === undefined ? undefined : limitingIssueTime + DAY,
    },
  };
}

/** Returns the first phase that applies. */
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

function severityOf(phase: Phase, isLive: boolean, level: FailureLevel): Severity {
  if (phase === 'paused') return 1;
  if (!isLive) return 2;
  const needsAttention = phase === 'refused' || phase === 'revoking' || phase === 'suspect';
  return level === 0 && needsAttention ? 1 : level;
}

/** The JSON output: the fields of the state (docs/contracts.md § state), the phase and the next action. */
export function summaryJson(summary: CredentialSummary): Record<string, unknown> {
  const { credential, dailyIssueCalls, phase, severity, healthy } = summary;
  const { decision, due } = summary.prediction;
  const { config, state, unreadableReason, tokenProblem } = credential;
  const { version: _, ...stored } = JSON.parse(formatState(state)) as Record<string, unknown>;
  return {
    id: config.id,
    broker: config.broker,
    market: config.market,
    phase,
    severity,
    healthy,
    ...stored,
    secondsToExpiry: Math.floor(summary.secondsToExpiry),
    paused: state.paused ?? false,
    unreadable: unreadableReason,
    tokenProblem,
    next: { action: decision.action, reason: decision.reason, due, at: iso(summary.nextActionAt) },
    issues: { ...dailyIssueCalls, allowedAt: iso(dailyIssueCalls.allowedAt) },
  };
}

import { type Decision, decide, livesAt } from '../lambdas/refresher/decide.ts';
import { type Trouble, timeLeft, troubleOf } from '../lambdas/refresher/trouble.ts';
import { type Credential, factsOf } from './credentials.ts';
import { DAY, iso } from './time.ts';

/** Where a credential stands, in one word. */
export type Phase =
  /** The token works and nothing is due. */
  | 'fresh'
  /** The next look asks for a new token. */
  | 'due'
  /** A new token is due, and may not be asked for yet. */
  | 'waiting'
  /** The broker refuses the key. */
  | 'refused'
  /** Revoked on request. */
  | 'paused'
  /** No token works: none yet, expired, or known to be dead. */
  | 'none'
  | 'expired'
  | 'dead';

/** What is to be known of a credential at one instant. */
export interface Summary {
  readonly credential: Credential;
  readonly now: number;
  readonly phase: Phase;
  /** Of the next look. */
  readonly decision: Decision;
  readonly trouble: Trouble;
  readonly lives: boolean;
  readonly secondsToExpiry: number;
  /** What is left of the token's life, 0 to 1. */
  readonly left: number;
  /** When something is planned next; undefined: a person decides. */
  readonly nextAt: number | undefined;
  readonly issues: { readonly used: number; readonly budget: number; readonly freeAt: number | undefined };
}

export function summarize(credential: Credential, now: number): Summary {
  const { config, state } = credential;
  const decision = decide(factsOf(credential), now);
  const { secondsToExpiry } = timeLeft(state, decision, config.renewBeforeSeconds, now);
  const { published } = state;
  const life = published === undefined ? 0 : published.expiresAt - published.issuedAt;
  const counted = state.issues.filter((at) => at > now - DAY);
  const budget = config.maxIssuesPerDay;
  const oldest = counted.at(-budget);
  return {
    credential,
    now,
    phase: phaseOf(credential, decision, now),
    decision,
    trouble: troubleOf(state, decision),
    lives: livesAt(state, now),
    secondsToExpiry,
    left: life > 0 ? Math.min(1, (secondsToExpiry * 1000) / life) : 0,
    nextAt: decision.action === 'issue' ? now : decision.until,
    issues: { used: counted.length, budget, freeAt: oldest === undefined ? undefined : oldest + DAY },
  };
}

function phaseOf({ state }: Credential, decision: Decision, now: number): Phase {
  if (state.paused) return 'paused';
  if (decision.action === 'hold') return 'refused';
  if (state.published === undefined) return 'none';
  if (state.dead) return 'dead';
  if (now >= state.published.expiresAt) return 'expired';
  switch (decision.action) {
    case 'keep':
      return 'fresh';
    case 'issue':
      return 'due';
    case 'wait':
      return 'waiting';
  }
}

/**
 * 0 all is well, 1 to be watched, 2 somebody has to do something, or a reader finds no living token.
 * Paused is what somebody wanted: only to be watched.
 */
export function severityOf({ lives, trouble, phase }: Summary): 0 | 1 | 2 {
  if (phase === 'paused') return 1;
  return lives ? trouble : 2;
}

/** For `--json`: shapes as in docs/contracts.md § state, and what was made of them. */
export function summaryJson(summary: Summary): Record<string, unknown> {
  const { credential, decision, issues } = summary;
  const { config, state, unreadable } = credential;
  const { published, attempt, wanted, last } = state;
  return {
    id: config.id,
    broker: config.broker,
    market: config.market,
    phase: summary.phase,
    severity: severityOf(summary),
    generation: state.generation,
    ...(published && {
      fingerprint: published.fingerprint,
      issuedAt: iso(published.issuedAt),
      expiresAt: iso(published.expiresAt),
      renewAt: iso(published.renewAt),
      secretVersion: published.secretVersion,
    }),
    secondsToExpiry: Math.floor(summary.secondsToExpiry),
    dead: state.dead ?? false,
    paused: state.paused ?? false,
    unreadable,
    next: {
      action: decision.action,
      reason: decision.reason,
      ...('due' in decision && { due: decision.due }),
      at: iso(summary.nextAt),
    },
    wanted: wanted && { ...wanted, since: iso(wanted.since) },
    lastCallAt: iso(state.lastCallAt),
    attempt: attempt && { ...attempt, at: iso(attempt.at), retryAt: iso(attempt.retryAt) },
    last: last && { ...last, at: iso(last.at) },
    issues: { used: issues.used, budget: issues.budget, freeAt: iso(issues.freeAt) },
  };
}

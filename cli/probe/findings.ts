import { SECOND } from '../time.ts';
import type { ProbeCall } from './probe-session.ts';

export type TokenVerdict = 'alive' | 'dead' | 'unknown';

/** The results of the measurements; absent fields were not measured. Durations in seconds. */
export interface ProbeFindings {
  /** The lifetime of a token that the probe saw as new. */
  readonly lifeSeconds?: number;
  /** The measured time between two issue calls. */
  readonly interval: {
    readonly answeredAfterSeconds?: number;
    readonly rejectedAfterSeconds?: number;
    readonly rejection?: { readonly code?: string | undefined; readonly status?: number | undefined };
    /** Whether the broker also counts the interval from a rejected call. */
    readonly rejectionRestarts?: boolean | undefined;
  };
  /** The result of a second issue call while the first token is live. */
  readonly again?: {
    readonly afterSeconds: number;
    readonly token: 'same' | 'new';
    readonly expiry?: 'kept' | 'moved';
    readonly oldToken?: TokenVerdict;
    /** The meaning of `expires_in` for a token that was returned again. */
    readonly expiresIn?: 'whole life' | 'time left' | 'neither';
  };
  /** The ages of a token at which the broker returned the same token, or a new one. */
  readonly reuse?: {
    readonly sameAfterSeconds?: number;
    readonly newAfterSeconds?: number;
    readonly oldToken?: TokenVerdict;
  };
  readonly revoke?: {
    readonly confirmed: boolean;
    readonly tokenAfterwards: TokenVerdict;
    /** The answer to a second revocation of the same token. */
    readonly secondTime: string;
    readonly next?: 'new' | 'the same, alive' | 'the same, dead';
  };
}

/** The findings that result from all calls together. */
export function analyzeCalls(
  calls: readonly ProbeCall[],
): Pick<ProbeFindings, 'lifeSeconds' | 'interval'> & { readonly expiresIn?: ExpiresInMeaning | undefined } {
  const issues = calls.filter(({ kind }) => kind === 'issue');
  const tokens = issues.filter(({ outcome }) => outcome === 'token');
  const life = lifetimeOf(tokens);
  return {
    // The brokers state the expiry in whole seconds, and an opaque token contains no issue time, hence the
    // rounding.
    ...(life !== undefined && { lifeSeconds: 10 * Math.round(life / (10 * SECOND)) }),
    interval: intervalOf(issues),
    expiresIn: expiresInMeaning(tokens, life),
  };
}

/**
 * The lifetime of the last new token. The first one may be old, so its issue time is known only from the
 * token itself.
 */
function lifetimeOf(tokens: readonly ProbeCall[]): number | undefined {
  const lifetimes = tokens.flatMap(({ at, issuedAt, expiresAt, fingerprint }, index) => {
    const isNew = index > 0 && !tokens.slice(0, index).some((each) => each.fingerprint === fingerprint);
    const start = issuedAt ?? (isNew ? at : undefined);
    return start === undefined || expiresAt === undefined ? [] : [expiresAt - start];
  });
  return lifetimes.at(-1);
}

/**
 * The time between an answered call and the next call. After a rejected call, the broker may count the
 * interval from either call.
 */
function intervalOf(issues: readonly ProbeCall[]): ProbeFindings['interval'] {
  const gapsBeforeOutcome = (outcome: string) =>
    issues.flatMap((issue, index) => {
      const lastAnswered = issues.slice(0, index).findLast((each) => each.outcome === 'token');
      const isNextCall = lastAnswered === issues[index - 1] || outcome === 'token';
      if (issue.outcome !== outcome || lastAnswered === undefined || !isNextCall) return [];
      return [Math.round((issue.at - lastAnswered.end) / 100) / 10];
    });
  const gapsBeforeAnswers = gapsBeforeOutcome('token');
  const rejected = gapsBeforeOutcome('throttled');
  const rejection = issues.find(({ outcome }) => outcome === 'throttled');
  const restarts = doesRejectionRestartInterval(issues);
  return {
    ...(gapsBeforeAnswers.length > 0 && { answeredAfterSeconds: Math.min(...gapsBeforeAnswers) }),
    ...(rejected.length > 0 && { rejectedAfterSeconds: Math.max(...rejected) }),
    ...(rejection !== undefined && { rejection: { code: rejection.code, status: rejection.status } }),
    ...(restarts !== undefined && { rejectionRestarts: restarts }),
  };
}

/** Whether the broker rejected a call only because of the rejected call before it. */
function doesRejectionRestartInterval(issues: readonly ProbeCall[]): boolean | undefined {
  const steps = issues.filter(({ step }) => step === 'rejection');
  const rejected = steps.findIndex(({ outcome }) => outcome === 'throttled');
  const next = rejected < 1 ? undefined : steps[rejected + 1]?.outcome;
  return next === 'token' || next === 'throttled' ? next === 'throttled' : undefined;
}

type ExpiresInMeaning = NonNullable<NonNullable<ProbeFindings['again']>['expiresIn']>;

/**
 * The meaning of `expires_in` for a token that was returned again: a minute later, the remaining time is a
 * minute less than the whole lifetime.
 */
function expiresInMeaning(tokens: readonly ProbeCall[], life = Number.NaN): ExpiresInMeaning | undefined {
  const index = tokens.findIndex(({ step }) => step === 'again');
  const { at = 0, expiresAt = 0, expiresIn, fingerprint } = tokens[index] ?? {};
  if (expiresIn === undefined || fingerprint !== tokens[index - 1]?.fingerprint) return undefined;
  if (Math.abs(expiresIn - life / SECOND) <= 7) return 'whole life';
  return Math.abs(expiresIn - (expiresAt - at) / SECOND) <= 7 ? 'time left' : 'neither';
}

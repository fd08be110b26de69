import { SECOND } from '../time.ts';
import type { ProbeCall } from './probe-session.ts';

export type TokenVerdict = 'alive' | 'dead' | 'unknown';

/** Results of the measurements; absent: not measured. Durations in seconds. */
export interface ProbeFindings {
  /** Life of a token that was seen new. */
  readonly lifeSeconds?: number;
  /** Time between two issue calls. */
  readonly interval: {
    readonly answeredAfterSeconds?: number;
    readonly rejectedAfterSeconds?: number;
    readonly rejection?: { readonly code?: string | undefined; readonly status?: number | undefined };
    /** The broker counts the interval from a rejected call, too. */
    readonly rejectionRestarts?: boolean | undefined;
  };
  /** A second issue call while the first token lives. */
  readonly again?: {
    readonly afterSeconds: number;
    readonly token: 'same' | 'new';
    readonly expiry?: 'kept' | 'moved';
    readonly oldToken?: TokenVerdict;
    /** `expires_in` of a token that was returned again. */
    readonly expiresIn?: 'whole life' | 'time left' | 'neither';
  };
  /** Age at which the broker returned the same token, or a new one. */
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

/** The findings that follow from all calls together. */
export function analyzeCalls(
  calls: readonly ProbeCall[],
): Pick<ProbeFindings, 'lifeSeconds' | 'interval'> & { readonly expiresIn?: ExpiresInMeaning | undefined } {
  const issues = calls.filter(({ kind }) => kind === 'issue');
  const tokens = issues.filter(({ outcome }) => outcome === 'token');
  const life = lifetimeOf(tokens);
  return {
    // Brokers state the expiry in whole seconds, and an opaque token has no issue time.
    ...(life !== undefined && { lifeSeconds: 10 * Math.round(life / (10 * SECOND)) }),
    interval: intervalOf(issues),
    expiresIn: expiresInMeaning(tokens, life),
  };
}

/** Life of the last new token. The first one may be old, so its issue time is known only from the token itself. */
function lifetimeOf(tokens: readonly ProbeCall[]): number | undefined {
  const lifetimes = tokens.flatMap(({ at, issuedAt, expiresAt, fingerprint }, index) => {
    const isNew = index > 0 && !tokens.slice(0, index).some((each) => each.fingerprint === fingerprint);
    const start = issuedAt ?? (isNew ? at : undefined);
    return start === undefined || expiresAt === undefined ? [] : [expiresAt - start];
  });
  return lifetimes.at(-1);
}

/** Gaps between an answered call and the next one. After a rejected call, the broker may count from either. */
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

/** Whether a call was rejected only because of the rejected call before it. */
function doesRejectionRestartInterval(issues: readonly ProbeCall[]): boolean | undefined {
  const steps = issues.filter(({ step }) => step === 'rejection');
  const rejected = steps.findIndex(({ outcome }) => outcome === 'throttled');
  const next = rejected < 1 ? undefined : steps[rejected + 1]?.outcome;
  return next === 'token' || next === 'throttled' ? next === 'throttled' : undefined;
}

type ExpiresInMeaning = NonNullable<NonNullable<ProbeFindings['again']>['expiresIn']>;

/** The meaning of `expires_in` of a token that was returned again: a minute later, the two differ by a minute. */
function expiresInMeaning(tokens: readonly ProbeCall[], life = Number.NaN): ExpiresInMeaning | undefined {
  const index = tokens.findIndex(({ step }) => step === 'again');
  const { at = 0, expiresAt = 0, expiresIn, fingerprint } = tokens[index] ?? {};
  if (expiresIn === undefined || fingerprint !== tokens[index - 1]?.fingerprint) return undefined;
  if (Math.abs(expiresIn - life / SECOND) <= 7) return 'whole life';
  return Math.abs(expiresIn - (expiresAt - at) / SECOND) <= 7 ? 'time left' : 'neither';
}

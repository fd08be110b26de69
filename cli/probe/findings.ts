import { SECOND } from '../time.ts';
import type { ProbeCall } from './probe-session.ts';

export type TokenLife = 'alive' | 'dead' | 'unknown';

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
    readonly oldToken?: TokenLife;
    /** The meaning of `expires_in` for a token that was returned again. */
    readonly expiresIn?: 'whole life' | 'time left' | 'neither';
  };
  /** The ages of a token at which the broker returned the same token, or a new one. */
  readonly reuse?: {
    readonly sameAfterSeconds?: number;
    readonly newAfterSeconds?: number;
    readonly oldToken?: TokenLife;
  };
  readonly revoke?: {
    readonly confirmed: boolean;
    readonly tokenAfterwards: TokenLife;
    /** The answer to a second revocation of the same token. */
    readonly secondTime: string;
    readonly next?: 'new' | 'the same, alive' | 'the same, dead';
  };
}

/** The findings that result from all calls together. */
export function analyzeCalls(
  calls: readonly ProbeCall[],
): Pick<ProbeFindings, 'lifeSeconds' | 'interval'> & { readonly expiresIn?: ExpiresIn | undefined } {
  const issues = calls.filter(({ kind }) => kind === 'issue');
  const tokens = issues.filter(({ outcome }) => outcome === 'token');
  const life = lifeOf(tokens);
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
function lifeOf(tokens: readonly ProbeCall[]): number | undefined {
  const lives = tokens.flatMap(({ at, issuedAt, expiresAt, fingerprint }, index) => {
    const isNew = index > 0 && !tokens.slice(0, index).some((each) => each.fingerprint === fingerprint);
    const start = issuedAt ?? (isNew ? at : undefined);
    return start === undefined || expiresAt === undefined ? [] : [expiresAt - start];
  });
  return lives.at(-1);
}

/**
 * The time between an answered call and the next call. After a rejected call, the broker may count the
 * interval from either call.
 */
function intervalOf(issues: readonly ProbeCall[]): ProbeFindings['interval'] {
  const gaps = (outcome: string) =>
    issues.flatMap((issue, index) => {
      const counted = issues.slice(0, index).findLast((each) => each.outcome === 'token');
      const isNext = counted === issues[index - 1] || outcome === 'token';
      if (issue.outcome !== outcome || counted === undefined || !isNext) return [];
      return [Math.round((issue.at - counted.end) / 100) / 10];
    });
  const answered = gaps('token');
  const rejected = gaps('throttled');
  const rejection = issues.find(({ outcome }) => outcome === 'throttled');
  const restarts = restartsAfterRejection(issues);
  return {
    ...(answered.length > 0 && { answeredAfterSeconds: Math.min(...answered) }),
    ...(rejected.length > 0 && { rejectedAfterSeconds: Math.max(...rejected) }),
    ...(rejection !== undefined && { rejection: { code: rejection.code, status: rejection.status } }),
    ...(restarts !== undefined && { rejectionRestarts: restarts }),
  };
}

/** Whether the broker rejected a call only because of the rejected call before it. */
function restartsAfterRejection(issues: readonly ProbeCall[]): boolean | undefined {
  const steps = issues.filter(({ step }) => step === 'rejection');
  const rejected = steps.findIndex(({ outcome }) => outcome === 'throttled');
  const next = rejected < 1 ? undefined : steps[rejected + 1]?.outcome;
  return next === 'token' || next === 'throttled' ? next === 'throttled' : undefined;
}

type ExpiresIn = NonNullable<NonNullable<ProbeFindings['again']>['expiresIn']>;

/**
 * The meaning of `expires_in` for a token that was returned again: a minute later, the remaining time is a
 * minute less than the whole lifetime.
 */
function expiresInMeaning(tokens: readonly ProbeCall[], life = Number.NaN): ExpiresIn | undefined {
  const index = tokens.findIndex(({ step }) => step === 'again');
  const { at = 0, expiresAt = 0, expiresIn, fingerprint } = tokens[index] ?? {};
  if (expiresIn === undefined || fingerprint !== tokens[index - 1]?.fingerprint) return undefined;
  if (Math.abs(expiresIn - life / SECOND) <= 7) return 'whole life';
  return Math.abs(expiresIn - (expiresAt - at) / SECOND) <= 7 ? 'time left' : 'neither';
}

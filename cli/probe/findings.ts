import { SECOND } from '../time.ts';
import type { ProbeCall } from './probe-session.ts';

export type TokenVerdict = 'alive' | 'dead' | 'unknown';

/** The results of the measurements; absent fields were not measured. Durations in seconds. */
export interface ProbeFindings {
  /** The lifetime of a token that the broker issued during the probe. */
  readonly lifeSeconds?: number;
  /**
   * The shortest time between two issue calls after which the broker returned a token, and the longest time
   * after which the broker rejected the second call.
   */
  readonly interval: {
    readonly answeredAfterSeconds?: number;
    readonly rejectedAfterSeconds?: number;
    readonly rejection?: { readonly code?: string | undefined; readonly status?: number | undefined };
    /** Whether a rejected call restarts the interval. */
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

/** Derives the findings that need the calls of all steps. */
export function analyzeCalls(
  calls: readonly ProbeCall[],
): Pick<ProbeFindings, 'lifeSeconds' | 'interval'> & { readonly expiresIn?: ExpiresInMeaning | undefined } {
  const issueCalls = calls.filter(({ kind }) => kind === 'issue');
  const successfulCalls = issueCalls.filter(({ outcome }) => outcome === 'token');
  const life = lifetimeOf(successfulCalls);
  return {
    // The lifetime is rounded, because brokers state the expiry in whole seconds and an opaque token does not
    // contain its issue time.
    ...(life !== undefined && { lifeSeconds: 10 * Math.round(life / (10 * SECOND)) }),
    interval: measuredInterval(issueCalls),
    expiresIn: expiresInMeaning(successfulCalls, life),
  };
}

/**
 * Returns the lifetime of the last new token. The broker may have issued the first token before the probe, so
 * only the token itself can show its issue time.
 */
function lifetimeOf(successfulCalls: readonly ProbeCall[]): number | undefined {
  const lifetimes = successfulCalls.flatMap(({ at, issuedAt, expiresAt, fingerprint }, index) => {
    const isNew =
      index > 0 && !successfulCalls.slice(0, index).some((each) => each.fingerprint === fingerprint);
    const issueTime = issuedAt ?? (isNew ? at : undefined);
    return issueTime === undefined || expiresAt === undefined ? [] : [expiresAt - issueTime];
  });
  return lifetimes.at(-1);
}

/**
 * Returns the shortest time between two successful calls, and the longest time between a successful and a
 * rejected call. A second rejection in a row is ignored, because the broker may count the interval from the
 * first rejected call.
 */
function measuredInterval(issueCalls: readonly ProbeCall[]): ProbeFindings['interval'] {
  const gapsBeforeOutcome = (outcome: string) =>
    issueCalls.flatMap((issue, index) => {
      const lastSuccessfulCall = issueCalls.slice(0, index).findLast((each) => each.outcome === 'token');
      const isConclusive = lastSuccessfulCall === issueCalls[index - 1] || outcome === 'token';
      if (issue.outcome !== outcome || lastSuccessfulCall === undefined || !isConclusive) return [];
      return [Math.round((issue.at - lastSuccessfulCall.end) / 100) / 10];
    });
  const gapsBeforeSuccesses = gapsBeforeOutcome('token');
  const gapsBeforeRejections = gapsBeforeOutcome('throttled');
  const rejectedCall = issueCalls.find(({ outcome }) => outcome === 'throttled');
  const restartsInterval = doesRejectionRestartInterval(issueCalls);
  return {
    ...(gapsBeforeSuccesses.length > 0 && { answeredAfterSeconds: Math.min(...gapsBeforeSuccesses) }),
    ...(gapsBeforeRejections.length > 0 && { rejectedAfterSeconds: Math.max(...gapsBeforeRejections) }),
    ...(rejectedCall !== undefined && {
      rejection: { code: rejectedCall.code, status: rejectedCall.status },
    }),
    ...(restartsInterval !== undefined && { rejectionRestarts: restartsInterval }),
  };
}

/** Returns whether a rejected call restarts the interval; undefined if the probe did not measure this. */
function doesRejectionRestartInterval(issueCalls: readonly ProbeCall[]): boolean | undefined {
  const rejectionStepCalls = issueCalls.filter(({ step }) => step === 'rejection');
  const rejectedIndex = rejectionStepCalls.findIndex(({ outcome }) => outcome === 'throttled');
  const next = rejectedIndex < 1 ? undefined : rejectionStepCalls[rejectedIndex + 1]?.outcome;
  return next === 'token' || next === 'throttled' ? next === 'throttled' : undefined;
}

type ExpiresInMeaning = NonNullable<NonNullable<ProbeFindings['again']>['expiresIn']>;

/**
 * Returns what `expires_in` contains for a token that the broker returned again: the whole lifetime of the
 * token or its remaining time.
 */
function expiresInMeaning(
  successfulCalls: readonly ProbeCall[],
  life = Number.NaN,
): ExpiresInMeaning | undefined {
  const index = successfulCalls.findIndex(({ step }) => step === 'again');
  const { at = 0, expiresAt = 0, expiresIn, fingerprint } = successfulCalls[index] ?? {};
  if (expiresIn === undefined || fingerprint !== successfulCalls[index - 1]?.fingerprint) return undefined;
  if (Math.abs(expiresIn - life / SECOND) <= 7) return 'whole life';
  return Math.abs(expiresIn - (expiresAt - at) / SECOND) <= 7 ? 'time left' : 'neither';
}

import { SECOND } from '../time.ts';
import type { ProbeCall } from './probe-session.ts';

export type TokenVerdict = 'alive' | 'dead' | 'unknown';

/** The results of the measurements; absent fields were not measured. Durations in seconds. */
export interface ProbeFindings {
  /** The lifetime of a token that the broker issued during the probe. */
  readonly lifeSeconds?: number | undefined;
  readonly interval: {
    /** The shortest time between two issue calls after which the broker returned a token. */
    readonly answeredAfterSeconds?: number | undefined;
    /** The longest time between two issue calls after which the broker rejected the second call. */
    readonly rejectedAfterSeconds?: number | undefined;
    readonly rejection?: Pick<ProbeCall, 'code' | 'status'> | undefined;
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
    readonly expiresIn?: 'whole life' | 'time left' | 'neither' | undefined;
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

export function addCallFindings(
  findings: Omit<ProbeFindings, 'interval'>,
  calls: readonly ProbeCall[],
): ProbeFindings {
  const issueCalls = calls.filter(({ kind }) => kind === 'issue');
  const successfulCalls = issueCalls.filter(({ outcome }) => outcome === 'token');
  const life = lifetimeOf(successfulCalls);
  return {
    ...findings,
    // The lifetime is rounded, because brokers state the expiry in whole seconds and an opaque token does not
    // contain its issue time.
    lifeSeconds: life && 10 * Math.round(life / (10 * SECOND)),
    interval: measuredInterval(issueCalls),
    ...(findings.again && {
      again: { ...findings.again, expiresIn: expiresInMeaning(successfulCalls, life) },
    }),
  };
}

/** The broker may have issued the first token before the probe, so its issue time may be unknown. */
function lifetimeOf(successfulCalls: readonly ProbeCall[]): number | undefined {
  const lifetimes = successfulCalls.flatMap(({ at, issuedAt, expiresAt, fingerprint }, index) => {
    const isNew =
      index > 0 && successfulCalls.slice(0, index).every((each) => each.fingerprint !== fingerprint);
    const issueTime = issuedAt ?? (isNew ? at : undefined);
    return issueTime === undefined || expiresAt === undefined ? [] : [expiresAt - issueTime];
  });
  return lifetimes.at(-1);
}

/**
 * Measures the time from each successful call to the next call. A second rejection in a row is ignored,
 * because the broker may count the interval from the first rejected call.
 */
function measuredInterval(issueCalls: readonly ProbeCall[]): ProbeFindings['interval'] {
  const gapsBeforeOutcome = (outcome: string) =>
    issueCalls
      .flatMap((issue, index) => {
        const lastSuccessfulCall = issueCalls.slice(0, index).findLast((each) => each.outcome === 'token');
        const isConclusive = lastSuccessfulCall === issueCalls[index - 1] || outcome === 'token';
        if (issue.outcome !== outcome || lastSuccessfulCall === undefined || !isConclusive) return [];
        return [Math.round((issue.at - lastSuccessfulCall.end) / 100) / 10];
      })
      .sort((a, b) => a - b);
  const rejectedCall = issueCalls.find(({ outcome }) => outcome === 'throttled');
  return {
    answeredAfterSeconds: gapsBeforeOutcome('token')[0],
    rejectedAfterSeconds: gapsBeforeOutcome('throttled').at(-1),
    rejection: rejectedCall && { code: rejectedCall.code, status: rejectedCall.status },
    rejectionRestarts: doesRejectionRestartInterval(issueCalls),
  };
}

function doesRejectionRestartInterval(issueCalls: readonly ProbeCall[]): boolean | undefined {
  const outcomes = issueCalls.filter(({ step }) => step === 'rejection').map(({ outcome }) => outcome);
  const rejectedIndex = outcomes.indexOf('throttled');
  const next = rejectedIndex < 1 ? undefined : outcomes[rejectedIndex + 1];
  return next === 'token' || next === 'throttled' ? next === 'throttled' : undefined;
}

/** Returns what `expires_in` contains for a token that the broker returned again. */
function expiresInMeaning(successfulCalls: readonly ProbeCall[], life = Number.NaN) {
  const index = successfulCalls.findIndex(({ step }) => step === 'again');
  const { at = 0, expiresAt = 0, expiresIn, fingerprint } = successfulCalls[index] ?? {};
  if (expiresIn === undefined || fingerprint !== successfulCalls[index - 1]?.fingerprint) return undefined;
  if (Math.abs(expiresIn - life / SECOND) <= 7) return 'whole life';
  return Math.abs(expiresIn - (expiresAt - at) / SECOND) <= 7 ? 'time left' : 'neither';
}

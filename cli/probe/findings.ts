import { HOUR, SECOND } from '../time.ts';
import type { ProbeCall } from './probe-session.ts';

export type TokenLife = 'alive' | 'dead' | 'unknown';

/** Results of the measurements; absent: not measured. Durations in seconds. */
export interface ProbeFindings {
  /** Life of a token that was seen new. */
  readonly lifeSeconds?: number;
  /** The clock of the broker minus the clock of this machine, by `iat` of a token. */
  readonly brokerClockAheadSeconds?: number;
  /** Time between two issue calls. */
  readonly interval: {
    readonly answeredAfterSeconds?: number;
    readonly refusedAfterSeconds?: number;
    readonly refusal?: { readonly code?: string | undefined; readonly status?: number | undefined };
    /** The broker counts the interval from a refused call, too. */
    readonly refusalRestarts?: boolean | undefined;
  };
  /** A second issue call while the first token lives. */
  readonly again?: {
    readonly afterSeconds: number;
    readonly token: 'same' | 'new';
    readonly expiry?: 'kept' | 'moved';
    readonly oldToken?: TokenLife;
    /** `expires_in` of a token that was returned again. */
    readonly expiresIn?: 'whole life' | 'time left' | 'neither';
  };
  /** Age at which the broker returned the same token, or a new one. */
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

/** The findings that follow from all calls together. */
export function analyzeCalls(
  calls: readonly ProbeCall[],
): Pick<ProbeFindings, 'lifeSeconds' | 'brokerClockAheadSeconds' | 'interval'> {
  const issues = calls.filter(({ kind }) => kind === 'issue');
  const tokens = issues.filter(({ outcome }) => outcome === 'token');
  const life = lifeOf(tokens);
  const ahead = clockAhead(tokens);
  return {
    // Brokers state the expiry in whole seconds, and an opaque token has no issue time.
    ...(life !== undefined && { lifeSeconds: 10 * Math.round(life / (10 * SECOND)) }),
    ...(ahead !== undefined && { brokerClockAheadSeconds: Math.round(ahead / SECOND) }),
    interval: intervalOf(issues),
  };
}

const isNew = (token: ProbeCall, index: number, tokens: readonly ProbeCall[]): boolean =>
  !tokens.slice(0, index).some(({ fingerprint }) => fingerprint === token.fingerprint);

/** The first token may be an old one, so its issue time is known only from the token itself. */
function lifeOf(tokens: readonly ProbeCall[]): number | undefined {
  const lives = tokens.flatMap((token, index) => {
    const issuedAt = token.issuedAt ?? (index > 0 && isNew(token, index, tokens) ? token.at : undefined);
    return issuedAt === undefined || token.expiresAt === undefined ? [] : [token.expiresAt - issuedAt];
  });
  return lives.at(-1);
}

function clockAhead(tokens: readonly ProbeCall[]): number | undefined {
  const stamped = tokens.filter(
    (token, index) => token.issuedAt !== undefined && isNew(token, index, tokens),
  );
  const token = stamped[1] ?? stamped[0];
  if (token?.issuedAt === undefined) return undefined;
  const ahead = token.issuedAt - (token.at + token.end) / 2;
  return Math.abs(ahead) < HOUR ? ahead : undefined;
}

/** Gaps between an answered call and the next one. After a refused call, the broker may count from either. */
function intervalOf(issues: readonly ProbeCall[]): ProbeFindings['interval'] {
  const gaps = (outcome: string) =>
    issues.flatMap((issue, index) => {
      const counted = issues.slice(0, index).findLast((each) => each.outcome === 'token');
      const isNext = counted === issues[index - 1] || outcome === 'token';
      if (issue.outcome !== outcome || counted === undefined || !isNext) return [];
      return [Math.round((issue.at - counted.end) / 100) / 10];
    });
  const answered = gaps('token');
  const refused = gaps('throttled');
  const refusal = issues.find(({ outcome }) => outcome === 'throttled');
  const restarts = restartsAfterRefusal(issues);
  return {
    ...(answered.length > 0 && { answeredAfterSeconds: Math.min(...answered) }),
    ...(refused.length > 0 && { refusedAfterSeconds: Math.max(...refused) }),
    ...(refusal !== undefined && { refusal: { code: refusal.code, status: refusal.status } }),
    ...(restarts !== undefined && { refusalRestarts: restarts }),
  };
}

/** Whether a call was refused only because of the refused call before it. */
function restartsAfterRefusal(issues: readonly ProbeCall[]): boolean | undefined {
  const steps = issues.filter(({ step }) => step === 'refusal');
  const refused = steps.findIndex(({ outcome }) => outcome === 'throttled');
  const next = refused < 1 ? undefined : steps[refused + 1]?.outcome;
  if (next === 'token') return false;
  return next === 'throttled' ? true : undefined;
}

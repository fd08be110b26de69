import type { Contract } from '../brokers/broker.ts';
import type { CredentialConfig } from '../shared/credential.ts';
import type { Cause } from '../shared/message.ts';
import type { State } from '../shared/state.ts';
import { type DueReason, type KeepReason, whyDue } from './due.ts';
import { type GateReason, gate } from './gate.ts';

/** Everything a decision depends on, gathered elsewhere and handed in whole. */
export interface Facts {
  readonly config: CredentialConfig;
  readonly contract: Contract;
  readonly state: State;
  /** The state parameter could not be understood; `state` is what could be saved of it. */
  readonly unreadable?: boolean | undefined;
  readonly message: { readonly cause: Cause; readonly generation?: number | undefined };
  /** Version of the secret as it is now; undefined while it has not been read. */
  readonly secretVersion?: string | undefined;
  /** What the broker said of the reported token; undefined while it has not been asked. */
  readonly verdict?: 'alive' | 'unknown' | undefined;
}

export type Decision =
  /** Nothing to do. `Rejected`: kept until the report has been checked with the broker. */
  | { readonly action: 'keep'; readonly reason: KeepReason; readonly until?: number | undefined }
  /** Ask the broker for a token now. */
  | { readonly action: 'issue'; readonly reason: DueReason; readonly must: boolean }
  /** A token is due, but may not be asked for before `until`. */
  | {
      readonly action: 'wait';
      readonly reason: WaitReason;
      readonly until: number;
      readonly must: boolean;
      readonly due: DueReason;
    }
  /** A token is due, but a person is needed; `until`: asked again then all the same. */
  | {
      readonly action: 'hold';
      readonly reason: HoldReason;
      readonly until?: number | undefined;
      readonly due: DueReason | 'Rejected';
    };

export type WaitReason = Exclude<GateReason, HoldReason>;
export type HoldReason = 'Paused' | 'CredentialsRejected';

/** A tick comes up to so much later than its interval says: scheduler, flexible window, queue and start together. */
export const LATE_TICK = 90_000;

/**
 * What to do about one credential at `now` (epoch milliseconds). Pure and total.
 * Two halves, always in this order: is a new token due, and may the broker be asked for one.
 */
export function decide(facts: Facts, now: number): Decision {
  const due = whyDue(facts, now);
  const { published } = facts.state;

  if (due.action === 'keep') {
    if (due.reason === 'Rejected' && facts.state.paused)
      return { action: 'hold', reason: 'Paused', due: 'Rejected' };
    return { action: 'keep', reason: due.reason, until: published?.renewAt };
  }

  // Whether the next tick might be too late.
  const must = !livesAt(facts.state, now + facts.config.checkEverySeconds * 1000 + LATE_TICK);
  const closed = gate(facts, due.reason, now);
  if (closed === undefined) return { action: 'issue', reason: due.reason, must };
  if (closed.reason === 'Paused' || closed.reason === 'CredentialsRejected')
    return { action: 'hold', reason: closed.reason, until: closed.until, due: due.reason };
  return { action: 'wait', reason: closed.reason, until: closed.until, must, due: due.reason };
}

/** Whether the published token works at `instant`, as far as is known. */
export function livesAt(state: State, instant: number): boolean {
  return state.published !== undefined && !state.dead && instant < state.published.expiresAt;
}

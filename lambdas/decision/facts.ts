import type { BrokerContract } from '../brokers/broker.ts';
import type { CredentialConfig } from '../shared/credential.ts';
import type { State } from '../shared/state.ts';

/** All inputs of a decision, except the current time. */
export interface Facts {
  readonly config: CredentialConfig;
  readonly contract: BrokerContract;
  readonly state: State;
  /** Whether the state parameter was damaged; `state` then contains the fields that could be recovered. */
  readonly unreadable?: boolean | undefined;
  /** The KMS key that must encrypt the token parameter. */
  readonly tokenKeyArn: string;
  /** The parameter has the published token (`ours`), needs a restore (`changed`), or allows none (`lost`). */
  readonly parameter: 'ours' | 'changed' | 'lost';
  /** Whether the message reports a rejected token that the refresher has already replaced. */
  readonly staleReport?: boolean | undefined;
  /** The current version of the secret, if this invocation read the version without the secret value. */
  readonly secretVersion?: string | undefined;
  /** The secret, if it was read in this invocation. */
  readonly secret?: SecretFacts | undefined;
  readonly done: InvocationProgress;
  readonly invocationStartedAt: number;
  /** The time at which Lambda ends the invocation. All times are in epoch milliseconds. */
  readonly deadline: number;
}

export interface SecretFacts {
  readonly version: string;
  /** The first 12 hex digits of the SHA-256 of the app key; absent if the secret contains no usable key. */
  readonly appKey?: string | undefined;
  /** The first 12 hex digits of the SHA-256 of the app key and the app secret. */
  readonly keyPair?: string | undefined;
}

/** The calls that one invocation has made, and their results. The state does not contain this information. */
export interface InvocationProgress {
  /** The number of issue calls that count towards MAX_ISSUE_CALLS. */
  readonly calls: number;
  /** The number of issue calls that the broker rejected or never received after a revocation. */
  readonly repeats: number;
  /** The verdict of the verify call after the last issue or revoke call. */
  readonly verdict?: Verdict | undefined;
  /** Whether the last issue call returned the token that was already published. */
  readonly returned?: boolean | undefined;
  /** Whether the published token was issued in this invocation. */
  readonly published?: boolean | undefined;
  /** The fingerprint of the token that this invocation tried to revoke. */
  readonly revoked?: string | undefined;
}

export const INITIAL_PROGRESS: InvocationProgress = { calls: 0, repeats: 0 };

export const VERDICTS = ['alive', 'dead', 'unclear', 'unreachable'] as const;
/** The result of a verify call; `unclear` if the answer does not show whether the token is valid. */
export type Verdict = (typeof VERDICTS)[number];

/** The reasons to issue a new token, in the order in which the refresher checks them. */
export const DUE_REASONS = [
  'Interrupted',
  'Missing',
  'CredentialsChanged',
  'ParameterLost',
  'TokenDead',
  'Forced',
  'Expired',
  'NearExpiry',
  'NearExpiryFailOpen',
] as const;
export type DueReason = (typeof DUE_REASONS)[number];

/** The reasons to keep the published token. */
export const KEEP_REASONS = ['Fresh', 'StillAlive', 'Unverified', 'AlreadyReplaced'] as const;
export type KeepReason = (typeof KEEP_REASONS)[number];

/** The reasons to wait for an operator. */
export const HOLD_REASONS = ['Paused', 'CredentialsRejected', 'RevokePending'] as const;

/** The reasons to wait before the next broker call. */
export const WAIT_REASONS = [
  'TooSoon',
  'BrokerUnhealthy',
  'WouldReuse',
  'AwaitExpiry',
  'BudgetSpent',
  'BackingOff',
] as const;

/** The reasons for verify, restore and revoke steps, in addition to the reasons above. */
export const STEP_REASONS = [
  'Suspect',
  'SecretVersion',
  'BeforeCall',
  'ParameterChanged',
  'Requested',
] as const;

/** A step that reads a fact or calls the broker. After the step, the refresher calls `decide` again. */
export interface Step {
  readonly action: 'check-secret' | 'read-secret' | 'restore' | 'verify' | 'issue' | 'revoke';
  readonly reason: DueReason | KeepReason | Hold['reason'] | Wait['reason'] | (typeof STEP_REASONS)[number];
}

export interface Wait {
  readonly action: 'wait';
  readonly reason: (typeof WAIT_REASONS)[number];
  readonly until: number;
  readonly due?: DueReason | undefined;
  /** Whether the invocation sleeps until the end of the wait, because the next tick would be too late. */
  readonly sleep: boolean;
}

export interface Hold {
  readonly action: 'hold';
  readonly reason: (typeof HOLD_REASONS)[number];
  /** The time at which the refresher tries again even if no operator acts. */
  readonly until?: number | undefined;
  readonly due?: DueReason | undefined;
}

export type Decision =
  | Step
  /** The refresher has nothing to do before `until`. */
  | { readonly action: 'keep'; readonly reason: KeepReason; readonly until?: number | undefined }
  | Wait
  | Hold;

/** The time at the end of an invocation that is reserved for the work after a sleep, in milliseconds. */
export const RESERVED_TIME_AFTER_SLEEP = 45_000;
/** The largest number of issue calls in one invocation. */
export const MAX_ISSUE_CALLS = 3;

/** Creates facts from stored data only, without a call to AWS or the broker. */
export function factsFromStore(
  stored: Pick<Facts, 'config' | 'contract' | 'state' | 'unreadable'>,
  now: number,
): Facts {
  return {
    ...stored,
    tokenKeyArn: stored.state.published?.issuedFor.tokenKeyArn ?? '',
    parameter: 'ours',
    done: INITIAL_PROGRESS,
    invocationStartedAt: now,
    deadline: now + stored.config.checkEverySeconds * 1000,
  };
}

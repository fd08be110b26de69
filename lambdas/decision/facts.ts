import type { BrokerContract } from '../brokers/broker.ts';
import type { CredentialConfig } from '../shared/credential.ts';
import type { State } from '../shared/state.ts';

/** Everything that a decision depends on. */
export interface Facts {
  readonly config: CredentialConfig;
  readonly contract: BrokerContract;
  readonly state: State;
  /** The state parameter was damaged; `state` contains the fields that could be recovered. */
  readonly unreadable?: boolean | undefined;
  /** KMS key that the token parameter must be encrypted with. */
  readonly tokenKeyArn: string;
  /**
   * The token parameter. `ours`: contains the published token; `changed`: must be restored; `lost`: cannot
   * be.
   */
  readonly parameter: 'ours' | 'changed' | 'lost';
  /** The report in this message names a generation that has been replaced. */
  readonly staleReport?: boolean | undefined;
  /** The current version of the secret, if it was read without the value. */
  readonly secretVersion?: string | undefined;
  /** The secret, if it was read in this invocation. */
  readonly secret?: SecretFacts | undefined;
  /** What this invocation has done. */
  readonly done: InvocationProgress;
  /** The start of the invocation, in epoch milliseconds. */
  readonly invocationStartedAt: number;
  /** When Lambda ends the invocation, in epoch milliseconds. */
  readonly deadline: number;
}

export interface SecretFacts {
  readonly version: string;
  /** The first 12 hex digits of the SHA-256 of the app key; absent if the secret contains no usable key. */
  readonly appKey?: string | undefined;
  /** The same hash of app key and app secret. */
  readonly keyPair?: string | undefined;
}

/** A secret that contains an app key, as every issue call needs. */
export type UsableSecret = SecretFacts & { readonly appKey: string };

/** What one invocation has done so far. It is not stored. */
export interface InvocationProgress {
  /** The number of issue calls that count towards MAX_ISSUE_CALLS. */
  readonly calls: number;
  /** The number of issue calls that were repeated after an early revocation. */
  readonly repeats: number;
  /** The verdict of the verify call after the last issue or revoke call. */
  readonly verdict?: Verdict | undefined;
  /** The last issue call returned the published token. */
  readonly returned?: boolean | undefined;
  /** The published token was issued in this invocation. */
  readonly published?: boolean | undefined;
  /** The fingerprint of the token that this invocation tried to revoke. */
  readonly revoked?: string | undefined;
}

export const NO_PROGRESS: InvocationProgress = { calls: 0, repeats: 0 };

export const VERDICTS = ['alive', 'dead', 'unclear', 'unreachable'] as const;
/** The result of a verify call. `unclear`: an answer without a verdict; `unreachable`: no answer. */
export type Verdict = (typeof VERDICTS)[number];

/** Why a new token is due, in the order in which the reasons are checked. */
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

/** Why no new token is due. */
export const KEEP_REASONS = ['Fresh', 'StillAlive', 'Unverified', 'AlreadyReplaced'] as const;
export type KeepReason = (typeof KEEP_REASONS)[number];

/** Why the refresher waits for an operator. */
export const HOLD_REASONS = ['Paused', 'CredentialsRejected', 'RevokePending'] as const;
export type HoldReason = (typeof HOLD_REASONS)[number];

/** Why the broker must not be called before an instant. */
export const WAIT_REASONS = [
  'TooSoon',
  'BrokerUnhealthy',
  'WouldReuse',
  'AwaitExpiry',
  'BudgetSpent',
  'BackingOff',
] as const;
export type WaitReason = (typeof WAIT_REASONS)[number];

/** Why a step is taken although no new token is due. */
export const STEP_REASONS = [
  'Suspect',
  'SecretVersion',
  'BeforeCall',
  'ParameterChanged',
  'Requested',
] as const;
export type StepReason = (typeof STEP_REASONS)[number];

/** A step that reads a fact or calls the broker. Afterwards `decide` is called again. */
export interface Step {
  readonly action: 'check-secret' | 'read-secret' | 'restore' | 'verify' | 'issue' | 'revoke';
  readonly reason: DueReason | KeepReason | HoldReason | WaitReason | StepReason;
}

export type Decision =
  | Step
  /** Nothing to do before `until`. */
  | { readonly action: 'keep'; readonly reason: KeepReason; readonly until?: number | undefined }
  | Wait
  | Hold;

export interface Wait {
  readonly action: 'wait';
  readonly reason: WaitReason;
  readonly until: number;
  readonly due?: DueReason | undefined;
  /** The invocation sleeps until then, because the next tick would be too late. */
  readonly sleep: boolean;
}

export interface Hold {
  readonly action: 'hold';
  readonly reason: HoldReason;
  /** The refresher tries again at this instant. */
  readonly until?: number | undefined;
  readonly due?: DueReason | undefined;
}

/**
 * The longest delay of a tick, in milliseconds: scheduler, flexible window, queue and function start
 * together.
 */
export const MAX_TICK_DELAY = 90_000;
/** The time at the end of an invocation that is reserved for the work after a sleep, in milliseconds. */
export const RESERVED_TIME_AFTER_SLEEP = 45_000;
/** The largest number of issue calls in one invocation. */
export const MAX_ISSUE_CALLS = 3;

/**
 * The facts of an idle tick, from stored data only. They show the health of a credential without any call.
 */
export function factsFromStore(
  stored: Pick<Facts, 'config' | 'contract' | 'state' | 'unreadable'>,
  now: number,
): Facts {
  const tokenKeyArn = stored.state.published?.issuedFor.tokenKeyArn ?? '';
  const deadline = now + stored.config.checkEverySeconds * 1000;
  return { ...stored, tokenKeyArn, parameter: 'ours', done: NO_PROGRESS, invocationStartedAt: now, deadline };
}

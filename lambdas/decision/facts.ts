import type { Contract } from '../brokers/broker.ts';
import type { CredentialConfig } from '../shared/credential.ts';
import type { State } from '../shared/state.ts';

/** Everything a decision depends on, gathered elsewhere. Each question has one field that answers it. */
export interface Facts {
  readonly config: CredentialConfig;
  readonly contract: Contract;
  readonly state: State;
  /** The state parameter was damaged; `state` holds what could be saved. */
  readonly unreadable?: boolean | undefined;
  /** KMS key that the token parameter must be encrypted with. */
  readonly tokenKeyArn: string;
  /**
   * The token parameter: `ours` holds the published token; `changed` must be restored; `lost` could not be.
   */
  readonly parameter: 'ours' | 'changed' | 'lost';
  /** The report in this message names a generation that has been replaced. */
  readonly staleReport?: boolean | undefined;
  /** Current version of the secret, if it was looked up without its value. */
  readonly secretVersion?: string | undefined;
  /** The secret, if it was read in this invocation. */
  readonly secret?: SecretFacts | undefined;
  /** What this invocation did so far. */
  readonly done: Done;
  readonly begunAt: number;
  /** When Lambda ends the invocation, epoch milliseconds. */
  readonly deadline: number;
}

export interface SecretFacts {
  readonly version: string;
  /** First 12 hex digits of the app key's SHA-256; absent if the secret holds no usable key. */
  readonly appKey?: string | undefined;
  /** The same of app key and secret. */
  readonly keyPair?: string | undefined;
}

/** A secret that holds an app key: every issue call is made with one. */
export interface UsableSecret extends SecretFacts {
  readonly appKey: string;
  readonly keyPair?: string | undefined;
}

/** What one invocation did; nothing of it outlives the invocation. */
export interface Done {
  /** Issue calls that count towards MOST_CALLS. */
  readonly calls: number;
  /** Repeated asks after our own revocation. */
  readonly repeats: number;
  /** Verdict on the published token since the last issue or revoke call. */
  readonly verdict?: Verdict | undefined;
  /** The last issue call returned the published token. */
  readonly returned?: boolean | undefined;
  /** The published token was issued in this invocation. */
  readonly published?: boolean | undefined;
  /** Fingerprint of the token that this invocation tried to revoke. */
  readonly revoked?: string | undefined;
}

export const NOTHING_DONE: Done = { calls: 0, repeats: 0 };

export const VERDICTS = ['alive', 'dead', 'unclear', 'unreachable'] as const;
/**
 * What the broker says of a token: `unclear` is an answer without a verdict, `unreachable` no answer.
 */
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

/** Why none is due. */
export const KEEP_REASONS = ['Fresh', 'StillAlive', 'Unverified', 'AlreadyReplaced'] as const;
export type KeepReason = (typeof KEEP_REASONS)[number];

/** A person is needed, or wants it so. */
export const HOLD_REASONS = ['Paused', 'CredentialsRejected', 'RevokePending'] as const;
export type HoldReason = (typeof HOLD_REASONS)[number];

/** The broker must not be called before an instant. */
export const WAIT_REASONS = [
  'TooSoon',
  'BrokerUnhealthy',
  'WouldReuse',
  'AwaitExpiry',
  'BudgetSpent',
  'BackingOff',
] as const;
export type WaitReason = (typeof WAIT_REASONS)[number];

/** Why a step is taken that needs no new token. */
export const STEP_REASONS = [
  'Suspect',
  'SecretVersion',
  'BeforeCall',
  'ParameterChanged',
  'Requested',
] as const;
export type StepReason = (typeof STEP_REASONS)[number];

/** A step that gathers a fact or changes the world; the decision is made again after it. */
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
  /** The wait is spent inside the invocation: the next tick would be too late. */
  readonly sleep: boolean;
}

export interface Hold {
  readonly action: 'hold';
  readonly reason: HoldReason;
  /** Tried again then all the same. */
  readonly until?: number | undefined;
  readonly due?: DueReason | undefined;
}

/** The longest that a tick arrives late: scheduler, flexible window, queue and start together. */
export const MAX_TICK_DELAY = 90_000;
/** Time kept free at the end of an invocation for the work after a sleep. */
export const RESERVED_TIME = 45_000;
/** Issue calls in one invocation at most. */
export const MAX_ISSUE_CALLS = 3;

/** Facts of an idle tick, from stored data only: how a credential stands without asking anything. */
export function storedFacts(
  stored: Pick<Facts, 'config' | 'contract' | 'state' | 'unreadable'>,
  now: number,
): Facts {
  const tokenKeyArn = stored.state.published?.issuedFor.tokenKeyArn ?? '';
  const deadline = now + stored.config.checkEverySeconds * 1000;
  return { ...stored, tokenKeyArn, parameter: 'ours', done: NOTHING_DONE, begunAt: now, deadline };
}

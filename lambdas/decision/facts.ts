import type { Contract } from '../brokers/broker.ts';
import type { CredentialConfig } from '../shared/credential.ts';
import type { State } from '../shared/state.ts';

/**
 * Everything that a decision depends on. The refresher gathers it; each question has one field that answers
 * it.
 */
export interface Facts {
  readonly config: CredentialConfig;
  readonly contract: Contract;
  readonly state: State;
  /** The state parameter was damaged; `state` holds the fields that could be recovered. */
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
  /** What this invocation has done. */
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

/** What one invocation has done. It ends with the invocation. */
export interface Done {
  /** Issue calls that count towards MAX_ISSUE_CALLS. */
  readonly calls: number;
  /** Issue calls repeated after a revocation by the refresher. */
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
 * The broker's verdict on a token. `unclear`: an answer without a verdict; `unreachable`: no answer.
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

/** The refresher waits for an operator. */
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

/** Why a step is taken although no new token is due. */
export const STEP_REASONS = [
  'Suspect',
  'SecretVersion',
  'BeforeCall',
  'ParameterChanged',
  'Requested',
] as const;
export type StepReason = (typeof STEP_REASONS)[number];

/** A step that reads a fact or calls the broker. The decision is made again after it. */
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

/** Longest delay of a tick: scheduler, flexible window, queue and function start together. */
export const MAX_TICK_DELAY = 90_000;
/** Time that is reserved at the end of an invocation for the work after a sleep. */
export const RESERVED_TIME = 45_000;
/** Largest number of issue calls in one invocation. */
export const MAX_ISSUE_CALLS = 3;

/** Facts of an idle tick, from stored data only: the health of a credential without any call. */
export function storedFacts(
  stored: Pick<Facts, 'config' | 'contract' | 'state' | 'unreadable'>,
  now: number,
): Facts {
  const tokenKeyArn = stored.state.published?.issuedFor.tokenKeyArn ?? '';
  const deadline = now + stored.config.checkEverySeconds * 1000;
  return { ...stored, tokenKeyArn, parameter: 'ours', done: NOTHING_DONE, begunAt: now, deadline };
}

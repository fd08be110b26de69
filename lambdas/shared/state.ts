import type { BrokerId, Market } from './credential.ts';
import type { Cause } from './message.ts';

/**
 * The state of a credential: content of its `state` parameter. It holds no secret.
 * In memory instants are epoch milliseconds; in the parameter they are ISO 8601, UTC.
 */
export interface State {
  /** Number of distinct tokens published so far; 0 = none yet. */
  readonly generation: number;
  readonly published?: PublishedToken | undefined;
  /** The broker returned a token after its confirmed revocation, so a revocation gains nothing. */
  readonly revokeUseless?: true | undefined;
  /** Revoked on request; not replaced until `forced`. */
  readonly paused?: true | undefined;
  readonly pending?: Pending | undefined;
  readonly refused?: Refusal | undefined;
  /** End of the last issue call, refused ones included; its stamp + 15 s while the end is unknown. */
  readonly lastCallAt?: number | undefined;
  /** App key (hash) of `issues`: calls with another key do not count. */
  readonly calledWith?: string | undefined;
  /** Issue calls answered with a token, or sent and never answered; oldest first. */
  readonly issues: readonly number[];
  /** An issue call was interrupted: the parameter may hold its token, which the state does not know. */
  readonly interrupted?: true | undefined;
  readonly attempt?: Attempt | undefined;
  /** End of the last answered verify call with the published token. */
  readonly verifiedAt?: number | undefined;
  readonly lastRequest?: LastRequest | undefined;
}

export const HEALTH = ['live', 'suspect', 'dead'] as const;
/** `suspect`: it may have been invalidated and must be verified. */
export type Health = (typeof HEALTH)[number];

/** The published token and the facts that apply to it only. */
export interface PublishedToken {
  /** First 12 hex digits of the SHA-256 of the token. */
  readonly fingerprint: string;
  readonly tokenType: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** Nothing changes before this instant: readers may cache until then. */
  readonly renewAt: number;
  /** Version of the token parameter that the refresher wrote. */
  readonly tokenVersion?: number | undefined;
  readonly health: Health;
  readonly issuedFor: IssuedFor;
  /** The broker confirmed the revocation of this token. */
  readonly revokedAt?: number | undefined;
  /** The broker returned this token although it is dead: it must be revoked. */
  readonly returnedDead?: true | undefined;
  /** Revocations sent for this token. */
  readonly revocations?: number | undefined;
  /** How often the broker returned this token at or after `renewAt`, counted at most every 30 min. */
  readonly returnedAgain?: number | undefined;
}

/** The credentials that issued a token, and the KMS key that encrypts it. */
export interface IssuedFor {
  readonly broker: BrokerId;
  readonly market: Market;
  readonly secretArn: string;
  /** Empty if AWS did not return it. */
  readonly secretVersion: string;
  /** First 12 hex digits of the SHA-256 of the app key. */
  readonly appKey: string;
  /** The same hash of app key and app secret. Only an issue call shows whether a changed app secret is valid. */
  readonly keyPair?: string | undefined;
  readonly tokenKeyArn: string;
}

/** Requests that could not be served yet. */
export interface Pending {
  readonly forced?: { readonly since: number } | undefined;
  readonly credentialsChanged?: { readonly since: number } | undefined;
  readonly revoke?: PendingRevoke | undefined;
}

export interface PendingRevoke {
  /** Absent: the token that an interrupted issue call published; it is issued again and revoked. */
  readonly fingerprint?: string | undefined;
  readonly reissue: boolean;
  readonly since: number;
}

/** The broker rejected the key, or the secret holds none: an operator must act. */
export interface Refusal {
  readonly secretVersion: string;
  /** The broker's code, or `Unconfigured`. */
  readonly code: string;
  readonly since: number;
  readonly retryAt: number;
  readonly times: number;
}

export const OUTCOMES = [
  'started',
  'published',
  'unchanged',
  'unpublished',
  'throttled',
  'unavailable',
  'malformed',
  'rejected',
  'revoked',
  'unconfigured',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const CALLS = ['issue', 'revoke'] as const;
/** A call that can end the published token. */
export type Call = (typeof CALLS)[number];

/** The last attempt, for display and back-off only, except `started`: the end of that call is unknown. */
export interface Attempt {
  readonly at: number;
  readonly cause: Cause;
  readonly messageId: string;
  readonly kind: Call;
  readonly outcome: Outcome;
  readonly brokerCode?: string | undefined;
  /** At most 200 characters, scrubbed. */
  readonly message?: string | undefined;
  /** Consecutive failed attempts. */
  readonly failures: number;
  readonly retryAt?: number | undefined;
}

/** The last message that was more than an idle tick. The CLI reads the result of its request here. */
export interface LastRequest {
  readonly messageId: string;
  readonly cause: Cause;
  readonly at: number;
  readonly action: string;
  readonly reason: string;
}

export const INITIAL_STATE: State = { generation: 0, issues: [] };

export const MAX_ISSUES_KEPT = 32;
export const MAX_MESSAGE_LENGTH = 200;
const DAY = 24 * 60 * 60 * 1000;

/** `issues` with one more call: the newest 32 of the last 24 hours, oldest first. */
export function withIssue(issues: readonly number[], at: number): readonly number[] {
  return [...issues, at].filter((each) => each > at - DAY).slice(-MAX_ISSUES_KEPT);
}

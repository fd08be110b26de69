import * as v from 'valibot';
import { BROKERS, MARKETS } from './credential.ts';
import { CAUSES } from './message.ts';

// In memory, instants are epoch milliseconds. The `state` parameter stores instants as ISO 8601 texts in UTC.
const instant = v.pipe(v.string(), v.isoTimestamp(), v.transform(Date.parse), v.number(), v.finite());
export const wholeNumber = v.pipe(v.number(), v.integer(), v.minValue(0));
const text = v.pipe(v.string(), v.nonEmpty());
const optionalTrue = v.optional(v.literal(true));
/** The first 12 hex digits of a SHA-256 hash. */
const shortHash = v.pipe(v.string(), v.regex(/^[0-9a-f]{12}$/));

export const HEALTH = ['live', 'suspect', 'dead'] as const;
/** A `suspect` token may have been invalidated, so the refresher verifies it with a call to the broker. */
export type Health = (typeof HEALTH)[number];

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

export const RECORDED_CALLS = ['issue', 'revoke'] as const;
/** A broker call that can invalidate the published token. */
export type RecordedCall = (typeof RECORDED_CALLS)[number];

/** The credentials that issued a token, and the KMS key that encrypts the token. */
const issuedForSchema = v.object({
  broker: v.picklist(BROKERS),
  market: v.picklist(MARKETS),
  secretArn: text,
  /** The version of the secret; empty if AWS returned no version. */
  secretVersion: v.string(),
  /** The hash of the app key. */
  appKey: shortHash,
  /** The hash of app key and app secret. Only an issue call shows whether a changed app secret is valid. */
  keyPair: v.optional(shortHash),
  tokenKeyArn: text,
});
export type IssuedFor = Readonly<v.InferOutput<typeof issuedForSchema>>;

/** The facts about the published token only, which are top-level fields of the `state` parameter. */
export const publishedSchema = v.object({
  fingerprint: shortHash,
  tokenType: text,
  issuedAt: instant,
  expiresAt: instant,
  /** Readers may cache the token until this time, because the refresher does not renew the token earlier. */
  renewAt: instant,
  /** The version of the token parameter that the refresher wrote. */
  tokenVersion: v.optional(wholeNumber),
  health: v.picklist(HEALTH),
  issuedFor: issuedForSchema,
  /** The time at which the broker confirmed the revocation of this token. */
  revokedAt: v.optional(instant),
  /** The broker returned this dead token, and issues a different token only after its revocation. */
  returnedDead: optionalTrue,
  /** The number of revocations sent for this token. */
  revocations: v.optional(wholeNumber),
  /** How often the broker returned this token from `renewAt` on; replies within 30 min count as one. */
  returnedAgain: v.optional(wholeNumber),
});
export type PublishedToken = Readonly<v.InferOutput<typeof publishedSchema>>;

/**
 * A requested revocation. Without `fingerprint`, the state does not contain the token, because an issue call
 * was interrupted: the refresher obtains the token with another issue call, and revokes it.
 */
const pendingRevokeSchema = v.object({
  fingerprint: v.optional(shortHash),
  reissue: v.boolean(),
  since: instant,
});
export type PendingRevoke = Readonly<v.InferOutput<typeof pendingRevokeSchema>>;

/** A rejected or missing app key. An operator must correct the secret. */
const keyRejectionSchema = v.object({
  secretVersion: v.string(),
  /** The error code of the broker, or `Unconfigured` if the secret contains no usable app key. */
  code: v.string(),
  since: instant,
  retryAt: instant,
  times: wholeNumber,
});
export type KeyRejection = Readonly<v.InferOutput<typeof keyRejectionSchema>>;

/** The last broker call, for display and back-off. The outcome `started` means an unknown result. */
const attemptSchema = v.object({
  at: instant,
  cause: v.picklist(CAUSES),
  messageId: v.string(),
  kind: v.picklist(RECORDED_CALLS),
  outcome: v.picklist(OUTCOMES),
  brokerCode: v.optional(v.string()),
  /** The message of the broker: at most 200 characters, without secrets. */
  message: v.optional(v.string()),
  /** The number of consecutive failed attempts. */
  failures: wholeNumber,
  retryAt: v.optional(instant),
});
export type Attempt = Readonly<v.InferOutput<typeof attemptSchema>>;

/** All fields of the state except `generation` and the fields of the published token. */
export const stateFields = {
  /** The broker returned a token after confirming its revocation, so revocations have no effect. */
  revokeUseless: optionalTrue,
  /** The token was revoked on request, and no new token is issued until a `forced` message arrives. */
  paused: optionalTrue,
  pending: v.optional(
    v.object({
      forced: v.optional(v.object({ since: instant })),
      credentialsChanged: v.optional(v.object({ since: instant })),
      revoke: v.optional(pendingRevokeSchema),
    }),
  ),
  refused: v.optional(keyRejectionSchema),
  /** The end of the last issue call, even if rejected; its start plus 15 s while the end is unknown. */
  lastCallAt: v.optional(instant),
  /** The hash of the app key of the calls in `issues`. A different app key has its own daily budget. */
  calledWith: v.optional(shortHash),
  /** The times of issue calls that returned a token or were sent and never answered, oldest first. */
  issues: v.pipe(v.array(instant), v.readonly()),
  /** An issue call was interrupted: the token parameter may contain a token that is not in the state. */
  interrupted: optionalTrue,
  attempt: v.optional(attemptSchema),
  /** The end of the last answered verify call with the published token. */
  verifiedAt: v.optional(instant),
  /** The last message, except ticks that changed nothing. The CLI reads the result of its request here. */
  lastRequest: v.optional(
    v.object({
      messageId: v.string(),
      cause: v.picklist(CAUSES),
      at: instant,
      action: v.string(),
      reason: v.string(),
    }),
  ),
};
const stateSchema = v.object({ generation: wholeNumber, ...stateFields });

/** Contains no secrets. In generation 0, no token has been published yet. */
export type State = Readonly<v.InferOutput<typeof stateSchema>> & {
  readonly published?: PublishedToken | undefined;
};

export const INITIAL_STATE: State = { generation: 0, issues: [] };

export const MAX_STORED_ISSUE_TIMES = 32;
export const MAX_MESSAGE_LENGTH = 200;
const DAY = 24 * 60 * 60 * 1000;

/** Adds the time of an issue call to `issues`, and keeps the newest 32 times of the last 24 hours. */
export function addIssueCall(issues: readonly number[], at: number): readonly number[] {
  return [...issues, at].filter((each) => each > at - DAY).slice(-MAX_STORED_ISSUE_TIMES);
}

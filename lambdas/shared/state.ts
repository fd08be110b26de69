import * as v from 'valibot';
import { CAUSES, type Cause } from './message.ts';

/**
 * The state of a credential: content of its `state` parameter, no secret in it.
 * In memory instants are epoch milliseconds; in the parameter they are ISO 8601, UTC.
 */
export interface State {
  /** Distinct tokens published so far; 0 = none yet. */
  readonly generation: number;
  readonly published?: PublishedToken | undefined;
  /** The published token is known not to work. */
  readonly dead?: true | undefined;
  /** A call whose token nobody got may have ended the published one: it is tried at every tick until that is known. */
  readonly doubted?: true | undefined;
  /** Revoked on request and not to be replaced until `forced`. */
  readonly paused?: true | undefined;
  readonly wanted?: Wish | undefined;
  /** End of the last issue call, refused ones included; its stamp + 15 s while the end is unknown. */
  readonly lastCallAt?: number | undefined;
  readonly attempt?: Attempt | undefined;
  readonly last?: LastMessage | undefined;
  /** Issue calls answered with a token or never answered, oldest first. */
  readonly issues: readonly number[];
}

export interface PublishedToken {
  /** First 12 hex digits of the SHA-256 of the token. */
  readonly fingerprint: string;
  readonly tokenType: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** Until then nothing will change: readers may cache. */
  readonly renewAt: number;
  /** Version of the secret that issued it. */
  readonly secretVersion: string;
}

export const WISHES = ['Forced', 'Rejected', 'CredentialsChanged'] as const;
export type WishReason = (typeof WISHES)[number];

/** Something asked for that could not be served yet; kept until it is served or void. */
export interface Wish {
  readonly reason: WishReason;
  readonly generation?: number | undefined;
  readonly since: number;
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

/** The last attempt that touched the broker or was kept from it by the secret. */
export interface Attempt {
  readonly at: number;
  readonly cause: Cause;
  readonly messageId: string;
  readonly outcome: Outcome;
  readonly brokerCode?: string | undefined;
  /** At most 200 characters, scrubbed. */
  readonly message?: string | undefined;
  /** Attempts in a row that did not end `published` or `unchanged`. */
  readonly failures: number;
  readonly secretVersion: string;
  readonly retryAt?: number | undefined;
}

/** The last message that was more than an idle tick: how a waiting operator learns the outcome. */
export interface LastMessage {
  readonly messageId: string;
  readonly cause: Cause;
  readonly at: number;
  readonly action: string;
  readonly reason: string;
}

export const NO_STATE: State = { generation: 0, issues: [] };

export const MAX_ISSUES_KEPT = 32;
export const MAX_MESSAGE_LENGTH = 200;
const ISSUES_KEPT_FOR = 24 * 60 * 60 * 1000;

const instant = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.transform((text) => Date.parse(text)),
  v.number(),
  v.finite(),
);
const whole = v.pipe(v.number(), v.integer(), v.minValue(0));
const text = v.pipe(v.string(), v.nonEmpty());
const flag = v.optional(v.literal(true));

const publishedSchema = v.object({
  fingerprint: v.pipe(v.string(), v.regex(/^[0-9a-f]{12}$/)),
  tokenType: text,
  issuedAt: instant,
  expiresAt: instant,
  renewAt: instant,
  // Empty if AWS did not tell it.
  secretVersion: v.string(),
});

const fields = {
  dead: flag,
  doubted: flag,
  paused: flag,
  wanted: v.optional(v.object({ reason: v.picklist(WISHES), generation: v.optional(whole), since: instant })),
  lastCallAt: v.optional(instant),
  attempt: v.optional(
    v.object({
      at: instant,
      cause: v.picklist(CAUSES),
      messageId: v.string(),
      outcome: v.picklist(OUTCOMES),
      brokerCode: v.optional(v.string()),
      message: v.optional(v.string()),
      failures: whole,
      secretVersion: v.string(),
      retryAt: v.optional(instant),
    }),
  ),
  last: v.optional(
    v.object({
      messageId: v.string(),
      cause: v.picklist(CAUSES),
      at: instant,
      action: v.string(),
      reason: v.string(),
    }),
  ),
  issues: v.array(instant),
};

const stateSchema = v.object({ version: v.literal(1), generation: whole, ...fields });

export interface ParsedState {
  readonly state: State;
  /** The text was not a state: what could be saved of it is in `state`, the rest is lost. */
  readonly unreadable?: string | undefined;
}

/**
 * Reads a `state` parameter. Never throws: of a text that is not a state (edited by hand, newer
 * version) every field that is valid by itself is kept, so that the minimum interval, the budget
 * and the generation outlive the damage.
 */
export function parseState(text: string): ParsedState {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { state: NO_STATE, unreadable: 'it is not JSON' };
  }
  const parsed = v.safeParse(stateSchema, json);
  const published = v.safeParse(publishedSchema, json);
  if (parsed.success && (parsed.output.generation === 0 || published.success)) {
    const { version: _, ...state } = parsed.output;
    return {
      state: state.generation === 0 || !published.success ? state : { ...state, published: published.output },
    };
  }
  const issues = [...(parsed.issues ?? []), ...(published.issues ?? [])];
  const unreadable = issues.map((issue) => `${v.getDotPath(issue) ?? 'it'} is not as expected`).join('; ');
  return { state: salvage(json), unreadable };
}

function salvage(json: unknown): State {
  if (typeof json !== 'object' || json === null) return NO_STATE;
  const record = json as Record<string, unknown>;
  const field = <T>(schema: v.GenericSchema<unknown, T>, name: string): T | undefined => {
    const parsed = v.safeParse(schema, record[name]);
    return parsed.success ? parsed.output : undefined;
  };
  const published = v.safeParse(publishedSchema, json);
  return {
    // With a token there is at least a first generation: 0 would mean that there is none.
    generation: field(whole, 'generation') || (published.success ? 1 : 0),
    published: published.success ? published.output : undefined,
    dead: field(fields.dead, 'dead'),
    paused: field(fields.paused, 'paused'),
    wanted: field(fields.wanted, 'wanted'),
    lastCallAt: field(fields.lastCallAt, 'lastCallAt'),
    attempt: field(fields.attempt, 'attempt'),
    last: field(fields.last, 'last'),
    issues: field(fields.issues, 'issues') ?? [],
  };
}

/** The text for the `state` parameter; always under 4 KB (a property test holds it). */
export function formatState(state: State): string {
  const { published, wanted, attempt, last } = state;
  return JSON.stringify({
    version: 1,
    generation: state.generation,
    ...(published && {
      fingerprint: published.fingerprint,
      tokenType: published.tokenType,
      issuedAt: iso(published.issuedAt),
      expiresAt: iso(published.expiresAt),
      renewAt: iso(published.renewAt),
      secretVersion: published.secretVersion,
    }),
    dead: state.dead,
    doubted: state.doubted,
    paused: state.paused,
    wanted: wanted && { ...wanted, since: iso(wanted.since) },
    lastCallAt: iso(state.lastCallAt),
    attempt: attempt && { ...attempt, at: iso(attempt.at), retryAt: iso(attempt.retryAt) },
    last: last && { ...last, at: iso(last.at) },
    issues: state.issues.map(iso),
  });
}

/** `issues` with one call more: the newest 32 of the last 24 hours, oldest first. */
export function withIssue(issues: readonly number[], at: number): readonly number[] {
  return [...issues, at].filter((each) => each > at - ISSUES_KEPT_FOR).slice(-MAX_ISSUES_KEPT);
}

function iso(instant: number): string;
function iso(instant: number | undefined): string | undefined;
function iso(instant: number | undefined): string | undefined {
  return instant === undefined ? undefined : new Date(instant).toISOString();
}

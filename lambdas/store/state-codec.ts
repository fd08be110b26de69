import * as v from 'valibot';
import { BROKERS, MARKETS } from '../shared/credential.ts';
import { CAUSES } from '../shared/message.ts';
import { CALLS, HEALTH, INITIAL_STATE, OUTCOMES, type State } from '../shared/state.ts';

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
const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{12}$/));

const publishedSchema = v.object({
  fingerprint: hash,
  tokenType: text,
  issuedAt: instant,
  expiresAt: instant,
  renewAt: instant,
  tokenVersion: v.optional(whole),
  health: v.picklist(HEALTH),
  issuedFor: v.object({
    broker: v.picklist(BROKERS),
    market: v.picklist(MARKETS),
    secretArn: text,
    secretVersion: v.string(),
    appKey: hash,
    keyPair: v.optional(hash),
    tokenKeyArn: text,
  }),
  revokedAt: v.optional(instant),
  returnedDead: flag,
  revocations: v.optional(whole),
  returnedAgain: v.optional(whole),
});

const fields = {
  revokeUseless: flag,
  paused: flag,
  pending: v.optional(
    v.object({
      forced: v.optional(v.object({ since: instant })),
      credentialsChanged: v.optional(v.object({ since: instant })),
      revoke: v.optional(v.object({ fingerprint: v.optional(hash), reissue: v.boolean(), since: instant })),
    }),
  ),
  refused: v.optional(
    v.object({ secretVersion: v.string(), code: v.string(), since: instant, retryAt: instant, times: whole }),
  ),
  lastCallAt: v.optional(instant),
  calledWith: v.optional(hash),
  issues: v.array(instant),
  interrupted: flag,
  attempt: v.optional(
    v.object({
      at: instant,
      cause: v.picklist(CAUSES),
      messageId: v.string(),
      kind: v.picklist(CALLS),
      outcome: v.picklist(OUTCOMES),
      brokerCode: v.optional(v.string()),
      message: v.optional(v.string()),
      failures: whole,
      retryAt: v.optional(instant),
    }),
  ),
  verifiedAt: v.optional(instant),
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

const stateSchema = v.object({ version: v.literal(2), generation: whole, ...fields });

export interface ParsedState {
  readonly state: State;
  /** What is wrong with the text; `state` then holds the valid fields. */
  readonly unreadable?: string | undefined;
}

/**
 * Parses a `state` parameter. Never throws. A damaged text, or one of another version, keeps every valid
 * field, so that the minimum interval, the budget and the generation are not lost.
 */
export function parseState(text: string): ParsedState {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { state: INITIAL_STATE, unreadable: 'it is not JSON' };
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
  const record = (json ?? {}) as Record<string, unknown>;
  const keep = <T>(schema: v.GenericSchema<unknown, T>, name: string): T | undefined => {
    const parsed = v.safeParse(schema, record[name]);
    return parsed.success ? parsed.output : undefined;
  };
  // The health may be damaged as well, so a live token is verified.
  const isDead = record['health'] === 'dead' || record['revokedAt'] !== undefined;
  const health = isDead ? 'dead' : 'suspect';
  const published = v.safeParse(publishedSchema, { ...record, health });
  return {
    // Generation 0 means that there is no token.
    generation: keep(whole, 'generation') || (published.success ? 1 : 0),
    published: published.success ? published.output : undefined,
    revokeUseless: keep(fields.revokeUseless, 'revokeUseless'),
    paused: keep(fields.paused, 'paused'),
    pending: keep(fields.pending, 'pending'),
    refused: keep(fields.refused, 'refused'),
    lastCallAt: keep(fields.lastCallAt, 'lastCallAt'),
    calledWith: keep(fields.calledWith, 'calledWith'),
    issues: keep(fields.issues, 'issues') ?? [],
    interrupted: keep(fields.interrupted, 'interrupted'),
    attempt: keep(fields.attempt, 'attempt'),
    lastRequest: keep(fields.lastRequest, 'lastRequest'),
  };
}

/** The text for the `state` parameter; always under 4 KB (a property test proves it). */
export function formatState({ generation, published, ...rest }: State): string {
  const { pending, refused, attempt, lastRequest } = rest;
  return JSON.stringify({
    version: 2,
    generation,
    ...(published && dated(published, ['issuedAt', 'expiresAt', 'renewAt', 'revokedAt'])),
    ...dated(rest, ['lastCallAt', 'verifiedAt']),
    pending: pending && {
      forced: pending.forced && dated(pending.forced, ['since']),
      credentialsChanged: pending.credentialsChanged && dated(pending.credentialsChanged, ['since']),
      revoke: pending.revoke && dated(pending.revoke, ['since']),
    },
    refused: refused && dated(refused, ['since', 'retryAt']),
    attempt: attempt && {
      ...dated(attempt, ['at', 'retryAt']),
      message: attempt.message && plain(attempt.message),
    },
    lastRequest: lastRequest && dated(lastRequest, ['at']),
    issues: rest.issues.map(iso),
  });
}

/** A copy with the instants of these fields as ISO 8601 texts. */
function dated<T extends object>(fields: T, instants: readonly (keyof T)[]): object {
  const texts: Partial<Record<keyof T, unknown>> = {};
  for (const name of instants) {
    const instant = fields[name];
    if (typeof instant === 'number') texts[name] = iso(instant);
  }
  return { ...fields, ...texts };
}

/** JSON encodes a control character, or half of a surrogate pair, in six bytes. */
function plain(text: string): string {
  return text.toWellFormed().replace(/\p{Cc}/gu, ' ');
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}

import * as v from 'valibot';
import { INITIAL_STATE, publishedSchema, type State, stateFields, wholeNumber } from '../shared/state.ts';

const stateSchema = v.object({ version: v.literal(2), generation: wholeNumber, ...stateFields });

export interface ParsedState {
  readonly state: State;
  /** The errors in an invalid text; `state` then contains the valid fields. */
  readonly unreadable?: string | undefined;
}

/**
 * Parses a `state` parameter. Never throws. If the text is damaged or has a different version, every valid
 * field is kept, so that the minimum interval, the budget and the generation are not lost.
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
  return { state: salvageState(json), unreadable };
}

function salvageState(json: unknown): State {
  const record = (json ?? {}) as Record<string, unknown>;
  const validFields: Partial<State> = Object.fromEntries(
    Object.entries(stateFields).flatMap(([name, schema]) => {
      const parsed = v.safeParse(schema, record[name]);
      return parsed.success ? [[name, parsed.output]] : [];
    }),
  );
  // The stored health may be damaged, so the refresher must verify a token that may be live.
  const isDead = record['health'] === 'dead' || record['revokedAt'] !== undefined;
  const published = v.safeParse(publishedSchema, { ...record, health: isDead ? 'dead' : 'suspect' });
  const generation = v.safeParse(wholeNumber, record['generation']);
  return {
    ...validFields,
    // Generation 0 means that there is no token, so a state with a token needs at least generation 1.
    generation: (generation.success && generation.output) || (published.success ? 1 : 0),
    published: published.success ? published.output : undefined,
    issues: validFields.issues ?? [],
    verifiedAt: undefined,
  };
}

/**
 * Returns the text for the `state` parameter, which is always shorter than 4 KB (checked by a property test).
 */
export function formatState({ generation, published, ...rest }: State): string {
  const { pending, refused, attempt, lastRequest } = rest;
  return JSON.stringify({
    version: 2,
    generation,
    ...(published && withIsoDates(published, ['issuedAt', 'expiresAt', 'renewAt', 'revokedAt'])),
    ...withIsoDates(rest, ['lastCallAt', 'verifiedAt']),
    pending: pending && {
      forced: pending.forced && withIsoDates(pending.forced, ['since']),
      credentialsChanged: pending.credentialsChanged && withIsoDates(pending.credentialsChanged, ['since']),
      revoke: pending.revoke && withIsoDates(pending.revoke, ['since']),
    },
    refused: refused && withIsoDates(refused, ['since', 'retryAt']),
    attempt: attempt && {
      ...withIsoDates(attempt, ['at', 'retryAt']),
      message: attempt.message && withoutControlCharacters(attempt.message),
    },
    lastRequest: lastRequest && withIsoDates(lastRequest, ['at']),
    issues: rest.issues.map(iso),
  });
}

/** Returns a copy of `fields` in which the `instants` are ISO 8601 texts. */
function withIsoDates<T extends object>(fields: T, instants: readonly (keyof T)[]): object {
  const texts: Partial<Record<keyof T, unknown>> = {};
  for (const name of instants) {
    const instant = fields[name];
    if (typeof instant === 'number') texts[name] = iso(instant);
  }
  return { ...fields, ...texts };
}

/**
 * Replaces control characters and lone surrogates, because JSON encodes each of them in six bytes and the
 * text could exceed 4 KB.
 */
function withoutControlCharacters(text: string): string {
  return text.toWellFormed().replace(/\p{Cc}/gu, ' ');
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}

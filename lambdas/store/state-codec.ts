import * as v from 'valibot';
import { INITIAL_STATE, publishedSchema, type State, stateFields, wholeNumber } from '../shared/state.ts';

const stateSchema = v.object({ version: v.literal(2), generation: wholeNumber, ...stateFields });

export interface ParsedState {
  readonly state: State;
  /** The errors in an invalid text; `state` then contains the valid fields. */
  readonly unreadable?: string | undefined;
}

/**
 * Parses a `state` parameter, which may be missing. Never throws. Every valid field of a damaged text or of a
 * different version is kept, so that the minimum interval, the budget and the generation are not lost.
 */
export function parseState(text: string | undefined): ParsedState {
  if (text === undefined) return { state: INITIAL_STATE };
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
  return { state: recoverState(json), unreadable };
}

function recoverState(json: unknown): State {
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

/** The text is always shorter than 4 KB (checked by a property test). */
export function formatState({ generation, published, ...rest }: State): string {
  return JSON.stringify({ version: 2, generation, ...published, ...rest }, toStoredValue);
}

const INSTANT_FIELD_NAME = /^(?:at|since|\w+At)$/;

/** Stores instants as ISO 8601 texts in UTC. */
function toStoredValue(name: string, value: unknown): unknown {
  if (name === 'issues') return (value as State['issues']).map(iso);
  if (typeof value === 'number' && INSTANT_FIELD_NAME.test(name)) return iso(value);
  // JSON encodes a control character or a lone surrogate in six bytes, so the text could exceed 4 KB.
  if (name === 'message' && typeof value === 'string') return value.toWellFormed().replace(/\p{Cc}/gu, ' ');
  return value;
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}

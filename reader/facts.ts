/** What the refresher tells of the published token. Epoch milliseconds. */
export interface TokenFacts {
  /** Counts the distinct tokens published for the credential. */
  readonly generation: number;
  /** First 12 hex digits of the token's SHA-256. */
  readonly fingerprint: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** Until then nothing will change. */
  readonly renewAt: number;
}

/** The state parameter, as far as a reader needs it (docs/contracts.md § state). */
export interface ReadState {
  /** Absent without a published token, or if it is not understood. */
  readonly facts?: TokenFacts | undefined;
  readonly dead: boolean;
  readonly paused: boolean;
  /** Why nothing could be issued, if the secret was the reason. */
  readonly unconfigured?: string | undefined;
}

const NOTHING: ReadState = { dead: false, paused: false };

/**
 * Reads a state. One that is not understood – damaged, or of a later version – tells nothing, and the token is
 * used without it: an upgrade of the refresher must not stop a consumer.
 */
export function readState(text: string | undefined): ReadState {
  const json = objectOf(text);
  if (json === undefined || json['version'] !== 1) return NOTHING;
  const attempt = json['attempt'];
  const unconfigured =
    isObject(attempt) && attempt['outcome'] === 'unconfigured' ? String(attempt['message'] ?? '') : undefined;
  return { facts: factsOf(json), dead: json['dead'] === true, paused: json['paused'] === true, unconfigured };
}

function factsOf({
  generation,
  fingerprint,
  ...instants
}: Readonly<Record<string, unknown>>): TokenFacts | undefined {
  if (typeof generation !== 'number' || typeof fingerprint !== 'string') return undefined;
  const [issuedAt, expiresAt, renewAt] = ['issuedAt', 'expiresAt', 'renewAt'].map((name) =>
    Date.parse(String(instants[name])),
  );
  if (issuedAt === undefined || expiresAt === undefined || renewAt === undefined) return undefined;
  return [issuedAt, expiresAt, renewAt].every(Number.isFinite)
    ? { generation, fingerprint, issuedAt, expiresAt, renewAt }
    : undefined;
}

function objectOf(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  try {
    const json: unknown = JSON.parse(text ?? '');
    return isObject(json) ? json : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What the state says of the published token. Epoch milliseconds. */
export interface TokenFacts {
  /** Counts the distinct tokens published for the credential. */
  readonly generation: number;
  /** First 12 hex digits of the token's SHA-256. */
  readonly fingerprint: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** Nothing changes before this instant. */
  readonly renewAt: number;
}

/** The state parameter, as far as a reader needs it (docs/contracts.md § state). */
export interface ReadState {
  /** Absent without a published token, or if the state cannot be read. */
  readonly facts?: TokenFacts | undefined;
  /** Known not to work. A suspect token is used like a live one until the refresher knows. */
  readonly dead: boolean;
  readonly paused: boolean;
  /** Why no token was issued, if the secret holds no app key. */
  readonly unconfigured?: string | undefined;
}

/** Of the state parameter. */
const VERSION = 2;

const NOTHING: ReadState = { dead: false, paused: false };

/**
 * Reads a state. One that is damaged, or of another version, is ignored, and the token is used without it: an
 * upgrade of the refresher must not stop a consumer.
 */
export function readState(text: string | undefined): ReadState {
  const json = objectOf(text);
  if (json === undefined || json['version'] !== VERSION) return NOTHING;
  const attempt = json['attempt'];
  const unconfigured =
    isObject(attempt) && attempt['outcome'] === 'unconfigured' ? String(attempt['message'] ?? '') : undefined;
  return {
    facts: tokenFactsOf(json),
    dead: json['health'] === 'dead',
    paused: json['paused'] === true,
    unconfigured,
  };
}

function tokenFactsOf({
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

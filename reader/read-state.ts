/** The published token as the state parameter describes it. Instants in epoch milliseconds. */
export interface TokenRecord {
  /** Counter of the distinct tokens published for the credential. */
  readonly generation: number;
  /** First 12 hex digits of the token's SHA-256. */
  readonly fingerprint: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** The refresher changes nothing before this instant. */
  readonly renewAt: number;
}

/** The fields of the state parameter that a reader uses (docs/contracts.md § state). */
export interface ReadState {
  /** Absent without a published token, or if the state is not readable. */
  readonly facts?: TokenRecord | undefined;
  /** A suspect token is not dead: it is used until the refresher has verified it. */
  readonly dead: boolean;
  readonly paused: boolean;
  /** The refresher asked the broker at the renewal and now waits for the token's expiry. */
  readonly awaitsExpiry: boolean;
  /** Why no token was issued, if the secret holds no app key. */
  readonly unconfigured?: string | undefined;
}

const VERSION = 2;
export const NO_STATE: ReadState = { dead: false, paused: false, awaitsExpiry: false };

/**
 * Reads a state. A state that is damaged or of another version is ignored: an upgrade of the refresher
 * must not stop a consumer.
 */
export function readState(text: string | undefined): ReadState {
  const json = parse(text);
  if (json['version'] !== VERSION) return NO_STATE;
  const facts = tokenRecord(json);
  const attempt = objectOf(json['attempt']);
  const lastRequest = objectOf(json['lastRequest']);
  const askedAt = Date.parse(String(lastRequest['at']));
  return {
    facts,
    dead: json['health'] === 'dead',
    paused: json['paused'] === true,
    awaitsExpiry: facts !== undefined && lastRequest['reason'] === 'AwaitExpiry' && askedAt >= facts.renewAt,
    unconfigured: attempt['outcome'] === 'unconfigured' ? String(attempt['message'] ?? '') : undefined,
  };
}

function tokenRecord({ generation, fingerprint, ...json }: JsonObject): TokenRecord | undefined {
  const instant = (name: string) => Date.parse(String(json[name]));
  const [issuedAt, expiresAt, renewAt] = [instant('issuedAt'), instant('expiresAt'), instant('renewAt')];
  if (typeof generation !== 'number' || typeof fingerprint !== 'string') return undefined;
  // NaN + x is NaN: one check covers the three instants.
  if (!Number.isFinite(issuedAt + expiresAt + renewAt)) return undefined;
  return { generation, fingerprint, issuedAt, expiresAt, renewAt };
}

type JsonObject = Readonly<Record<string, unknown>>;

function parse(text: string | undefined): JsonObject {
  try {
    return objectOf(JSON.parse(text ?? ''));
  } catch {
    return {};
  }
}

function objectOf(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null ? (value as JsonObject) : {};
}

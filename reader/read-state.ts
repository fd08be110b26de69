/** The published token, as the state parameter describes it. All times are in epoch milliseconds. */
export interface TokenRecord {
  /** The number of distinct tokens that were published for the credential. */
  readonly generation: number;
  /** The first 12 hex digits of the SHA-256 of the token. */
  readonly fingerprint: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** The time of the planned renewal. The token changes earlier only after a request or a rejection. */
  readonly renewAt: number;
}

/** The fields of the state parameter that a reader uses (docs/contracts.md § state). */
interface ParsedState {
  /** The published token; absent if no token is published, or if the state is damaged. */
  readonly facts?: TokenRecord | undefined;
  /**
   * Whether the broker rejects the token. The value is `false` for a suspect token, which the refresher has
   * not verified yet.
   */
  readonly dead: boolean;
  readonly paused: boolean;
  /**
   * Whether the broker returned the same token at the renewal, so that the refresher waits until the token
   * expires.
   */
  readonly awaitsExpiry: boolean;
  /** The reason why the refresher issued no token; present only if the secret contains no app key. */
  readonly unconfigured?: string | undefined;
}

const STATE_VERSION = 2;

/**
 * Parses the value of a state parameter. The reader ignores a state that is damaged or has a different
 * version, because an upgrade of the refresher must not stop a consumer.
 */
export function parseState(text: string | undefined): ParsedState {
  const json = parseObject(text);
  if (json['version'] !== STATE_VERSION) return { dead: false, paused: false, awaitsExpiry: false };
  const facts = parseTokenRecord(json);
  const attempt = asObject(json['attempt']);
  const lastRequest = asObject(json['lastRequest']);
  const requestedAt = Date.parse(String(lastRequest['at']));
  return {
    facts,
    dead: json['health'] === 'dead',
    paused: json['paused'] === true,
    awaitsExpiry:
      facts !== undefined && lastRequest['reason'] === 'AwaitExpiry' && requestedAt >= facts.renewAt,
    unconfigured: attempt['outcome'] === 'unconfigured' ? String(attempt['message'] ?? '') : undefined,
  };
}

function parseTokenRecord({ generation, fingerprint, ...json }: JsonObject): TokenRecord | undefined {
  const instant = (name: string) => Date.parse(String(json[name]));
  const [issuedAt, expiresAt, renewAt] = [instant('issuedAt'), instant('expiresAt'), instant('renewAt')];
  if (typeof generation !== 'number' || typeof fingerprint !== 'string') return undefined;
  // One check is sufficient for the three instants, because NaN + x is NaN.
  if (!Number.isFinite(issuedAt + expiresAt + renewAt)) return undefined;
  return { generation, fingerprint, issuedAt, expiresAt, renewAt };
}

type JsonObject = Readonly<Record<string, unknown>>;

/** Parses a JSON object. The result is an empty object for any other text. */
export function parseObject(text: string | undefined): JsonObject {
  try {
    return asObject(JSON.parse(text ?? ''));
  } catch {
    return {};
  }
}

function asObject(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null ? (value as JsonObject) : {};
}

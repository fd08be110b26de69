import * as v from 'valibot';

/** The claims of a token that the brokers use; instants in epoch milliseconds. */
export interface Claims {
  readonly issuedAt?: number | undefined;
  readonly expiresAt?: number | undefined;
  /** JWT `jti`: KIS writes the app key here. */
  readonly id?: string | undefined;
}

const epochSeconds = v.pipe(v.number(), v.finite(), v.minValue(0));
/** An invalid claim must not hide the others, for example a `jti` of another app key. */
const claimsSchema = v.object({
  iat: v.fallback(v.optional(epochSeconds), undefined),
  exp: v.fallback(v.optional(epochSeconds), undefined),
  jti: v.fallback(v.optional(v.string()), undefined),
});

/**
 * Reads the claims of a JWT (RFC 7519); undefined if the token is opaque. The signature is not checked:
 * the token has just come from the broker over TLS.
 */
export function readClaims(token: string): Claims | undefined {
  const parts = token.split('.');
  const payload = parts[1];
  if (parts.length !== 3 || payload === undefined) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
  const parsed = v.safeParse(claimsSchema, json);
  if (!parsed.success) return undefined;
  const { iat, exp, jti } = parsed.output;
  return { issuedAt: milliseconds(iat), expiresAt: milliseconds(exp), id: jti };
}

/** RFC 7519 allows fractions of a second; an instant must be a whole number of milliseconds. */
function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.floor(seconds) * 1000;
}

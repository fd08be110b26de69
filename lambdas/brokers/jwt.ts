import * as v from 'valibot';

/** The claims of a token that the adapters use; instants in epoch milliseconds. */
export interface Claims {
  readonly issuedAt?: number | undefined;
  readonly expiresAt?: number | undefined;
  /** KIS puts the app key here. */
  readonly id?: string | undefined;
}

const epochSeconds = v.pipe(v.number(), v.finite(), v.minValue(0));
/** A claim that makes no sense must not hide the others: that `jti` is another app key, say. */
const claimsSchema = v.object({
  iat: v.fallback(v.optional(epochSeconds), undefined),
  exp: v.fallback(v.optional(epochSeconds), undefined),
  jti: v.fallback(v.optional(v.string()), undefined),
});

/**
 * Reads what a JWT says of itself (RFC 7519). The signature is the broker's business: the token came
 * from the broker over TLS a moment ago. Undefined if the token is opaque.
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

/** Whole seconds: RFC 7519 allows fractions, and an instant with a fraction of a millisecond is none. */
function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.floor(seconds) * 1000;
}

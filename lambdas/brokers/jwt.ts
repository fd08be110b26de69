import * as v from 'valibot';

/** The claims that the refresher reads. All times are epoch milliseconds. */
export interface Claims {
  readonly issuedAt?: number | undefined;
  readonly expiresAt?: number | undefined;
  /** The claim `jti`, in which KIS stores the app key. */
  readonly id?: string | undefined;
}

const epochSeconds = v.pipe(v.number(), v.finite(), v.minValue(0));
/** An invalid claim is ignored, so that the refresher still checks the valid claims, for example `jti`. */
const claimsSchema = v.object({
  iat: v.fallback(v.optional(epochSeconds), undefined),
  exp: v.fallback(v.optional(epochSeconds), undefined),
  jti: v.fallback(v.optional(v.string()), undefined),
});

/** Reads a JWT (RFC 7519). The signature is not checked, because the token has just arrived over TLS. */
export function readClaims(token: string): Claims | undefined {
  const parts = token.split('.');
  const payload = parts[1];
  if (parts.length !== 3 || payload === undefined) return undefined;
  const json = Buffer.from(payload, 'base64url').toString('utf8');
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), claimsSchema), json);
  if (!parsed.success) return undefined;
  const { iat, exp, jti } = parsed.output;
  return { issuedAt: toMilliseconds(iat), expiresAt: toMilliseconds(exp), id: jti };
}

/** RFC 7519 allows fractions of a second; an instant must be a whole number of milliseconds. */
function toMilliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.floor(seconds) * 1000;
}

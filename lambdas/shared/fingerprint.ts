import { createHash } from 'node:crypto';

/** The first 12 hex digits of the SHA-256 of a token, which identify the token without revealing it. */
export function fingerprint(token: string): string {
  return createHash('sha256').update(token).digest('hex').slice(0, 12);
}

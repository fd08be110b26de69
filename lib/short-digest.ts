import { createHash } from 'node:crypto';

/** Returns eight hex digits of the SHA-256 of a text, for names that must change when the text changes. */
export function shortDigest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

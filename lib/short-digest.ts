import { createHash } from 'node:crypto';

/** Eight hex digits of a text, for ids and names that must change with it. */
export function shortDigest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

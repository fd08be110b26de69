/** A long text without a space is probably a key or a token. Encoded keys contain `%` and `\`. */
const KEY_LIKE_TEXT = /[A-Za-z0-9+/=_.~%\\-]{24,}/g;
const CONTROL_CHARACTERS = /\p{Cc}+/gu;

/** Replaces each secret and each key-like text in a broker message with `***`. */
export function scrub(text: string, secrets: readonly string[]): string {
  let clean = text;
  // The loop starts with the longest secret, because the app key may be a prefix of the app secret.
  for (const secret of [...secrets].sort((a, b) => b.length - a.length))
    if (secret.length > 0) clean = clean.replaceAll(secret, '***');
  return clean.replace(CONTROL_CHARACTERS, ' ').replace(KEY_LIKE_TEXT, '***').trim();
}

/** A run of this length is a key, a token or a part of one, not a word. `%` and `\` occur in encoded keys. */
const OPAQUE_RUN = /[A-Za-z0-9+/=_.~%\\-]{24,}/g;
const CONTROL_CHARACTERS = /\p{Cc}+/gu;

/** Removes everything from a text of a broker that could be a secret or a part of one. */
export function scrub(text: string, secrets: readonly string[]): string {
  let clean = text;
  // The longest text first: a key may be a prefix of the secret, whose rest would remain.
  for (const secret of [...secrets].sort((a, b) => b.length - a.length))
    if (secret.length > 0) clean = clean.replaceAll(secret, '***');
  return clean.replace(CONTROL_CHARACTERS, ' ').replace(OPAQUE_RUN, '***').trim();
}

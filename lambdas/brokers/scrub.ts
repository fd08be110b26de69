/** A run of this length is a key, a token or a part of one, not a word; `%` and `\` occur in encoded ones. */
const OPAQUE_RUN = /[A-Za-z0-9+/=_.~%\\-]{24,}/g;
const CONTROL_CHARACTERS = /\p{Cc}+/gu;

/** Removes from a broker's text everything that could be a secret or a part of one. */
export function scrub(text: string, secrets: readonly string[]): string {
  let clean = text;
  // Longest first: replacing a key that is a prefix of the secret would leave the rest of the secret.
  for (const secret of [...secrets].sort((a, b) => b.length - a.length))
    if (secret.length > 0) clean = clean.replaceAll(secret, '***');
  return clean.replace(CONTROL_CHARACTERS, ' ').replace(OPAQUE_RUN, '***').trim();
}

/** A run this long without a space is no word: a key, a token, a part of one; `%` and `\` as some encode them. */
const OPAQUE_RUN = /[A-Za-z0-9+/=_.~%\\-]{24,}/g;
const CONTROL_CHARACTERS = /\p{Cc}+/gu;

/** A broker's text with everything taken out that could be, or hold, a secret. */
export function scrub(text: string, secrets: readonly string[]): string {
  let clean = text;
  // The longest first: a key that begins like the secret would uncover the rest of it.
  for (const secret of [...secrets].sort((a, b) => b.length - a.length))
    if (secret.length > 0) clean = clean.replaceAll(secret, '***');
  return clean.replace(CONTROL_CHARACTERS, ' ').replace(OPAQUE_RUN, '***').trim();
}

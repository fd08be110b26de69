/** A run this long without a space is no word: a key, a token, a part of one. */
const OPAQUE_RUN = /[A-Za-z0-9+/=_.~-]{24,}/g;
const CONTROL_CHARACTERS = /\p{Cc}+/gu;

/** A broker's text with everything taken out that could be, or hold, a secret. */
export function scrub(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) if (secret.length > 0) clean = clean.replaceAll(secret, '***');
  return clean.replace(CONTROL_CHARACTERS, ' ').replace(OPAQUE_RUN, '***').trim();
}

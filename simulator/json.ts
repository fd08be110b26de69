/**
 * Parses a JSON object of strings. Returns undefined if the text is not a JSON object of strings, or if the
 * object contains a name that is not in `allowed`.
 */
export function parseStringFields<Name extends string>(
  text: string,
  allowed: readonly Name[],
): Readonly<Partial<Record<Name, string>>> | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return undefined;
  const names: readonly string[] = allowed;
  const isValid = Object.entries(json).every(
    ([name, value]) => names.includes(name) && typeof value === 'string',
  );
  return isValid ? (json as Partial<Record<Name, string>>) : undefined;
}

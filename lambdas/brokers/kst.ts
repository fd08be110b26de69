/** Korea Standard Time is UTC+9 without daylight saving time. In milliseconds. */
export const KST_OFFSET = 9 * 60 * 60 * 1000;

/** `2024-11-07 08:37:13` (KIS, Kiwoom seed) or `20241107083713` (Kiwoom on the wire). */
const FORMATS = [
  /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})$/,
  /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/,
];

/**
 * Parses a time in KST without a time zone, as the brokers write it, to epoch milliseconds; undefined if
 * invalid.
 */
export function parseKst(text: string): number | undefined {
  for (const format of FORMATS) {
    const [year, month, day, hour, minute, second] = (format.exec(text)?.slice(1) ?? []).map(Number);
    if (year === undefined || month === undefined || second === undefined) continue;
    const localTime = Date.UTC(year, month - 1, day, hour, minute, second);
    // Date.UTC turns 31 June into 1 July, so a time is valid only if it formats back to the same digits.
    const formatted = new Date(localTime).toISOString().replace(/\D/g, '').slice(0, 14);
    return formatted === text.replace(/\D/g, '') ? localTime - KST_OFFSET : undefined;
  }
  return undefined;
}

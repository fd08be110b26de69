/** The offset of Korea Standard Time (UTC+9 without daylight saving time), in milliseconds. */
export const KST_OFFSET = 9 * 60 * 60 * 1000;

/** KIS and one Kiwoom document use `2024-11-07 08:37:13`; Kiwoom replies contain `20241107083713`. */
const TIME_FORMATS = [
  /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})$/,
  /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/,
];

/** Converts a time in KST to epoch milliseconds. Returns undefined for an invalid time. */
export function parseKst(text: string): number | undefined {
  for (const format of TIME_FORMATS) {
    const [year, month, day, hour, minute, second] = (format.exec(text)?.slice(1) ?? []).map(Number);
    if (year === undefined || month === undefined || second === undefined) continue;
    const localTime = Date.UTC(year, month - 1, day, hour, minute, second);
    // Date.UTC converts an invalid date such as 31 June to 1 July, so the digits are compared.
    const digits = new Date(localTime).toISOString().replace(/\D/g, '').slice(0, 14);
    return digits === text.replace(/\D/g, '') ? localTime - KST_OFFSET : undefined;
  }
  return undefined;
}

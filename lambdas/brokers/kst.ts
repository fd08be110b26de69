/** Korea has one zone and no daylight saving: +09:00, whatever the machine's `TZ` says. */
const KST_OFFSET = 9 * 60 * 60 * 1000;

/** `2024-11-07 08:37:13` (KIS, Kiwoom seed) or `20241107083713` (Kiwoom on the wire). */
const SHAPES = [
  /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})$/,
  /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/,
];

/** A broker's zone-less KST time as epoch milliseconds; undefined if it is no such time. */
export function parseKst(text: string): number | undefined {
  for (const shape of SHAPES) {
    const [year, month, day, hour, minute, second] = (shape.exec(text)?.slice(1) ?? []).map(Number);
    if (year === undefined || month === undefined || second === undefined) continue;
    const wall = Date.UTC(year, month - 1, day, hour, minute, second);
    // Date.UTC rolls 31 June over into July: a time that does not read back as written is none.
    const readBack = new Date(wall).toISOString().replace(/\D/g, '').slice(0, 14);
    return readBack === text.replace(/\D/g, '') ? wall - KST_OFFSET : undefined;
  }
  return undefined;
}

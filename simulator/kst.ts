/** Korea has had no daylight saving since 1988: a fixed offset, whatever the host's zone. */
const OFFSET = 9 * 60 * 60 * 1000;

/** KIS: `2026-11-21 09:30:00`. */
export function kstText(instant: number): string {
  return new Date(instant + OFFSET).toISOString().slice(0, 19).replace('T', ' ');
}

/** Kiwoom: `20261121093000`. */
export function kstDigits(instant: number): string {
  return kstText(instant).replace(/\D/g, '');
}

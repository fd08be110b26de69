const UNITS = { s: 1, m: 60, h: 60 * 60 } as const;
const DURATION_PATTERN = /^([1-9]\d{0,6})([smh])$/;

/**
 * Parses a text such as `"90s"`, `"60m"` or `"6h"` to seconds. Returns undefined if the text is not a
 * duration.
 */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = DURATION_PATTERN.exec(text) ?? [];
  if (amount === undefined || unit === undefined) return undefined;
  return Number(amount) * UNITS[unit as keyof typeof UNITS];
}

/** Formats a duration in the largest unit that gives a whole number: `90` as `"90s"`, `3600` as `"1h"`. */
export function formatDuration(seconds: number): string {
  if (seconds !== 0 && seconds % UNITS.h === 0) return `${seconds / UNITS.h}h`;
  if (seconds !== 0 && seconds % UNITS.m === 0) return `${seconds / UNITS.m}m`;
  return `${seconds}s`;
}

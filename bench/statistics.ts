/** A figure of many repetitions: its median, and the quartiles that half of them lie between. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  /** Repetitions. */
  readonly count: number;
}

/** @throws RangeError without a value, or with one that is no number */
export function spread(values: readonly number[]): Spread {
  if (values.length === 0 || !values.every(Number.isFinite))
    throw new RangeError(`a spread needs finite values, got ${JSON.stringify(values)}`);
  const sorted = values.toSorted((a, b) => a - b);
  return {
    median: quantile(sorted, 0.5),
    low: quantile(sorted, 0.25),
    high: quantile(sorted, 0.75),
    count: sorted.length,
  };
}

/**
 * The ratio of two things measured in turn: repetition by repetition, so that what the machine did meanwhile
 * met both alike.
 * @throws RangeError if they were not repeated equally often, or were not above 0
 */
export function pairedRatio(ours: readonly number[], theirs: readonly number[]): Spread {
  if (ours.length !== theirs.length)
    throw new RangeError(`pairs need equal numbers of repetitions, got ${ours.length} and ${theirs.length}`);
  return spread(ours.map((value, index) => value / (theirs[index] ?? 0)));
}

/** By linear interpolation between the neighbours. */
function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] ?? 0;
  const above = sorted[Math.ceil(place)] ?? 0;
  return below + (above - below) * (place - Math.floor(place));
}

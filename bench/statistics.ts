/** Summarizes repeated measurements. @throws RangeError if there is no value, or if a value is not finite */
export function summarize(values: readonly number[]) {
  if (values.length === 0 || !values.every(Number.isFinite))
    throw new RangeError(`a spread needs finite values, got ${JSON.stringify(values)}`);
  const sorted = values.toSorted((a, b) => a - b);
  return {
    median: quantile(sorted, 0.5),
    lowerQuartile: quantile(sorted, 0.25),
    upperQuartile: quantile(sorted, 0.75),
    count: sorted.length,
  };
}

/**
 * Summarizes the ratios of two interleaved series. Each ratio divides two values of the same repetition, so
 * that the load of the machine cancels out.
 * @throws RangeError if their lengths differ, or a ratio is not finite
 */
export function pairedRatio(refresherValues: readonly number[], baselineValues: readonly number[]) {
  const counts = [refresherValues.length, baselineValues.length] as const;
  if (counts[0] !== counts[1])
    throw new RangeError(`pairs need equal numbers of repetitions, got ${counts.join(' and ')}`);
  return summarize(refresherValues.map((value, index) => value / (baselineValues[index] ?? 0)));
}

/** Returns a quantile, interpolated linearly between neighboring values. */
function quantile(sorted: readonly number[], share: number): number {
  const position = (sorted.length - 1) * share;
  const lowerNeighbor = sorted[Math.floor(position)] ?? 0;
  const upperNeighbor = sorted[Math.ceil(position)] ?? 0;
  return lowerNeighbor + (upperNeighbor - lowerNeighbor) * (position - Math.floor(position));
}

import { pairedRatio, type Spread, spread } from './statistics.ts';

/** One row of the results: a figure of the refresher, compared with a baseline of the same run. */
export interface BenchRow {
  readonly what: string;
  readonly baseline: string;
  readonly unit: string;
  readonly ours: Spread;
  readonly theirs: Spread;
  /** The figure of the refresher divided by the figure of the baseline. */
  readonly ratio: Spread;
}

/**
 * An upper limit that CI enforces for a count or a ratio. A ratio includes a tolerance for a busy machine.
 */
export interface Bound {
  readonly what: string;
  readonly got: number;
  readonly most: number;
}

export interface Measurements {
  readonly rows: readonly BenchRow[];
  readonly bounds: readonly Bound[];
}

/**
 * Creates a row of the results from the values of interleaved repetitions.
 * @throws RangeError as `pairedRatio`
 */
export function rowOf(
  what: string,
  baseline: string,
  unit: string,
  ours: readonly number[],
  theirs: readonly number[],
): BenchRow {
  const ratio = pairedRatio(ours, theirs);
  return { what, baseline, unit, ours: spread(ours), theirs: spread(theirs), ratio };
}

/** Describes the bounds that are exceeded or could not be measured. */
export function brokenBounds(bounds: readonly Bound[]): readonly string[] {
  return bounds
    .filter(({ got, most }) => !(got <= most))
    .map(({ what, got, most }) => `${what}: got ${formatFigure(got)}, allowed at most ${formatFigure(most)}`);
}

/** A Markdown table. */
export function benchTable(rows: readonly BenchRow[]): readonly string[] {
  return [
    '| figure | ours | baseline | theirs | ratio | quartiles | repetitions |',
    '|---|---:|---|---:|---:|---:|---:|',
    ...rows.map((row) => `| ${cellsOf(row).join(' | ')} |`),
  ];
}

function cellsOf({ what, baseline, unit, ours, theirs, ratio }: BenchRow): readonly string[] {
  const isCount = ratio.count === 1;
  return [
    what,
    `${formatFigure(ours.median)} ${unit}`.trimEnd(),
    baseline,
    `${formatFigure(theirs.median)} ${unit}`.trimEnd(),
    formatRatio(ratio.median),
    isCount ? '' : `${formatRatio(ratio.low)} – ${formatRatio(ratio.high)}`,
    isCount ? 'counted' : String(ratio.count),
  ];
}

/** Formats a number with three significant digits. */
export function formatFigure(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString('en');
  return Number(value.toPrecision(3)).toLocaleString('en', { maximumFractionDigits: 4 });
}

function formatRatio(ratio: number): string {
  return Number.isFinite(ratio) ? `${ratio.toPrecision(3)} ×` : '–';
}

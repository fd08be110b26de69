import { pairedRatio, summarize } from './statistics.ts';

/** One row of the results: a figure of the refresher, compared with a baseline of the same run. */
type BenchRow = ReturnType<typeof createRow>;

/**
 * An upper limit that CI enforces for a count or a ratio. The limit of a ratio includes a tolerance for a
 * busy machine.
 */
type Bound = readonly [figureName: string, measuredValue: number, maximum: number];

export interface Measurements {
  readonly rows: readonly BenchRow[];
  readonly bounds: readonly Bound[];
}

/**
 * Creates a row of the results from the values of interleaved repetitions.
 * @throws RangeError as `pairedRatio`
 */
export function createRow(
  figureName: string,
  baselineName: string,
  unit: string,
  refresherValues: readonly number[],
  baselineValues: readonly number[],
) {
  return {
    figureName,
    baselineName,
    unit,
    refresherSpread: summarize(refresherValues),
    baselineSpread: summarize(baselineValues),
    /** The figure of the refresher divided by the figure of the baseline. */
    ratio: pairedRatio(refresherValues, baselineValues),
  };
}

/** Describes the bounds that are exceeded or could not be measured. */
export function describeExceededBounds(bounds: readonly Bound[]): readonly string[] {
  return bounds
    .filter(([, measured, maximum]) => !(measured <= maximum))
    .map(
      ([figureName, measured, maximum]) =>
        `${figureName}: got ${formatFigure(measured)}, allowed at most ${formatFigure(maximum)}`,
    );
}

/** A Markdown table. */
export function benchTable(rows: readonly BenchRow[]): readonly string[] {
  return [
    '| figure | ours | baseline | theirs | ratio | quartiles | repetitions |',
    '|---|---:|---|---:|---:|---:|---:|',
    ...rows.map((row) => `| ${tableCells(row).join(' | ')} |`),
  ];
}

function tableCells({ ratio, unit, ...row }: BenchRow): readonly string[] {
  const isSingleValue = ratio.count === 1;
  return [
    row.figureName,
    `${formatFigure(row.refresherSpread.median)} ${unit}`.trimEnd(),
    row.baselineName,
    `${formatFigure(row.baselineSpread.median)} ${unit}`.trimEnd(),
    formatRatio(ratio.median),
    isSingleValue ? '' : `${formatRatio(ratio.lowerQuartile)} – ${formatRatio(ratio.upperQuartile)}`,
    isSingleValue ? 'counted' : String(ratio.count),
  ];
}

/** Formats an integer in full, and any other number with three significant digits. */
export function formatFigure(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString('en');
  return Number(value.toPrecision(3)).toLocaleString('en', { maximumFractionDigits: 4 });
}

function formatRatio(ratio: number): string {
  return Number.isFinite(ratio) ? `${ratio.toPrecision(3)} ×` : '–';
}

import { pairedRatio, type Spread, summarize } from './statistics.ts';

/** One row of the results: a figure of the refresher, compared with a baseline of the same run. */
export interface BenchRow {
  readonly figureName: string;
  readonly baselineName: string;
  readonly unit: string;
  readonly refresherSpread: Spread;
  readonly baselineSpread: Spread;
  /** The figure of the refresher divided by the figure of the baseline. */
  readonly ratio: Spread;
}

/**
 * An upper limit that CI enforces for a count or a ratio. The limit of a ratio includes a tolerance for a
 * busy machine.
 */
export interface Bound {
  readonly figureName: string;
  readonly measuredValue: number;
  readonly maximum: number;
}

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
): BenchRow {
  const ratio = pairedRatio(refresherValues, baselineValues);
  return {
    figureName,
    baselineName,
    unit,
    refresherSpread: summarize(refresherValues),
    baselineSpread: summarize(baselineValues),
    ratio,
  };
}

/** Describes the bounds that are exceeded or could not be measured. */
export function describeExceededBounds(bounds: readonly Bound[]): readonly string[] {
  return bounds
    .filter(({ measuredValue, maximum }) => !(measuredValue <= maximum))
    .map(
      ({ figureName, measuredValue, maximum }) =>
        `${figureName}: got ${formatFigure(measuredValue)}, allowed at most ${formatFigure(maximum)}`,
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

function tableCells({
  figureName,
  baselineName,
  unit,
  refresherSpread,
  baselineSpread,
  ratio,
}: BenchRow): readonly string[] {
  const isSingleValue = ratio.count === 1;
  return [
    figureName,
    `${formatFigure(refresherSpread.median)} ${unit}`.trimEnd(),
    baselineName,
    `${formatFigure(baselineSpread.median)} ${unit}`.trimEnd(),
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

import { type BenchRow, formatFigure } from './row.ts';
import type { Spread } from './statistics.ts';

/** The table, in Markdown, as docs/performance.md has it. */
export function benchTable(rows: readonly BenchRow[]): readonly string[] {
  return [
    '| figure | ours | against | theirs | ratio | half of all between | repetitions |',
    '|---|---:|---|---:|---:|---:|---:|',
    ...rows.map((row) => `| ${cells(row).join(' | ')} |`),
  ];
}

function cells({ what, against, unit, ours, theirs, ratio }: BenchRow): readonly string[] {
  return [
    what,
    `${formatFigure(ours.median)} ${unit}`.trimEnd(),
    against,
    `${formatFigure(theirs.median)} ${unit}`.trimEnd(),
    times(ratio.median),
    between(ratio),
    ratio.count === 1 ? 'counted' : String(ratio.count),
  ];
}

function between({ low, high, count }: Spread): string {
  return count === 1 ? '' : `${times(low)} – ${times(high)}`;
}

function times(ratio: number): string {
  return Number.isFinite(ratio) ? `${ratio.toPrecision(3)} ×` : '–';
}

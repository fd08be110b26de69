import { pairedRatio, type Spread, spread } from './statistics.ts';

/** One line of the table: something of ours against something else, measured in the same run. */
export interface BenchRow {
  readonly what: string;
  readonly against: string;
  readonly unit: string;
  readonly ours: Spread;
  readonly theirs: Spread;
  /** Ours by theirs. */
  readonly ratio: Spread;
}

/** What must hold in CI: a count, or a ratio with room for what a busy machine adds. */
export interface Bound {
  readonly what: string;
  readonly got: number;
  readonly most: number;
}

/** What a part of the bench has found out. */
export interface Findings {
  readonly rows: readonly BenchRow[];
  readonly bounds: readonly Bound[];
  /** What else belongs to it: lines of Markdown. */
  readonly remarks?: readonly string[];
}

/** Repetitions in turn, made to a row. @throws RangeError as `pairedRatio` */
export function measured(
  what: string,
  against: string,
  unit: string,
  ours: readonly number[],
  theirs: readonly number[],
): BenchRow {
  return {
    what,
    against,
    unit,
    ours: spread(ours),
    theirs: spread(theirs),
    ratio: pairedRatio(ours, theirs),
  };
}

/** A number that is the same each time: calls, bytes of a file. */
export function counted(what: string, against: string, unit: string, ours: number, theirs: number): BenchRow {
  return measured(what, against, unit, [ours], [theirs]);
}

/** Those that do not hold, as sentences. */
export function brokenBounds(bounds: readonly Bound[]): readonly string[] {
  return bounds
    .filter(({ got, most }) => !(got <= most))
    .map(({ what, got, most }) => `${what}: got ${formatFigure(got)}, allowed at most ${formatFigure(most)}`);
}

/** Three digits are all that such a figure can hold. */
export function formatFigure(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString('en');
  return Number(value.toPrecision(3)).toLocaleString('en', { maximumFractionDigits: 4 });
}

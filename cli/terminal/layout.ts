import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import type { Paint } from './terminal.ts';

/** The number of columns of a text on a terminal: two for a Korean character, none for a color code. */
export const displayWidth = (text: string): number => stringWidth(text);

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

const GAP = '  ';

function pad(text: string, width: number, align: Column['align'] = 'left'): string {
  const padding = ' '.repeat(Math.max(0, width - stringWidth(text)));
  return align === 'left' ? text + padding : padding + text;
}

/** Formats rows below their titles; each column is as wide as its widest cell. */
export function tableLines(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const all = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, index) => Math.max(...all.map((row) => stringWidth(row[index] ?? ''))));
  return all.map((row) =>
    row
      .map((cell, index) => pad(cell, widths[index] ?? 0, columns[index]?.align))
      .join(GAP)
      .trimEnd(),
  );
}

/** A line break must not separate a number from its unit. */
const NUMBER_AND_UNIT = /(\d) (d|h|min|s|times|KST)\b/g;

/** Wraps a text to `width` columns after a prefix; further lines are indented by the width of the prefix. */
export function paragraphLines(text: string, width: number, prefix = ''): string[] {
  const indent = stringWidth(prefix);
  return wrapAnsi(text.replace(NUMBER_AND_UNIT, '$1\u00a0$2'), Math.max(20, width - indent), { hard: true })
    .split('\n')
    .map((line, index) => (index === 0 ? prefix : ' '.repeat(indent)) + line)
    .map((line) => line.replaceAll('\u00a0', ' ').trimEnd());
}

/** Formats each name in a dim column, and its text in a second column. */
export function pairLines(
  rows: readonly (readonly [name: string, text: string])[],
  { width, paint }: { readonly width: number; readonly paint: Paint },
): string[] {
  const names = Math.max(...rows.map(([name]) => stringWidth(name)));
  return rows.flatMap(([name, text]) =>
    paragraphLines(text, width, `${GAP}${paint('dim', pad(name, names))}${GAP}`),
  );
}

/** Draws a progress bar of `width` columns. A fraction above 0 fills at least one column. */
export function bar(fraction: number, width: number): { readonly full: string; readonly empty: string } {
  const clampedFraction = Math.min(1, Math.max(0, fraction));
  const filledColumns = clampedFraction > 0 ? Math.max(1, Math.round(clampedFraction * width)) : 0;
  return { full: '█'.repeat(filledColumns), empty: '░'.repeat(width - filledColumns) };
}

import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import type { Terminal } from './terminal.ts';

/** The width and the styles of the output. */
export type Screen = Pick<Terminal, 'paint' | 'width'>;

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
  const padCell = (cell: string, index: number) => pad(cell, widths[index] ?? 0, columns[index]?.align);
  return all.map((row) => row.map(padCell).join(GAP).trimEnd());
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

/** The name and the text of one output line. A line with an empty name continues the previous line. */
export type NamedFact = readonly [name: string, text: string];

/** Formats each name in a dim column, and its text in a second column. */
export function factLines(facts: readonly NamedFact[], { width, paint }: Screen): string[] {
  const nameWidth = Math.max(...facts.map(([name]) => stringWidth(name)));
  return facts.flatMap(([name, text]) =>
    paragraphLines(text, width, `${GAP}${paint('dim', pad(name, nameWidth))}${GAP}`),
  );
}

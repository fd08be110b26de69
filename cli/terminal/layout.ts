import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';

/** Columns that a text takes; Korean takes two a character, colours none. */
export const widthOf = (text: string): number => stringWidth(text);

/** A text padded to `width` columns. */
export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, width - stringWidth(text)));
  return align === 'left' ? text + space : space + text;
}

/** A text of at most so many columns. */
export function cut(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  const [start = ''] = wrapAnsi(text, Math.max(1, width - 1), { hard: true, wordWrap: false }).split('\n');
  return `${start.trimEnd()}…`;
}

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

const GAP = '  ';

/** Rows under titles, each column as wide as its widest cell. Spaces at the end of a line are left out. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  title: (text: string) => string,
): string[] {
  const widths = columns.map((column, index) =>
    Math.max(stringWidth(column.title), ...rows.map((row) => stringWidth(row[index] ?? ''))),
  );
  const line = (cells: readonly string[], dress: (text: string) => string): string =>
    cells
      .map((cell, index) => {
        const last = index === cells.length - 1 && columns[index]?.align !== 'right';
        return dress(last ? cell : pad(cell, widths[index] ?? 0, columns[index]?.align));
      })
      .join(GAP)
      .trimEnd();
  return [
    line(
      columns.map((column) => column.title),
      title,
    ),
    ...rows.map((row) => line(row, (cell) => cell)),
  ];
}

/** A paragraph of `width` columns in all, every line after the first indented like the first one's text. */
export function paragraph(text: string, width: number, indent: string, first: string = indent): string[] {
  const available = Math.max(20, width - stringWidth(indent));
  return wrapAnsi(text.replace(MEASURE, '$1\u00a0$2'), available, { hard: true })
    .split('\n')
    .map((line, index) => (index === 0 ? first : indent) + line.replaceAll('\u00a0', ' ').trimEnd());
}

/** A number is not parted from its unit. */
const MEASURE = /(\d) (d|h|min|s|KST)\b/g;

/** In one line where that fits, else one below the other. */
export function sideBySide(texts: readonly string[], width: number, indent: string): string[] {
  const line = indent + texts.join('   ');
  return stringWidth(line) <= width
    ? [line]
    : texts.flatMap((text) => paragraph(text, width, `${indent}  `, indent));
}

/** `name   text` lines with the names in a column of their own; a text too long goes on below itself. */
export function facts(
  pairs: readonly (readonly [name: string, text: string])[],
  width: number,
  dress: (name: string) => string,
  margin = '  ',
): string[] {
  const names = Math.max(...pairs.map(([name]) => stringWidth(name)));
  const indent = margin + ' '.repeat(names + GAP.length);
  return pairs.flatMap(([name, text]) =>
    paragraph(text, width, indent, `${margin}${dress(pad(name, names))}${GAP}`),
  );
}

const FULL = '█';
const EMPTY = '░';

/** How much is left, as a bar of `width` columns; something left is never drawn as nothing. */
export function bar(fraction: number, width: number): { readonly full: string; readonly empty: string } {
  const share = Math.min(1, Math.max(0, fraction));
  const filled = share > 0 ? Math.max(1, Math.round(share * width)) : 0;
  return { full: FULL.repeat(filled), empty: EMPTY.repeat(width - filled) };
}

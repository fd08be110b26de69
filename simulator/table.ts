export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string;
  /** @default 'right' */
  readonly align?: 'left';
}

/** Formats a Markdown table with aligned columns. */
export function formatTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const cells = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map(({ cell }) => cell(row))),
  ];
  const widths = columns.map((_, index) => Math.max(3, ...cells.map((line) => line[index]?.length ?? 0)));
  const isLeftAligned = (index: number) => columns[index]?.align === 'left';
  const pad = (cell: string, index: number): string => {
    const width = widths[index] ?? 0;
    return isLeftAligned(index) ? cell.padEnd(width) : cell.padStart(width);
  };
  const [head = [], ...body] = cells.map((rowCells) => rowCells.map(pad));
  const formatRow = (texts: readonly string[]) => `| ${texts.join(' | ')} |`;
  const separators = widths.map((width, index) => '-'.repeat(width + 1) + (isLeftAligned(index) ? '-' : ':'));
  return [formatRow(head), `|${separators.join('|')}|`, ...body.map(formatRow)].join('\n');
}

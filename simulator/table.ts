export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string;
  /** @default 'right' */
  readonly align?: 'left';
}

export type TableStyle = 'text' | 'markdown';

/** Text with aligned columns for a terminal, or a Markdown table. */
export function formatTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  style: TableStyle,
): string {
  const cells = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map(({ cell }) => cell(row))),
  ];
  if (style === 'markdown') {
    const rule = `|${columns.map(({ align }) => (align === 'left' ? '---|' : '---:|')).join('')}`;
    const [head = '', ...body] = cells.map((line) => `| ${line.join(' | ')} |`);
    return [head, rule, ...body].join('\n');
  }
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => line[index]?.length ?? 0)));
  const pad = (cell: string, index: number): string => {
    const width = widths[index] ?? 0;
    return columns[index]?.align === 'left' ? cell.padEnd(width) : cell.padStart(width);
  };
  return cells.map((line) => line.map(pad).join('  ').trimEnd()).join('\n');
}

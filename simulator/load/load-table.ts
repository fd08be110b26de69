import type { LoadResult } from './load-result.ts';

type LoadColumn = readonly [title: string, value: (measured: LoadResult) => string];

const count = (value: number): string => Math.round(value).toLocaleString('en');
const share = (value: number): string => `${(100 * value).toFixed(value > 0 && value < 0.0995 ? 1 : 0)} %`;

/** Seconds as people say them. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

const COLUMNS: readonly LoadColumn[] = [
  ['scenario', ({ scenario }) => scenario],
  ['quotas', ({ quotas }) => quotas],
  ['credentials', ({ credentials }) => count(credentials)],
  ['token after', ({ wait }) => duration(wait.median)],
  [
    'last after',
    ({ wait, unserved }) => (unserved > 0 ? `> ${duration(wait.longest)}` : duration(wait.longest)),
  ],
  ['died', ({ died }) => count(died)],
  ['in outage', ({ diedInOutage }) => count(diedInOutage)],
  ['calls/token', ({ callsPerToken }) => callsPerToken.toFixed(2)],
  ['queue', ({ queue }) => count(queue.deepest)],
  ['waited', ({ queue }) => duration(queue.longestWait)],
  ['reads', ({ used }) => share(used.reads.minute)],
  ['writes', ({ used }) => share(used.writes.minute)],
  ['at once', ({ used }) => share(used.concurrency.minute)],
  ['FIFO', ({ used }) => share(used.queue.minute)],
  ['scheduler', ({ used }) => share(used.scheduler.minute)],
  ['KMS', ({ used }) => share(used.kms.minute)],
  ['parameters', ({ parameters }) => share(parameters)],
  ['ticks lost', ({ lost }) => share(lost)],
  ['silent', ({ silent }) => count(silent)],
];
const TEXTS = 2;

/** Text for a terminal, or lines of a Markdown table. */
export function loadTable(rows: readonly LoadResult[], style: 'text' | 'markdown'): string {
  const cells = [
    COLUMNS.map(([title]) => title),
    ...rows.map((row) => COLUMNS.map(([, value]) => value(row))),
  ];
  if (style === 'markdown') {
    const lines = cells.map((line) => `| ${line.join(' | ')} |`);
    const rule = `|${COLUMNS.map((_, index) => (index < TEXTS ? '---|' : '---:|')).join('')}`;
    return [lines[0], rule, ...lines.slice(1)].join('\n');
  }
  const widths = COLUMNS.map((_, index) => Math.max(...cells.map((line) => (line[index] ?? '').length)));
  const pad = (cell: string, index: number) => {
    const width = widths[index] ?? 0;
    return index < TEXTS ? cell.padEnd(width) : cell.padStart(width);
  };
  return cells.map((line) => line.map(pad).join('  ').trimEnd()).join('\n');
}

import type { YearSummary } from './year-summary.ts';

/** One line of the table. */
export interface AvailabilityRow {
  readonly scenario: string;
  readonly policy: string;
  readonly summary: YearSummary;
}

type AvailabilityColumn = readonly [title: string, value: (row: AvailabilityRow) => string];

const seconds = (value: number): string =>
  value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en');
const count = (value: number): string => (value < 10 ? value.toFixed(1) : String(Math.round(value)));

/** Seconds and counts are per year. */
const COLUMNS: readonly AvailabilityColumn[] = [
  ['scenario', ({ scenario }) => scenario],
  ['policy', ({ policy }) => policy],
  ['live %', ({ summary }) => (100 * summary.availability).toFixed(4)],
  ['dead s', ({ summary }) => seconds(summary.dead)],
  ['in sessions', ({ summary }) => seconds(summary.deadInSessions)],
  ['at changes', ({ summary }) => seconds(summary.deadOf.moment)],
  ['long trouble', ({ summary }) => seconds(summary.deadOf.trouble)],
  ['old one ended', ({ summary }) => seconds(summary.deadOf['old-ended'])],
  ['unexcused', ({ summary }) => seconds(summary.deadOf.violation)],
  ['changes in sessions', ({ summary }) => count(summary.renewalsInSessions)],
  ['issues/day', ({ summary }) => summary.issuesPerDay.toFixed(3)],
  ['of fewest', ({ summary }) => summary.issueRatio.toFixed(3)],
  ['KakaoTalk', ({ summary }) => count(summary.kakaoTalk)],
  ['alarms', ({ summary }) => count(summary.alarms)],
  ['false', ({ summary }) => count(summary.falseAlarms)],
  [
    'lead min',
    ({ summary }) =>
      summary.lead === null ? '-' : `${Math.round(summary.lead.median)} (${Math.round(summary.lead.least)})`,
  ],
];

/** Of another policy only what it has: it is not excused, and has no alarms. */
const ONLY_OURS = new Set([
  'at changes',
  'long trouble',
  'old one ended',
  'unexcused',
  'alarms',
  'false',
  'lead min',
]);

/** Text for a terminal, or lines of a Markdown table. */
export function availabilityTable(rows: readonly AvailabilityRow[], style: 'text' | 'markdown'): string {
  const cells = [
    COLUMNS.map(([title]) => title),
    ...rows.map((row) =>
      COLUMNS.map(([title, value]) => (row.policy !== 'ours' && ONLY_OURS.has(title) ? '' : value(row))),
    ),
  ];
  if (style === 'markdown') {
    const lines = cells.map((line) => `| ${line.join(' | ')} |`);
    return [
      lines[0],
      `|${COLUMNS.map((_, index) => (index < 2 ? '---|' : '---:|')).join('')}`,
      ...lines.slice(1),
    ].join('\n');
  }
  const widths = COLUMNS.map((_, index) => Math.max(...cells.map((line) => (line[index] ?? '').length)));
  return cells
    .map((line) =>
      line
        .map((cell, index) =>
          index < 2 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

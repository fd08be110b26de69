import { type Column, formatTable } from '../table.ts';
import type { YearSummary } from './year-summary.ts';

/** One row of the table. */
export interface AvailabilityRow {
  readonly scenario: string;
  readonly policy: string;
  readonly summary: YearSummary;
}

const seconds = (value: number): string =>
  value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en');
const count = (value: number): string => (value < 10 ? value.toFixed(1) : String(Math.round(value)));

const createColumn = (title: string, cell: (summary: YearSummary) => string): Column<AvailabilityRow> => ({
  title,
  cell: ({ summary }) => cell(summary),
});
/**
 * Creates a column that is empty for all policies except the refresher, because the simulation neither
 * classifies the gaps nor simulates the alarms of the other policies.
 */
const createRefresherOnlyColumn = (
  title: string,
  cell: (summary: YearSummary) => string,
): Column<AvailabilityRow> => ({
  title,
  cell: ({ policy, summary }) => (policy === 'refresher' ? cell(summary) : ''),
});

/** The columns of the table. Seconds and counts are per year; docs/availability.md explains each column. */
const COLUMNS: readonly Column<AvailabilityRow>[] = [
  { title: 'scenario', cell: ({ scenario }) => scenario, align: 'left' },
  { title: 'policy', cell: ({ policy }) => policy, align: 'left' },
  createColumn('live %', ({ availability }) => (100 * availability).toFixed(4)),
  createColumn('dead s', ({ dead }) => seconds(dead)),
  createColumn('in sessions', ({ deadInSessions }) => seconds(deadInSessions)),
  createRefresherOnlyColumn('at replacements', ({ deadOf }) => seconds(deadOf.replacement)),
  createRefresherOnlyColumn('long outages', ({ deadOf }) => seconds(deadOf.longOutage)),
  createRefresherOnlyColumn('token invalidated', ({ deadOf }) => seconds(deadOf.tokenInvalidated)),
  createRefresherOnlyColumn('unexcused', ({ deadOf }) => seconds(deadOf.unexcused)),
  createColumn('changes in sessions', ({ renewalsInSessions }) => count(renewalsInSessions)),
  createColumn('issues/day', ({ issuesPerDay }) => issuesPerDay.toFixed(3)),
  createColumn('of fewest', ({ issueRatio }) => issueRatio.toFixed(3)),
  createColumn('KakaoTalk', ({ kakaoTalk }) => count(kakaoTalk)),
  createRefresherOnlyColumn('alarms', ({ alarms }) => count(alarms)),
  createRefresherOnlyColumn('false', ({ falseAlarms }) => count(falseAlarms)),
  createRefresherOnlyColumn('lead min', ({ lead }) =>
    lead === null ? '-' : `${Math.round(lead.median)} (${Math.round(lead.least)})`,
  ),
];

export function availabilityTable(rows: readonly AvailabilityRow[]): string {
  return formatTable(COLUMNS, rows);
}

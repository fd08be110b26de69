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

const column = (title: string, cell: (summary: YearSummary) => string): Column<AvailabilityRow> => ({
  title,
  cell: ({ summary }) => cell(summary),
});
/**
 * Creates a column that is empty for all policies except the refresher, because the simulation neither
 * classifies the gaps nor simulates the alarms of the other policies.
 */
const refresherOnlyColumn = (
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
  column('live %', ({ availability }) => (100 * availability).toFixed(4)),
  column('dead s', ({ dead }) => seconds(dead)),
  column('in sessions', ({ deadInSessions }) => seconds(deadInSessions)),
  refresherOnlyColumn('at replacements', ({ deadOf }) => seconds(deadOf.replacement)),
  refresherOnlyColumn('long outages', ({ deadOf }) => seconds(deadOf.longOutage)),
  refresherOnlyColumn('token invalidated', ({ deadOf }) => seconds(deadOf.tokenInvalidated)),
  refresherOnlyColumn('unexcused', ({ deadOf }) => seconds(deadOf.unexcused)),
  column('changes in sessions', ({ renewalsInSessions }) => count(renewalsInSessions)),
  column('issues/day', ({ issuesPerDay }) => issuesPerDay.toFixed(3)),
  column('of fewest', ({ issueRatio }) => issueRatio.toFixed(3)),
  column('KakaoTalk', ({ kakaoTalk }) => count(kakaoTalk)),
  refresherOnlyColumn('alarms', ({ alarms }) => count(alarms)),
  refresherOnlyColumn('false', ({ falseAlarms }) => count(falseAlarms)),
  refresherOnlyColumn('lead min', ({ lead }) =>
    lead === null ? '-' : `${Math.round(lead.median)} (${Math.round(lead.least)})`,
  ),
];

export function availabilityTable(rows: readonly AvailabilityRow[]): string {
  return formatTable(COLUMNS, rows);
}

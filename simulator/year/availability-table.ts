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
const minutes = (lead: { readonly median: number; readonly least: number }): string =>
  `${Math.round(lead.median)} (${Math.round(lead.least)})`;
const count = (value: number): string => (value < 10 ? value.toFixed(1) : String(Math.round(value)));

/**
 * @param policy the only policy for which the column contains a figure; the simulation neither classifies the
 *   gaps nor simulates the alarms of other policies
 */
const column = (title: string, cell: (summary: YearSummary) => string, policy?: 'refresher') => ({
  title,
  cell: (row: AvailabilityRow) => (row.policy === (policy ?? row.policy) ? cell(row.summary) : ''),
});

/** The columns of the table. Seconds and counts are per year; docs/availability.md explains each column. */
const COLUMNS: readonly Column<AvailabilityRow>[] = [
  { title: 'scenario', cell: ({ scenario }) => scenario, align: 'left' },
  { title: 'policy', cell: ({ policy }) => policy, align: 'left' },
  column('live %', ({ availability }) => (100 * availability).toFixed(4)),
  column('dead s', ({ dead }) => seconds(dead)),
  column('in sessions', ({ deadInSessions }) => seconds(deadInSessions)),
  column('at replacements', ({ deadOf }) => seconds(deadOf.replacement), 'refresher'),
  column('long outages', ({ deadOf }) => seconds(deadOf.longOutage), 'refresher'),
  column('token invalidated', ({ deadOf }) => seconds(deadOf.tokenInvalidated), 'refresher'),
  column('unexcused', ({ deadOf }) => seconds(deadOf.unexcused), 'refresher'),
  column('changes in sessions', ({ renewalsInSessions }) => count(renewalsInSessions)),
  column('issues/day', ({ issuesPerDay }) => issuesPerDay.toFixed(3)),
  column('of fewest', ({ issueRatio }) => issueRatio.toFixed(3)),
  column('KakaoTalk', ({ kakaoTalk }) => count(kakaoTalk)),
  column('alarms', ({ alarms }) => count(alarms), 'refresher'),
  column('false', ({ falseAlarms }) => count(falseAlarms), 'refresher'),
  column('lead min', ({ lead }) => (lead === null ? '-' : minutes(lead)), 'refresher'),
];

export function availabilityTable(rows: readonly AvailabilityRow[]): string {
  return formatTable(COLUMNS, rows);
}

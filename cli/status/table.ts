import { type CredentialSummary, type Severity, severityOf } from '../credential-summary.ts';
import { BROKER_DISPLAY_NAME } from '../labels.ts';
import { isStep } from '../predict.ts';
import { type Column, displayWidth, tableLines } from '../terminal/layout.ts';
import type { Paint, Style } from '../terminal/terminal.ts';
import { formatDayAndTime, formatSpan } from '../time.ts';
import { describeNoToken, lifetimeBar } from '../token-facts.ts';

export interface RenderOptions {
  readonly paint: Paint;
  readonly width: number;
}

export const SEVERITY_MARKS: Readonly<Record<Severity, string>> = { 0: '●', 1: '▲', 2: '✖' };
export const SEVERITY_COLORS: Readonly<Record<Severity, Style>> = { 0: 'green', 1: 'yellow', 2: 'red' };

type TableField = readonly [
  title: string,
  cell: (summary: CredentialSummary, paint: Paint) => string,
  align?: Column['align'],
];

const mark: TableField = [
  '',
  (each, paint) => paint(SEVERITY_COLORS[severityOf(each)], SEVERITY_MARKS[severityOf(each)]),
];
const credential: TableField = ['CREDENTIAL', (each, paint) => paint('bold', each.credential.config.id)];
const broker: TableField = [
  'BROKER',
  ({ credential: { config } }) => `${BROKER_DISPLAY_NAME[config.broker]} ${config.market}`,
];
const generation: TableField = [
  'GEN',
  ({ credential: { state } }) => String(state.generation || '–'),
  'right',
];
const phase: TableField = ['PHASE', (each, paint) => paint(SEVERITY_COLORS[severityOf(each)], each.phase)];
const token: TableField = ['TOKEN', (each, paint) => lifetimeBar(each, 24, paint)];
const remainingTime: TableField = [
  'LEFT',
  (each, paint) =>
    each.isLive ? formatSpan(each.secondsToExpiry * 1000) : paint('red', describeNoToken(each)),
  'right',
];
const next: TableField = ['NEXT', nextAction];
const issues: TableField = [
  'ISSUES',
  ({ dailyIssueCalls: { used, budget } }, paint) =>
    paint(used >= budget ? 'yellow' : 'reset', `${used}/${budget}`),
];

/** The columns of each layout, from the widest to the narrowest layout. */
const LAYOUTS: readonly (readonly TableField[])[] = [
  [mark, credential, broker, generation, phase, token, remainingTime, next, issues],
  [mark, credential, broker, phase, remainingTime, next, issues],
  [mark, credential, broker, phase, remainingTime, next],
  [mark, credential, phase, remainingTime, next],
  [mark, credential, phase, remainingTime],
  [mark, credential, remainingTime],
];

/** Formats a title row and a row for each credential, in the widest layout that fits the terminal. */
export function statusTable(
  summaries: readonly CredentialSummary[],
  { paint, width }: RenderOptions,
): string[] {
  const renderedTables = LAYOUTS.map((fields) =>
    tableLines(
      fields.map(([title, , align = 'left']) => ({ title: paint('dim', title), align })),
      summaries.map((summary) => fields.map(([, cell]) => cell(summary, paint))),
    ),
  );
  const fitsWidth = (lines: readonly string[]) => lines.every((line) => displayWidth(line) <= width);
  return renderedTables.find(fitsWidth) ?? renderedTables.at(-1) ?? [];
}

function nextAction({ prediction: { decision }, nextActionAt, now }: CredentialSummary): string {
  if (nextActionAt === undefined) return 'when resumed';
  return isStep(decision) ? 'at next tick' : formatDayAndTime(nextActionAt, now);
}

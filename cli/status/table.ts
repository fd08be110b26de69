import { type CredentialSummary, type Severity, severityOf } from '../credential-summary.ts';
import { BROKER_DISPLAY_NAME } from '../labels.ts';
import { isStep } from '../predict.ts';
import { type Column, tableLines, widthOf } from '../terminal/layout.ts';
import type { Paint, Style } from '../terminal/terminal.ts';
import { formatSpan, when } from '../time.ts';
import { describeNoToken, lifeBar } from '../token-facts.ts';

export interface RenderOptions {
  readonly paint: Paint;
  readonly width: number;
}

export const MARK: Readonly<Record<Severity, string>> = { 0: '●', 1: '▲', 2: '✖' };
export const COLOR: Readonly<Record<Severity, Style>> = { 0: 'green', 1: 'yellow', 2: 'red' };

type TableField = readonly [
  title: string,
  cell: (summary: CredentialSummary, paint: Paint) => string,
  align?: Column['align'],
];

const mark: TableField = ['', (each, paint) => paint(COLOR[severityOf(each)], MARK[severityOf(each)])];
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
const phase: TableField = ['PHASE', (each, paint) => paint(COLOR[severityOf(each)], each.phase)];
const token: TableField = ['TOKEN', (each, paint) => lifeBar(each, 24, paint)];
const left: TableField = [
  'LEFT',
  (each, paint) =>
    each.isLive ? formatSpan(each.secondsToExpiry * 1000) : paint('red', describeNoToken(each)),
  'right',
];
const next: TableField = ['NEXT', nextAction];
const issues: TableField = [
  'ISSUES',
  ({ issues: { used, budget } }, paint) => paint(used >= budget ? 'yellow' : 'reset', `${used}/${budget}`),
];

/** From wide to narrow. */
const LAYOUTS: readonly (readonly TableField[])[] = [
  [mark, credential, broker, generation, phase, token, left, next, issues],
  [mark, credential, broker, phase, left, next, issues],
  [mark, credential, broker, phase, left, next],
  [mark, credential, phase, left, next],
  [mark, credential, phase, left],
  [mark, credential, left],
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
  const fitsWidth = (lines: readonly string[]) => lines.every((line) => widthOf(line) <= width);
  return renderedTables.find(fitsWidth) ?? renderedTables.at(-1) ?? [];
}

function nextAction({ next: { decision }, nextAt, now }: CredentialSummary): string {
  if (nextAt === undefined) return 'when resumed';
  return isStep(decision) ? 'at next tick' : when(nextAt, now);
}

import { type CredentialSummary, type Severity, severityOf } from '../credential-summary.ts';
import { BROKER_NAME } from '../labels.ts';
import { isStep } from '../predict.ts';
import { type Column, table, widthOf } from '../terminal/layout.ts';
import type { Paint, Style } from '../terminal/terminal.ts';
import { span, when } from '../time.ts';
import { describeNoToken, lifeBar } from '../token-facts.ts';

export interface RenderOptions {
  readonly paint: Paint;
  readonly width: number;
}

export const MARK: Readonly<Record<Severity, string>> = { 0: '●', 1: '▲', 2: '✖' };
export const COLOR: Readonly<Record<Severity, Style>> = { 0: 'green', 1: 'yellow', 2: 'red' };

type Field = readonly [
  title: string,
  cell: (summary: CredentialSummary, paint: Paint) => string,
  align?: Column['align'],
];

const mark: Field = ['', (each, paint) => paint(COLOR[severityOf(each)], MARK[severityOf(each)])];
const credential: Field = ['CREDENTIAL', (each, paint) => paint('bold', each.credential.config.id)];
const broker: Field = [
  'BROKER',
  ({ credential: { config } }) => `${BROKER_NAME[config.broker]} ${config.market}`,
];
const generation: Field = ['GEN', ({ credential: { state } }) => String(state.generation || '–'), 'right'];
const phase: Field = ['PHASE', (each, paint) => paint(COLOR[severityOf(each)], each.phase)];
const token: Field = ['TOKEN', (each, paint) => lifeBar(each, 24, paint)];
const left: Field = [
  'LEFT',
  (each, paint) => (each.isLive ? span(each.secondsToExpiry * 1000) : paint('red', describeNoToken(each))),
  'right',
];
const next: Field = ['NEXT', nextAction];
const issues: Field = [
  'ISSUES',
  ({ issues: { used, budget } }, paint) => paint(used >= budget ? 'yellow' : 'reset', `${used}/${budget}`),
];

/** From wide to narrow. */
const LAYOUTS: readonly (readonly Field[])[] = [
  [mark, credential, broker, generation, phase, token, left, next, issues],
  [mark, credential, broker, phase, left, next, issues],
  [mark, credential, broker, phase, left, next],
  [mark, credential, phase, left, next],
  [mark, credential, phase, left],
  [mark, credential, left],
];

/** Formats the titles and a row for each credential, in the widest layout that fits. */
export function statusTable(
  summaries: readonly CredentialSummary[],
  { paint, width }: RenderOptions,
): string[] {
  const drawn = LAYOUTS.map((fields) =>
    table(
      fields.map(([title, , align = 'left']) => ({ title: paint('dim', title), align })),
      summaries.map((summary) => fields.map(([, cell]) => cell(summary, paint))),
    ),
  );
  const fits = (lines: readonly string[]) => lines.every((line) => widthOf(line) <= width);
  return drawn.find(fits) ?? drawn.at(-1) ?? [];
}

function nextAction({ next: { decision }, nextAt, now }: CredentialSummary): string {
  if (nextAt === undefined) return 'when resumed';
  return isStep(decision) ? 'at next tick' : when(nextAt, now);
}

import stringWidth from 'string-width';
import { runbookChapterPath } from '../../lambdas/shared/names.ts';
import { adviceFor, describePendingRequests } from '../advice.ts';
import type { StackAlarm } from '../aws/stack-alarms.ts';
import type { CredentialSummary, Phase, Severity } from '../credential-summary.ts';
import { REWRITE_CONFIG_FIX, type StoredCredentials } from '../credentials.ts';
import { BROKER_DISPLAY_NAME, describeAttempt } from '../labels.ts';
import { isStep } from '../predict.ts';
import { describeReasons } from '../reasons.ts';
import { type Column, paragraphLines, type Screen, tableLines } from '../terminal/layout.ts';
import type { Paint, Style } from '../terminal/terminal.ts';
import { at, formatDayAndTime, formatRelative, formatSpan, kst } from '../time.ts';
import { describeNoToken, lifetimeBar } from '../token-facts.ts';

/** The data that the command `status` shows, with the time at which they were read. */
export interface Snapshot extends Pick<StoredCredentials, 'invalid' | 'withoutConfig'> {
  readonly stack: string;
  readonly region: string;
  readonly now: number;
  readonly summaries: readonly CredentialSummary[];
  /** The alarms in state ALARM, or the reason why they cannot be read. */
  readonly alarms: readonly Pick<StackAlarm, 'name' | 'chapter' | 'credentialId' | 'since'>[] | string;
}

const HEALTHY_PHASES: readonly Phase[] = ['fresh', 'due'];
/** The phases in which `status` shows both the last failed attempt and the reason for the next decision. */
const EXPLAINED_PHASES: readonly Phase[] = ['suspect', 'dead', 'revoking'];

export const SEVERITY_MARKS: Readonly<Record<Severity, string>> = { 0: '●', 1: '▲', 2: '✖' };
export const SEVERITY_COLORS: Readonly<Record<Severity, Style>> = { 0: 'green', 1: 'yellow', 2: 'red' };

/** Formats a table with one row per credential, remarks below each row, and the alarms below the table. */
export function overviewLines(snapshot: Snapshot, screen: Screen): string[] {
  const [head = '', ...rows] = statusTable(snapshot.summaries, screen);
  return [
    ...overviewHeader(snapshot, screen),
    '',
    head,
    ...rows.flatMap((row, index) => {
      const summary = snapshot.summaries[index];
      return summary === undefined ? [row] : [row, ...remarkLines(summary, screen)];
    }),
    ...snapshot.invalid.flatMap(({ id, problems }) =>
      configProblemLines(id, `The config parameter is invalid: ${problems}.`, REWRITE_CONFIG_FIX, screen),
    ),
    ...snapshot.withoutConfig.flatMap((id) =>
      configProblemLines(id, 'The config parameter does not exist.', 'For the fix, run: doctor.', screen),
    ),
    '',
    ...alarmLines(snapshot, screen),
  ];
}

export function overviewHeader({ stack, region, now }: Snapshot, { paint, width }: Screen): string[] {
  return paragraphLines(`${paint('bold', stack)} ${paint('dim', `· ${region} · ${kst(now)} KST`)}`, width);
}

function configProblemLines(id: string, text: string, fix: string, { paint, width }: Screen): string[] {
  return [
    `${paint('red', SEVERITY_MARKS[2])}  ${paint('bold', id)}`,
    ...paragraphLines(text, width, '   '),
    ...paragraphLines(fix, width, '   → '),
  ];
}

function remarkLines(summary: CredentialSummary, { paint, width }: Screen): string[] {
  const { credential, prediction, now, phase, severity } = summary;
  const { attempt } = credential.state;
  const texts: string[] = [];
  if (credential.unreadableReason !== undefined)
    texts.push(`The state parameter is damaged: ${credential.unreadableReason}.`);
  const isFailing = severity > 0 && attempt !== undefined && attempt.failures > 0 && phase !== 'paused';
  if (isFailing) {
    const failureCountText = attempt.failures > 1 ? `${attempt.failures} times in a row, ` : '';
    texts.push(
      `${failureCountText}last attempt ${formatRelative(attempt.at, now)}: ${describeAttempt(attempt)}`,
    );
  }
  if (EXPLAINED_PHASES.includes(phase) || !(isFailing || HEALTHY_PHASES.includes(phase)))
    texts.push(describeReasons(prediction, credential, now).at(phase === 'dead' ? 0 : -1) ?? '');
  texts.push(...describePendingRequests(credential, now));
  const advice = adviceFor(summary);
  return [
    ...texts.flatMap((text) => paragraphLines(text, width, '   ')),
    ...(advice === undefined ? [] : paragraphLines(advice, width, '   → ')),
  ].map((line) => paint(severity === 0 ? 'dim' : SEVERITY_COLORS[severity], line));
}

export function alarmLines({ alarms, now }: Snapshot, { paint, width }: Screen): string[] {
  if (typeof alarms === 'string')
    return paragraphLines(`Alarms cannot be read: ${alarms}`, width).map((line) => paint('dim', line));
  if (alarms.length === 0) return [`${paint('green', '●')} ${paint('dim', 'no alarm is on')}`];
  return alarms.flatMap(({ name, chapter, since }) => {
    const text = `${paint('bold', name)}${since === undefined ? '' : ` since ${at(since, now)}`}`;
    return [
      ...paragraphLines(text, width, `${paint('red', '▲')} `),
      paint('dim', `  ${runbookChapterPath(chapter)}`),
    ];
  });
}

type TableField = readonly [
  title: string,
  /** The narrowest layout that contains the column; 0 is the widest layout. */
  narrowestLayout: number,
  cell: (summary: CredentialSummary, paint: Paint) => string,
  align?: Column['align'],
];

const FIELDS: readonly TableField[] = [
  ['', 5, ({ severity }, paint) => paint(SEVERITY_COLORS[severity], SEVERITY_MARKS[severity])],
  ['CREDENTIAL', 5, ({ credential }, paint) => paint('bold', credential.config.id)],
  ['BROKER', 2, ({ credential: { config } }) => `${BROKER_DISPLAY_NAME[config.broker]} ${config.market}`],
  ['GEN', 0, ({ credential: { state } }) => String(state.generation || '–'), 'right'],
  ['PHASE', 4, ({ severity, phase }, paint) => paint(SEVERITY_COLORS[severity], phase)],
  ['TOKEN', 0, lifetimeBar],
  ['LEFT', 5, remainingTime, 'right'],
  ['NEXT', 3, nextAction],
  ['ISSUES', 1, issueCalls],
];

/** Formats a title row and a row for each credential, in the widest layout that fits the terminal. */
function statusTable(summaries: readonly CredentialSummary[], { paint, width }: Screen): string[] {
  const renderedTables = [0, 1, 2, 3, 4, 5].map((layout) => {
    const fields = FIELDS.filter(([, narrowestLayout]) => narrowestLayout >= layout);
    return tableLines(
      fields.map(([title, , , align = 'left']) => ({ title: paint('dim', title), align })),
      summaries.map((summary) => fields.map(([, , cell]) => cell(summary, paint))),
    );
  });
  const fitsWidth = (lines: readonly string[]) => lines.every((line) => stringWidth(line) <= width);
  return renderedTables.find(fitsWidth) ?? renderedTables.at(-1) ?? [];
}

function remainingTime(summary: CredentialSummary, paint: Paint): string {
  return summary.isLive ? formatSpan(summary.secondsToExpiry * 1000) : paint('red', describeNoToken(summary));
}

function issueCalls({ dailyIssueCalls: { used, budget } }: CredentialSummary, paint: Paint): string {
  return paint(used >= budget ? 'yellow' : 'reset', `${used}/${budget}`);
}

function nextAction({ prediction: { decision }, nextActionAt, now }: CredentialSummary): string {
  if (nextActionAt === undefined) return 'when resumed';
  return isStep(decision) ? 'at next tick' : formatDayAndTime(nextActionAt, now);
}

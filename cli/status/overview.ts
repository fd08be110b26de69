import { runbookChapterPath } from '../../lambdas/shared/names.ts';
import { adviceFor, describePendingRequests } from '../advice.ts';
import type { StackAlarm } from '../aws/stack-alarms.ts';
import { type CredentialSummary, type Phase, severityOf } from '../credential-summary.ts';
import { type InvalidCredential, REWRITE_CONFIG_FIX } from '../credentials.ts';
import { describeAttempt } from '../labels.ts';
import { describeReasons } from '../reasons.ts';
import { paragraphLines } from '../terminal/layout.ts';
import { at, formatRelative, kst } from '../time.ts';
import { type RenderOptions, SEVERITY_COLORS, SEVERITY_MARKS, statusTable } from './table.ts';

/** The data that the command `status` shows, with the time at which they were read. */
export interface Snapshot {
  readonly stack: string;
  readonly region: string;
  readonly now: number;
  readonly summaries: readonly CredentialSummary[];
  readonly invalid: readonly InvalidCredential[];
  /** The ids of the credentials that have a token or state parameter, but no config parameter. */
  readonly withoutConfig: readonly string[];
  /** The alarms in state ALARM, or the reason why they cannot be read. */
  readonly alarms: readonly StackAlarm[] | string;
}

/** Phases without a remark. */
const HEALTHY_PHASES: readonly Phase[] = ['fresh', 'due'];
/** The phases in which `status` shows both the last failed attempt and the reason for the next decision. */
const EXPLAINED_PHASES: readonly Phase[] = ['suspect', 'dead', 'revoking'];

/** Formats a table with one row per credential, remarks below each row, and the alarms below the table. */
export function overviewLines(snapshot: Snapshot, options: RenderOptions): string[] {
  const { paint, width } = options;
  const [head = '', ...rows] = statusTable(snapshot.summaries, options);
  return [
    ...overviewHeader(snapshot, options),
    '',
    head,
    ...rows.flatMap((row, index) => {
      const summary = snapshot.summaries[index];
      return summary === undefined ? [row] : [row, ...remarkLines(summary, options)];
    }),
    ...snapshot.invalid.flatMap(({ id, problems }) => [
      `${paint('red', SEVERITY_MARKS[2])}  ${paint('bold', id)}`,
      ...paragraphLines(`The config parameter is invalid: ${problems}.`, width, '   '),
      ...paragraphLines(REWRITE_CONFIG_FIX, width, '   → '),
    ]),
    ...snapshot.withoutConfig.flatMap((id) => [
      `${paint('red', SEVERITY_MARKS[2])}  ${paint('bold', id)}`,
      ...paragraphLines('The config parameter does not exist.', width, '   '),
      ...paragraphLines('For the fix, run: doctor.', width, '   → '),
    ]),
    '',
    ...alarmLines(snapshot, options),
  ];
}

export function overviewHeader({ stack, region, now }: Snapshot, { paint, width }: RenderOptions): string[] {
  return paragraphLines(`${paint('bold', stack)} ${paint('dim', `· ${region} · ${kst(now)} KST`)}`, width);
}

/** The problems and pending requests of a credential, with advice. */
function remarkLines(summary: CredentialSummary, { paint, width }: RenderOptions): string[] {
  const { credential, prediction, now, phase } = summary;
  const { attempt } = credential.state;
  const severity = severityOf(summary);
  const texts: string[] = [];
  if (credential.unreadableReason !== undefined)
    texts.push(`The state parameter is damaged: ${credential.unreadableReason}.`);
  const isFailing = severity > 0 && attempt !== undefined && attempt.failures > 0 && phase !== 'paused';
  if (isFailing) {
    const times = attempt.failures > 1 ? `${attempt.failures} times in a row, ` : '';
    texts.push(`${times}last attempt ${formatRelative(attempt.at, now)}: ${describeAttempt(attempt)}`);
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

export function alarmLines({ alarms, now }: Snapshot, { paint, width }: RenderOptions): string[] {
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

import type { StackAlarm } from '../aws/stack-alarms.ts';
import { type CredentialSummary, type Phase, severityOf } from '../credential-summary.ts';
import type { Broken } from '../credentials.ts';
import { describeAttempt } from '../labels.ts';
import { adviceFor, pendingRequests } from '../pending.ts';
import { describeReasons } from '../reasons.ts';
import { paragraph } from '../terminal/layout.ts';
import type { Paint } from '../terminal/terminal.ts';
import { at, kst, relative } from '../time.ts';
import { COLOUR, MARK, type RenderOptions, statusTable } from './table.ts';

/** All that `status` shows, read at one instant. */
export interface Snapshot {
  readonly stack: string;
  readonly region: string;
  readonly now: number;
  readonly summaries: readonly CredentialSummary[];
  readonly broken: readonly Broken[];
  /** In ALARM; a text if they could not be read: why. */
  readonly alarms: readonly StackAlarm[] | string;
}

/** Phases without a remark of their own. */
const CALM: readonly Phase[] = ['fresh', 'due'];
/** Phases whose reason is shown even if the last attempt failed. */
const DOUBTFUL: readonly Phase[] = ['suspect', 'dead', 'revoking'];

/** All credentials, a row each, with remarks beneath it. */
export function overview(snapshot: Snapshot, look: RenderOptions): string[] {
  const { paint, width } = look;
  const [head = '', ...lines] = statusTable(snapshot.summaries, look);
  return [
    overviewHeader(snapshot, paint),
    '',
    head,
    ...lines.flatMap((line, index) => {
      const summary = snapshot.summaries[index];
      return summary === undefined ? [line] : [line, ...remarks(summary, look)];
    }),
    ...snapshot.broken.flatMap(({ id, problems }) => [
      `${paint('red', MARK[2])}  ${paint('bold', id)}`,
      ...paragraph(
        `Its config parameter cannot be understood: ${problems}. Deploy the stack again.`,
        width,
        '     ',
      ),
    ]),
    '',
    ...alarmLines(snapshot, look),
  ];
}

export function overviewHeader({ stack, region, now }: Snapshot, paint: Paint): string {
  return `${paint('bold', stack)} ${paint('dim', `· ${region} · ${kst(now)} KST`)}`;
}

/** Problems and pending requests of a credential, and what to do about them. */
function remarks(summary: CredentialSummary, { paint, width }: RenderOptions): string[] {
  const { credential, next, now, phase } = summary;
  const { attempt } = credential.state;
  const severity = severityOf(summary);
  const texts: string[] = [];
  if (credential.unreadable !== undefined)
    texts.push(`The state parameter is damaged: ${credential.unreadable}.`);
  const failed = severity > 0 && attempt !== undefined && attempt.failures > 0 && phase !== 'paused';
  if (failed) {
    const again = attempt.failures > 1 ? `${attempt.failures} times in a row, ` : '';
    texts.push(`${again}last ${relative(attempt.at, now)}: ${describeAttempt(attempt)}`);
  }
  if (DOUBTFUL.includes(phase) || !(failed || CALM.includes(phase)))
    texts.push(describeReasons(next, credential, now).at(phase === 'dead' ? 0 : -1) ?? '');
  texts.push(...pendingRequests(credential, now));
  const advice = severity > 0 ? adviceFor(phase, credential) : undefined;
  if (advice !== undefined) texts.push(`→ ${advice}`);
  return texts.flatMap((text) =>
    paragraph(text, width, text.startsWith('→') ? '     ' : '   ').map((line) =>
      paint(severity === 0 ? 'dim' : COLOUR[severity], line),
    ),
  );
}

export function alarmLines({ alarms, now }: Snapshot, { paint, width }: RenderOptions): string[] {
  if (typeof alarms === 'string')
    return paragraph(`Alarms cannot be seen: ${alarms}`, width, '  ', '').map((line) => paint('dim', line));
  if (alarms.length === 0) return [`${paint('green', '●')} ${paint('dim', 'no alarm')}`];
  return alarms.flatMap(({ name, chapter, since }) => [
    `${paint('red', '▲')} ${paint('bold', name)}${since === undefined ? '' : ` since ${at(since, now)}`}`,
    paint('dim', `  docs/runbook.md#${chapter.toLowerCase()}`),
  ]);
}

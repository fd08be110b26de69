import type { StackAlarm } from '../aws/alarms.ts';
import type { Broken } from '../credentials.ts';
import { because } from '../reasons.ts';
import { type Phase, type Summary, severityOf } from '../summary.ts';
import { paragraph } from '../terminal/layout.ts';
import type { Paint } from '../terminal/terminal.ts';
import { at, kst, relative } from '../time.ts';
import { cureOf, OUTCOME, saying } from '../words.ts';
import { COLOUR, type Look, MARK, rows } from './rows.ts';

/** All that `status` shows, read at one instant. */
export interface Snapshot {
  readonly stack: string;
  readonly region: string;
  readonly now: number;
  readonly summaries: readonly Summary[];
  readonly broken: readonly Broken[];
  /** In ALARM; a text where they could not be read: why. */
  readonly alarms: readonly StackAlarm[] | string;
}

/** What is not fine is said beneath the row; these phases are. */
const CALM: readonly Phase[] = ['fresh', 'due'];

/** All credentials, a row each, and beneath it what there is to tell. */
export function overview(snapshot: Snapshot, look: Look): string[] {
  const { paint, width } = look;
  const [head = '', ...lines] = rows(snapshot.summaries, look);
  return [
    header(snapshot, paint),
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

export function header({ stack, region, now }: Snapshot, paint: Paint): string {
  return `${paint('bold', stack)} ${paint('dim', `· ${region} · ${kst(now)} KST`)}`;
}

/** What is to be said of a credential that is not just fine. */
function remarks(summary: Summary, { paint, width }: Look): string[] {
  const { credential, decision, now, phase } = summary;
  const { attempt, wanted } = credential.state;
  const severity = severityOf(summary);
  const texts: string[] = [];
  if (credential.unreadable !== undefined)
    texts.push(`The state parameter is damaged: ${credential.unreadable}.`);
  if (severity > 0 && attempt !== undefined && phase !== 'paused') {
    const again = attempt.failures > 1 ? `, ${attempt.failures} times in a row` : '';
    texts.push(`${relative(attempt.at, now)} ${OUTCOME[attempt.outcome]}${again}${saying(attempt)}`);
    const cure = cureOf(attempt.outcome, attempt.brokerCode);
    if (cure !== undefined) texts.push(`→ ${cure}`);
  } else if (!CALM.includes(phase)) texts.push(because(decision, credential, now).at(-1) ?? '');
  if (wanted !== undefined) texts.push(`Wanted since ${at(wanted.since, now)}: ${wanted.reason}`);
  return texts.flatMap((text) =>
    paragraph(text, width, text.startsWith('→') ? '     ' : '   ').map((line) =>
      paint(severity === 0 ? 'dim' : COLOUR[severity], line),
    ),
  );
}

export function alarmLines({ alarms, now }: Snapshot, { paint, width }: Look): string[] {
  if (typeof alarms === 'string')
    return paragraph(`Alarms cannot be seen: ${alarms}`, width, '  ', '').map((line) => paint('dim', line));
  if (alarms.length === 0) return [`${paint('green', '●')} ${paint('dim', 'no alarm')}`];
  return alarms.flatMap(({ name, chapter, since }) => [
    `${paint('red', '▲')} ${paint('bold', name)}${since === undefined ? '' : ` since ${at(since, now)}`}`,
    paint('dim', `  docs/runbook.md#${chapter.toLowerCase()}`),
  ]);
}

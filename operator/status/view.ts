import type { StackAlarm } from '../aws/alarms.ts';
import type { Broken } from '../credentials.ts';
import { because } from '../reasons.ts';
import { type Phase, type Summary, severityOf } from '../summary.ts';
import { bar, type Column, paragraph, table } from '../terminal/layout.ts';
import type { Paint } from '../terminal/terminal.ts';
import { at, kst, relative, span, when } from '../time.ts';
import { BROKER_NAME, cureOf, OUTCOME, saying } from '../words.ts';

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

export interface Look {
  readonly paint: Paint;
  readonly width: number;
}

export const MARK = { 0: '●', 1: '▲', 2: '✖' } as const;
export const COLOUR = { 0: 'green', 1: 'yellow', 2: 'red' } as const;

/** What is not fine is said beneath the row; these phases are. */
const CALM: readonly Phase[] = ['fresh', 'due'];

const WIDE = 104;
/** Below this there is no room for a bar. */
const NARROW = 76;

/** All credentials, a row each, and beneath it what there is to tell. */
export function overview(snapshot: Snapshot, look: Look): string[] {
  const { paint, width } = look;
  const wide = width >= WIDE;
  const titles = [
    '',
    'CREDENTIAL',
    'BROKER',
    ...(wide ? ['GEN', 'PHASE'] : []),
    ...(width < NARROW ? [] : ['TOKEN']),
    'LEFT',
    'NEXT',
    'ISSUES',
  ];
  const columns: Column[] = titles.map((title) => ({
    title,
    align: title === 'LEFT' || title === 'GEN' ? 'right' : 'left',
  }));
  const rows = snapshot.summaries.map((summary) => row(summary, look));
  const [head = '', ...lines] = table(columns, rows, (text) => paint('dim', text));
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

function row(summary: Summary, { width, paint }: Look): string[] {
  const wide = width >= WIDE;
  const { credential, phase, issues } = summary;
  const { config, state } = credential;
  const severity = severityOf(summary);
  const spent = issues.used >= issues.budget;
  return [
    paint(COLOUR[severity], MARK[severity]),
    paint('bold', config.id),
    `${BROKER_NAME[config.broker]} ${config.market}`,
    ...(wide
      ? [state.generation === 0 ? '–' : String(state.generation), paint(COLOUR[severity], phase)]
      : []),
    ...(width < NARROW ? [] : [lifeBar(summary, wide ? 24 : 12, paint)]),
    summary.lives ? span(summary.secondsToExpiry * 1000) : paint('red', lifeless(summary)),
    nextWord(summary),
    paint(spent ? 'yellow' : 'reset', `${issues.used}/${issues.budget}`),
  ];
}

/** Why there is no time left. */
function lifeless({ phase, credential }: Summary): string {
  if (phase === 'paused') return 'paused';
  if (credential.state.published === undefined) return 'no token';
  return credential.state.dead ? 'dead' : 'expired';
}

/** Green while there is life, yellow in the time in which it is to be renewed. */
export function lifeBar({ left, lives, now, credential }: Summary, width: number, paint: Paint): string {
  const { full, empty } = bar(lives ? left : 0, width);
  const renewAt = credential.state.published?.renewAt ?? 0;
  return paint(now < renewAt ? 'green' : 'yellow', full) + paint('dim', empty);
}

function nextWord({ decision, nextAt, now }: Summary): string {
  if (nextAt === undefined) return 'when resumed';
  return decision.action === 'issue' ? 'at next look' : when(nextAt, now);
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

import { type CliContext, printResult } from '../cli-context.ts';
import { EXIT_CODE, type ExitCode } from '../cli-error.ts';
import { readCredentials } from '../credentials.ts';
import { paragraphLines } from '../terminal/layout.ts';
import { withProgress } from '../terminal/progress.ts';
import type { Style } from '../terminal/terminal.ts';
import { iso, SECOND } from '../time.ts';
import { checkAlarms } from './check-alarms.ts';
import { checkSecret, checkTokens } from './check-credentials.ts';
import { checkFunction } from './check-function.ts';
import { checkParameters } from './check-parameters.ts';
import { checkLastTicks, checkSchedule } from './check-schedules.ts';
import { type Finding, type FindingStatus, Report } from './finding.ts';

/** The largest number of `ok` findings that an area lists. If there are more, only their number is shown. */
const MAX_OK_FINDINGS_SHOWN = 6;

interface AreaFindings {
  readonly area: string;
  readonly findings: readonly Finding[];
}

/** `doctor`: diagnoses the deployment, and shows a fix for each finding. */
export async function runDoctor(context: CliContext): Promise<ExitCode> {
  const { aws, clock, json, stack, terminal } = context;
  // Progress lines are printed only to a terminal, because the report contains the same information.
  const progressContext = { ...context, json: json || !terminal.errIsTerminal };
  const interruptionTexts = ['Interrupted.', 'Nothing was changed.'] as const;
  const { caller, areas } = await withProgress(progressContext, interruptionTexts, (show) =>
    runChecks(context, show),
  );
  const statuses = areas.flatMap(({ findings }) => findings.map(({ status }) => status));
  printResult(context, { at: iso(clock.now()), stack, region: aws.region, areas }, [
    ...paragraphLines(`${terminal.paint('bold', stack)} · ${aws.region} · ${caller}`, terminal.width),
    ...areas.flatMap((area) => areaLines(context, area)),
    '',
    totalsText(context, statuses),
  ]);
  return statuses.includes('failed') ? EXIT_CODE.failed : EXIT_CODE.ok;
}

async function runChecks(context: CliContext, show: (text: string) => void) {
  const { Account, Arn } = await context.aws.call('sts:GetCallerIdentity', 'the account', {});
  const stored = await readCredentials(context);
  const { credentials } = stored;
  const checks: readonly [area: string, check: (report: Report) => Promise<void>][] = [
    ['tokens', async (report) => checkTokens(context, stored, report)],
    ['parameters', (report) => checkParameters(context, stored, report)],
    [
      'app keys',
      (report) =>
        report.runForEach(credentials, (each, itemReport) => checkSecret(context, each, itemReport)),
    ],
    [
      'schedules',
      (report) =>
        report.runForEach(credentials, (each, itemReport) => checkSchedule(context, each, itemReport)),
    ],
    ['ticks', (report) => checkLastTicks(context, stored, report)],
    ['function', (report) => checkFunction(context, credentials, report)],
    ['alarms', (report) => checkAlarms(context, credentials, report)],
    ['clock', async (report) => checkClock(context, report)],
  ];
  const areas: AreaFindings[] = [];
  for (const [area, check] of checks) {
    show(`Checking ${area}`);
    const report = new Report();
    await report.run(() => check(report));
    // A finding that several credentials share, such as a missing permission, is shown once.
    areas.push({ area, findings: [...new Map(report.findings.map((each) => [each.text, each])).values()] });
  }
  return { caller: `account ${Account}, as ${Arn}`, areas };
}

function checkClock({ aws: { clockOffset } }: CliContext, report: Report) {
  const seconds = Math.round(Math.abs(clockOffset) / SECOND);
  if (seconds < 5) return report.ok('The clock of this machine agrees with AWS.');
  const direction = clockOffset > 0 ? 'behind' : 'ahead of';
  const text = `The clock of this machine is ${seconds} s ${direction} AWS, so the times in this report are wrong by the same amount.`;
  report[seconds < 60 ? 'warning' : 'failed'](text, 'Synchronize the clock: timedatectl set-ntp true');
}

const STATUSES: Readonly<Record<FindingStatus, readonly [mark: string, style: Style, label: string]>> = {
  ok: ['✔', 'green', 'ok'],
  warning: ['▲', 'yellow', 'with a warning'],
  failed: ['✖', 'red', 'failed'],
  unknown: ['?', 'dim', 'not checked'],
};

function areaLines({ terminal }: CliContext, { area, findings }: AreaFindings): readonly string[] {
  const { paint, width } = terminal;
  const problems = findings.filter(({ status }) => status !== 'ok');
  const okCount = findings.length - problems.length;
  const okCountFinding: Finding = { status: 'ok', text: `${okCount} more are ok.` };
  const shownFindings = okCount <= MAX_OK_FINDINGS_SHOWN ? findings : [...problems, okCountFinding];
  return [
    '',
    paint('bold', area),
    ...shownFindings.flatMap(({ status, text, fix }) => {
      const [mark, style] = STATUSES[status];
      return [...paragraphLines(text, width, `  ${paint(style, mark)} `), ...fixLines(fix, width)];
    }),
  ];
}

/** Formats the fix of a finding. A command is not wrapped, so that the operator can copy it. */
function fixLines(fix: string | undefined, width: number): readonly string[] {
  if (fix === undefined) return [];
  return /^(aws|np[mx]) /.test(fix) ? [`    → ${fix}`] : paragraphLines(fix, width, '    → ');
}

/** Returns the number of findings per status, such as `20 ok, 2 with a warning, 1 failed`. */
function totalsText({ terminal }: CliContext, found: readonly FindingStatus[]): string {
  return (['ok', 'warning', 'failed', 'unknown'] as const)
    .map((status) => ({ status, count: found.filter((each) => each === status).length }))
    .filter(({ count }) => count > 0)
    .map(({ status, count }) => terminal.paint(STATUSES[status][1], `${count} ${STATUSES[status][2]}`))
    .join(', ');
}

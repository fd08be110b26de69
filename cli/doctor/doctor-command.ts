import { clockAhead } from '../aws/clock-skew.ts';
import { type CliContext, printJson } from '../cli-context.ts';
import { readAll } from '../credentials.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { paragraph } from '../terminal/layout.ts';
import { startProgress } from '../terminal/progress.ts';
import { iso, SECOND } from '../time.ts';
import { checkAlarms } from './check-alarms.ts';
import { checkParameters, checkPendingRequests, checkSecrets, statesOf } from './check-credentials.ts';
import { checkEgress } from './check-egress.ts';
import {
  checkDeadLetters,
  checkEventSource,
  checkFunction,
  checkInbox,
  checkSchedule,
} from './check-infrastructure.ts';
import { check, type Finding, type FindingStatus, ok, watch, wrong } from './finding.ts';
import { checkLastTicks } from './last-tick.ts';

/** More `ok` findings of one area than this are only counted. */
const MOST_HEALTHY_SHOWN = 6;

interface Area {
  readonly area: string;
  readonly findings: readonly Finding[];
}

/** `doctor`: everything that can be seen from here, each with its fix. */
export async function doctor(context: CliContext): Promise<ExitCode> {
  // Where nothing is drawn over, a line for each step would only be in the way.
  const progress = startProgress(context.terminal, context.json || !context.terminal.errScreen);
  try {
    const areas: Area[] = [];
    const examine = async (area: string, work: () => Promise<readonly Finding[]>) => {
      progress.say(`Looking at ${area}`);
      areas.push({ area, findings: distinct(await check(work)) });
    };
    const who = await checkIdentity(context);
    // Without credentials there is nothing to check: the error ends the command.
    const { credentials, broken } = await readAll(context);
    await examine('tokens', async () => [
      ...statesOf(context, credentials, broken),
      ...checkPendingRequests(credentials, context.clock.now()),
    ]);
    await examine('parameters', () => checkParameters(context, credentials));
    await examine('app keys', () => each(credentials, (credential) => checkSecrets(context, credential)));
    await examine('schedules', () => each(credentials, (credential) => checkSchedule(context, credential)));
    await examine('ticks', () => checkLastTicks(context, credentials));
    let queueArn: string | undefined;
    let functionName: string | undefined;
    let inNetwork: boolean | undefined;
    await examine('inbox', async () => {
      const { arn, findings } = await checkInbox(context);
      queueArn = arn;
      return [...findings, ...(await check(() => checkDeadLetters(context)))];
    });
    await examine('function', async () => {
      if (queueArn === undefined) return [];
      const source = await checkEventSource(context, queueArn);
      functionName = source.name;
      if (functionName === undefined) return source.findings;
      const itself = await check(async () => {
        const { inNetwork: placed, findings } = await checkFunction(context, functionName ?? '');
        inNetwork = placed;
        return findings;
      });
      return [...source.findings, ...itself];
    });
    await examine('alarms', () => checkAlarms(context, credentials));
    await examine('egress', async () =>
      inNetwork === undefined ? [] : checkEgress(context, credentials, inNetwork),
    );
    await examine('clock', async () => checkClock(context));
    progress.stop();
    return report(
      context,
      who,
      areas.filter(({ findings }) => findings.length > 0),
    );
  } finally {
    progress.stop();
  }
}

/** What many credentials have in common, such as a missing right, is said once. */
function distinct(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((finding) => [finding.text, finding])).values()];
}

/** Several credentials, ten at a time at most: AWS counts calls a second. */
async function each<T>(
  items: readonly T[],
  work: (item: T) => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (let index = 0; index < items.length; index += 10) {
    const some = await Promise.all(items.slice(index, index + 10).map((item) => check(() => work(item))));
    findings.push(...some.flat());
  }
  return findings;
}

async function checkIdentity({ aws }: CliContext): Promise<string> {
  const { GetCallerIdentityCommand } = await import('@aws-sdk/client-sts');
  const { Account, Arn } = await aws.use('sts:GetCallerIdentity', 'the account', (sts) =>
    sts.send(new GetCallerIdentityCommand({})),
  );
  return `account ${Account}, as ${Arn}`;
}

/** The refresher believes no stamp that lies a minute ahead; people misread times much earlier. */
function checkClock({ aws }: CliContext): readonly Finding[] {
  const ahead = clockAhead(aws.clockReadings);
  if (ahead === undefined) return [];
  const seconds = Math.round(Math.abs(ahead) / SECOND);
  const text = `This machine's clock is ${seconds} s ${ahead > 0 ? 'ahead of' : 'behind'} AWS'.`;
  const fix = 'Have it set by the network: timedatectl set-ntp true. Times shown here are off by as much.';
  if (seconds >= 60) return [wrong(text, fix)];
  return [seconds >= 5 ? watch(text, fix) : ok("This machine's clock agrees with AWS'.")];
}

const MARKS: Readonly<
  Record<FindingStatus, readonly [mark: string, colour: 'green' | 'yellow' | 'red' | 'dim']>
> = {
  ok: ['✔', 'green'],
  watch: ['▲', 'yellow'],
  wrong: ['✖', 'red'],
  unseen: ['?', 'dim'],
};

/** Of a fleet, what is fine is only counted. */
function inShort(findings: readonly Finding[]): readonly Finding[] {
  const healthy = findings.filter(({ health }) => health === 'ok');
  if (healthy.length <= MOST_HEALTHY_SHOWN) return findings;
  return [...findings.filter(({ health }) => health !== 'ok'), ok(`${healthy.length} more are ok.`)];
}

/** A command is not broken into lines: it is to be pasted. */
function fixLines(fix: string | undefined, width: number): readonly string[] {
  if (fix === undefined) return [];
  return /^(aws|np[mx]) /.test(fix) ? [`    → ${fix}`] : paragraph(fix, width, '      ', '    → ');
}

function report(context: CliContext, who: string, areas: readonly Area[]): ExitCode {
  const all = areas.flatMap(({ findings }) => findings);
  const count = (health: FindingStatus) => all.filter((finding) => finding.health === health).length;
  const code = count('wrong') > 0 ? EXIT.failed : EXIT.ok;
  const { terminal } = context;
  if (context.json) {
    printJson(context, {
      at: iso(context.clock.now()),
      stack: context.stack,
      region: context.aws.region,
      areas,
    });
    return code;
  }
  const { paint } = terminal;
  const width = terminal.width();
  const lines = areas.flatMap(({ area, findings }) => [
    '',
    paint('bold', area),
    ...inShort(findings).flatMap(({ health, text, fix }) => {
      const [mark, colour] = MARKS[health];
      return [...paragraph(text, width, '    ', `  ${paint(colour, mark)} `), ...fixLines(fix, width)];
    }),
  ]);
  const sum = [
    `${count('ok')} ok`,
    ...(count('watch') > 0 ? [paint('yellow', `${count('watch')} to watch`)] : []),
    ...(count('wrong') > 0 ? [paint('red', `${count('wrong')} wrong`)] : []),
    ...(count('unseen') > 0 ? [`${count('unseen')} not seen`] : []),
  ].join(', ');
  const head = `${paint('bold', context.stack)} ${paint('dim', `· ${context.aws.region} · ${who}`)}`;
  terminal.out(`${[head, ...lines, '', sum].join('\n')}\n`);
  return code;
}

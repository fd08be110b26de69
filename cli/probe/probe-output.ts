import type { CliContext } from '../cli-context.ts';
import type { Credential } from '../credentials.ts';
import { BROKER_NAME } from '../labels.ts';
import { facts, paragraph } from '../terminal/layout.ts';
import { DAY, kst, span } from '../time.ts';
import type { Journal } from './journal.ts';
import { planProbe, probeCost } from './probe-plan.ts';
import type { ProbeReport } from './probe-report.ts';

/** What it will ask, what that costs, and what happens to the credential. */
export function printPlan(context: CliContext, credential: Credential, journal: Journal, path: string): void {
  const { config, state } = credential;
  const { terminal } = context;
  const now = context.clock.now();
  const steps = planProbe(config.broker, journal, journal.done);
  const { issues, takes } = probeCost(steps);
  const since = now - DAY;
  const used =
    state.issues.filter((at) => at > since).length +
    journal.entries.filter(({ kind, outcome, at }) => kind === 'issue' && outcome === 'token' && at > since)
      .length;
  const over =
    used + issues > config.maxIssuesPerDay ? ` (maxIssuesPerDay is ${config.maxIssuesPerDay})` : '';
  const talk = config.market === 'live' && config.broker === 'kis' ? ', each with a KakaoTalk message' : '';
  const width = terminal.width();
  const lines = [
    terminal.paintErr(
      'bold',
      `Probing ${BROKER_NAME[config.broker]} ${config.market} with the key of ${config.id}`,
    ),
    ...facts(
      steps.map(({ step, question }) => [step, question] as const),
      width,
      (text) => terminal.paintErr('dim', text),
    ),
    '',
    ...paragraph(
      `At most ${issues} issued tokens${talk}, besides the ${used} of the last 24 hours${over}; about ${span(takes)}, until ${kst(now + takes).slice(5, 16)} KST.`,
      width,
      '  ',
    ),
    ...paragraph(
      state.paused
        ? `${config.id} is paused already, so the refresher leaves the key alone.`
        : `The refresher must leave the key alone: ${config.id} is revoked and paused first, and resumed at the end. Programs have no token of it meanwhile.`,
      width,
      '  ',
    ),
    ...paragraph(
      `Ctrl-C at any time: the same command goes on. How far it came is in ${path}; no secret is in there.`,
      width,
      '  ',
    ),
    '',
  ];
  terminal.err(`${lines.join('\n')}\n`);
}

/** What was measured, and what follows from it. */
export function printReport(
  { terminal }: CliContext,
  { rows, suggestion }: ProbeReport,
  files: readonly string[],
): void {
  const width = terminal.width();
  const settings = Object.entries(suggestion.settings).map(([name, value]) => `"${name}": "${value}"`);
  const lines = [
    ...facts(
      rows.map(([question, measured]) => [question, measured] as const),
      width,
      (text) => terminal.paint('dim', text),
    ),
    '',
    settings.length === 0 ? 'Nothing to set in cdk.json.' : `For cdk.json: ${settings.join(', ')}`,
    ...suggestion.notes.flatMap((note) => paragraph(note, width, '  ', '– ')),
    '',
    `Written: ${files.join(', ')}`,
  ];
  terminal.out(`${lines.join('\n')}\n`);
}

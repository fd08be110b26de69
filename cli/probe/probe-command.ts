import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AppKey } from '../../lambdas/brokers/broker.ts';
import { sendRequest } from '../../lambdas/brokers/transport.ts';
import { storedAppKey } from '../app-key.ts';
import { type CliContext, confirm, noteSuccess, printResult } from '../cli-context.ts';
import { CommandFailedError } from '../cli-error.ts';
import { type Credential, readCredential } from '../credentials.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { forcedResult, revokeResult } from '../inbox/request-result.ts';
import { longestAnswer, sendAndWait } from '../inbox/send-and-wait.ts';
import { BROKER_NAME } from '../labels.ts';
import { pairs, paragraph } from '../terminal/layout.ts';
import { waitUntil, withProgress } from '../terminal/progress.ts';
import { clockTime, DAY, kst, span } from '../time.ts';
import type { ProbeFindings } from './findings.ts';
import { type ProbeReport, reportOf } from './probe-report.ts';
import { ProbeSession } from './probe-session.ts';
import { GAPS, planProbe, runSteps, type Scope } from './probe-steps.ts';

export interface ProbeOptions {
  readonly quick?: true;
  readonly provokeRefusals?: true;
  /** Directory of the report. */
  readonly report: string;
  readonly onALiveKey?: true;
  readonly yes?: true;
}

/** `probe <id>`: measures the behavior of the broker where documents disagree. */
export async function probe(context: CliContext, id: string, options: ProbeOptions): Promise<ExitCode> {
  const credential = await readCredential(context, id);
  const { config } = credential;
  const isLive = config.market === 'live';
  if (isLive && !options.onALiveKey)
    throw new CommandFailedError(
      `${id} is a live key: the measurement ends tokens that programs may use${config.broker === 'kis' ? ', and sends its owner KakaoTalk messages' : ''}.`,
      'Use a paper key (모의투자), or pass --on-a-live-key.',
    );
  const key = await storedAppKey(context, config);
  if (key === undefined)
    throw new CommandFailedError(
      `The secret of ${id} holds no app key.`,
      `Store the key: ${context.program} credentials put ${id}.`,
    );
  const scope = { quick: options.quick ?? false, provokeRefusals: options.provokeRefusals ?? false };
  context.terminal.err(`${planLines(context, credential, scope).join('\n')}\n`);
  if (!(await confirm(context, 'Start?', options.yes)))
    throw new CommandFailedError('Not measured.', 'Nothing was changed.');
  await pause(context, credential);
  const lastCall = await measure(context, credential, key, scope, options.report);
  await resume(context, credential, lastCall);
  return EXIT.ok;
}

function planLines({ clock, terminal }: CliContext, { config, state }: Credential, scope: Scope): string[] {
  const now = clock.now();
  const steps = planProbe(config.broker, scope);
  const issues = steps.reduce((sum, step) => sum + step.issues, 0);
  const takes = steps.reduce((sum, step) => sum + step.takes, 0);
  const used = state.issues.filter((at) => at > now - DAY).length;
  const isOver = used + issues > config.maxIssuesPerDay;
  const limit = isOver ? ` (maxIssuesPerDay is ${config.maxIssuesPerDay})` : '';
  const isMessaged = config.market === 'live' && config.broker === 'kis';
  const width = terminal.width();
  return [
    terminal.paintErr(
      'bold',
      `Probe of ${BROKER_NAME[config.broker]} ${config.market} with the key of ${config.id}`,
    ),
    ...pairs(
      steps.map(({ step, question }) => [step, question] as const),
      { width, paint: terminal.paintErr },
    ),
    '',
    ...paragraph(
      `At most ${issues} issued tokens${isMessaged ? ', each with a KakaoTalk message' : ''}, after ${used} in the last 24 hours${limit}; about ${span(takes)}, until ${kst(now + takes).slice(5, 16)} KST.`,
      width,
      '  ',
    ),
    ...paragraph(
      state.paused
        ? `${config.id} is paused already, so the refresher does not use the key.`
        : `The refresher must not use the key: ${config.id} is revoked and paused first, and resumed at the end. Programs have no token in between.`,
      width,
      '  ',
    ),
    '',
  ];
}

/**
 * Another caller with the key would distort the results. The refresher makes no call only for a paused credential,
 * which is one that was revoked without a new token.
 */
async function pause(context: CliContext, credential: Credential): Promise<void> {
  if (credential.state.paused) return;
  const { id } = credential.config;
  const { result, credential: after } = await sendAndWait(
    context,
    credential,
    { credential: id, cause: 'revoke', reissue: false },
    (seen, request, now) => revokeResult(seen, request, false, now),
    longestAnswer(credential),
  );
  // The refresher calls the broker at each tick while the revocation is pending.
  if (result.is !== 'done' && !after.state.paused) throw new CommandFailedError(result.text, result.fix);
  noteSuccess(context, `${id} is paused.`);
}

/** Runs the steps and writes the report after each of them. @returns the end of the last issue call */
async function measure(
  context: CliContext,
  { config, state }: Credential,
  key: AppKey,
  scope: Scope,
  directory: string,
): Promise<number> {
  const { clock, program, signal } = context;
  const { broker, market, id } = config;
  const startedAt = clock.now();
  const endpoint = context.endpoints(broker, market);
  const resumeHint = `${id} stays paused. To issue a token again: ${program} resume ${id}.`;
  const ifInterrupted = ['Interrupted.', resumeHint] as const;
  const [session, report, file] = await withProgress(context, ifInterrupted, async (show) => {
    const ports = {
      send: (request: Parameters<typeof sendRequest>[1]) => sendRequest(endpoint, request),
      now: clock.now,
      sleepUntil: async (instant: number, why: string) => {
        if (instant <= clock.now()) return;
        show(`${why}, at ${clockTime(instant)}`);
        await clock.sleepUntil(instant, signal);
      },
      requirePaused: () => requirePaused(context, id),
      lastCallAt: state.lastCallAt,
      show,
    };
    const each = new ProbeSession(ports, config, key, GAPS[broker]);
    const describe = (findings: ProbeFindings) =>
      reportOf({ config, startedAt, endedAt: clock.now(), calls: each.calls, findings });
    const write = (findings: ProbeFindings) => writeReport(directory, id, startedAt, describe(findings));
    const findings = await runSteps(each, broker, scope, write);
    return [each, describe(findings), write(findings)] as const;
  });
  printResult(
    context,
    () => ({ ...report.json, file }),
    () => reportLines(context, report, file),
  );
  return session.issues.at(-1)?.end ?? clock.now();
}

async function requirePaused(context: CliContext, id: string): Promise<void> {
  context.signal.throwIfAborted();
  if ((await readCredential(context, id)).state.paused) return;
  throw new CommandFailedError(
    `${id} is no longer paused: the refresher uses the key again, which distorts the results.`,
    'Run the probe again.',
  );
}

function writeReport(directory: string, id: string, startedAt: number, { json }: ProbeReport): string {
  const file = join(directory, `probe-${id}-${kst(startedAt).slice(0, 10)}.json`);
  mkdirSync(directory, { recursive: true });
  writeFileSync(file, `${JSON.stringify(json, undefined, 2)}\n`);
  return file;
}

function reportLines(
  { terminal }: CliContext,
  { rows, suggestion }: ProbeReport,
  file: string,
): readonly string[] {
  const width = terminal.width();
  const settings = Object.entries(suggestion.settings).map(([name, value]) => `"${name}": "${value}"`);
  return [
    ...pairs(
      rows.map(
        ({ question, measured, documented }) =>
          [question, `${measured} (documented: ${documented})`] as const,
      ),
      { width, paint: terminal.paint },
    ),
    '',
    settings.length === 0 ? 'No setting is needed in cdk.json.' : `For cdk.json: ${settings.join(', ')}`,
    ...suggestion.notes.flatMap((note) => paragraph(note, width, '– ')),
    '',
    `Report: ${file}`,
  ];
}

/** Resumes a credential that the probe has paused, after the minimum interval. */
async function resume(context: CliContext, before: Credential, lastCall: number): Promise<void> {
  const { id, broker } = before.config;
  const hint = `${id} stays paused. To issue a token again: ${context.program} resume ${id}.`;
  if (before.state.paused) {
    context.terminal.err(`${hint}\n`);
    return;
  }
  const allowedAt = lastCall + GAPS[broker].usual;
  await waitUntil(context, allowedAt, `Resuming ${id} at ${clockTime(allowedAt)}`, ['Interrupted.', hint]);
  const credential = await readCredential(context, id);
  const { result } = await sendAndWait(
    context,
    credential,
    { credential: id, cause: 'forced', reason: 'resumed' },
    forcedResult,
    longestAnswer(credential),
  );
  if (result.is !== 'done') throw new CommandFailedError(result.text, result.fix);
  noteSuccess(context, result.text);
}

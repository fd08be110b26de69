import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BROKERS_BY_ID } from '../../lambdas/brokers/endpoints.ts';
import { sendRequest } from '../../lambdas/brokers/transport.ts';
import type { CredentialConfig } from '../../lambdas/shared/credential.ts';
import { readAppKey, UnconfiguredError } from '../../lambdas/store/secrets.ts';
import { type CliContext, printResult, printSuccess, requireConfirmation } from '../cli-context.ts';
import { CommandFailedError, EXIT_CODE, type ExitCode } from '../cli-error.ts';
import { type Credential, readCredential } from '../credentials.ts';
import { forcedResult, revokeResult } from '../inbox/request-result.ts';
import { sendAndWait } from '../inbox/send-and-wait.ts';
import { BROKER_DISPLAY_NAME } from '../labels.ts';
import { factLines, paragraphLines } from '../terminal/layout.ts';
import { type ShowProgress, waitUntil, withProgress } from '../terminal/progress.ts';
import { clockTime, DAY, formatSpan, kst } from '../time.ts';
import { createReport, type ProbeReport } from './probe-report.ts';
import { ISSUE_INTERVALS, type ProbePorts, ProbeSession } from './probe-session.ts';
import { type ProbeScope, planProbe, runSteps } from './probe-steps.ts';

interface ProbeOptions extends ProbeScope {
  readonly report: string;
  readonly onALiveKey?: true;
  readonly yes?: true;
}

/**
 * `probe <id>`: measures the behavior of a broker where its documents disagree. Calls of the refresher with
 * the same key would distort the results, so the probe first revokes the token and pauses the credential.
 */
export async function probe(context: CliContext, id: string, options: ProbeOptions): Promise<ExitCode> {
  const credential = await readCredential(context, id);
  const { config, state } = credential;
  if (config.market === 'live' && !options.onALiveKey)
    throw new CommandFailedError(
      `${id} is a live key: the measurement ends tokens that programs may use${config.broker === 'kis' ? ', and sends its owner KakaoTalk messages' : ''}.`,
      'Use a paper key (모의투자), or pass --on-a-live-key.',
    );
  const key = await readStoredAppKey(context, config);
  context.terminal.err(`${describeProbePlan(context, credential, options).join('\n')}\n`);
  await requireConfirmation(context, 'Start?', options.yes);
  if (!state.paused) await pauseCredential(context, credential);

  const resumeHint = `${id} stays paused. To issue a token again, run: ${context.program} resume ${id}.`;
  const interruptionTexts = ['Interrupted.', resumeHint] as const;
  const lastCallEndedAt = await withProgress(context, interruptionTexts, (show) => {
    const session = new ProbeSession(createPorts(context, credential, show), config, key);
    return runProbe(context, credential, session, options);
  });
  if (state.paused) context.terminal.err(`${resumeHint}\n`);
  else {
    const allowedAt = lastCallEndedAt + ISSUE_INTERVALS[config.broker].usual;
    await waitUntil(context, allowedAt, `Resuming ${id} at ${clockTime(allowedAt)}`, interruptionTexts);
    await resumeCredential(context, id);
  }
  return EXIT_CODE.ok;
}

function describeProbePlan(context: CliContext, { config, state }: Credential, scope: ProbeScope): string[] {
  const { id, broker, market } = config;
  const { terminal } = context;
  const now = context.clock.now();
  const { width } = terminal;
  const steps = planProbe(broker, scope);
  const issues = steps.reduce((sum, step) => sum + step.maxIssues, 0);
  const totalDuration = steps.reduce((sum, step) => sum + step.duration, 0);
  const issuesInLastDay = state.issues.filter((at) => at > now - DAY).length;
  const limitText =
    issuesInLastDay + issues > config.maxIssuesPerDay
      ? ` (maxIssuesPerDay is ${config.maxIssuesPerDay})`
      : '';
  const kakaoTalkText = market === 'live' && broker === 'kis' ? ', each with a KakaoTalk message' : '';
  const pauseText = state.paused
    ? `${id} is paused already, so the refresher does not use the key.`
    : `The refresher must not use the key during the probe: the probe first revokes the token of ${id} and pauses ${id}, and at the end resumes ${id}. Programs have no token during the probe.`;
  return [
    terminal.paintErr('bold', `Measuring ${BROKER_DISPLAY_NAME[broker]} ${market} with the key of ${id}`),
    ...factLines(
      steps.map(({ step, question }) => [step, question]),
      { width, paint: terminal.paintErr },
    ),
    '',
    ...paragraphLines(
      `The probe issues at most ${issues} tokens${kakaoTalkText}, after ${issuesInLastDay} in the last 24 hours${limitText}. It takes about ${formatSpan(totalDuration)}, until ${kst(now + totalDuration).slice(5, 16)} KST.`,
      width,
      '  ',
    ),
    ...paragraphLines(pauseText, width, '  '),
    '',
  ];
}

async function pauseCredential(context: CliContext, credential: Credential): Promise<void> {
  const { result, credential: after } = await sendAndWait(context, credential, {
    message: { credential: credential.config.id, cause: 'revoke', reissue: false },
    resultOf: (seen, request) => revokeResult(seen, request, false),
  });
  // The probe cannot start while a revocation is pending, because the refresher then calls the broker.
  if (result.status !== 'done' && !after.state.paused) throw new CommandFailedError(result.text, result.fix);
  printSuccess(context, `${credential.config.id} is paused.`);
}

async function resumeCredential(context: CliContext, id: string): Promise<void> {
  const { result } = await sendAndWait(context, await readCredential(context, id), {
    message: { credential: id, cause: 'forced', reason: 'resumed' },
    resultOf: forcedResult,
  });
  if (result.status !== 'done') throw new CommandFailedError(result.text, result.fix);
  printSuccess(context, result.text);
}

function createPorts(context: CliContext, { config, state }: Credential, show: ShowProgress): ProbePorts {
  const { clock, signal } = context;
  const { id, broker, market } = config;
  const endpoint = context.resolveEndpoint(broker, market);
  return {
    clock,
    signal,
    show,
    send: (request) => sendRequest(endpoint, request),
    requirePaused: async () => {
      signal.throwIfAborted();
      if ((await readCredential(context, id)).state.paused) return;
      throw new CommandFailedError(
        `${id} is no longer paused: the refresher uses the key again, which distorts the results.`,
        'Run the probe again.',
      );
    },
    lastCallAt: state.lastCallAt,
  };
}

/** Runs the steps, and writes the report after each step. @returns the end time of the last issue call */
async function runProbe(
  context: CliContext,
  { config }: Credential,
  session: ProbeSession,
  { report: directory, ...scope }: ProbeOptions,
): Promise<number> {
  const file = join(directory, `probe-${config.id}-${kst(session.startedAt).slice(0, 10)}.json`);
  mkdirSync(directory, { recursive: true });
  let report: ProbeReport | undefined;
  for await (const findings of runSteps(session, scope)) {
    report = createReport(config, session, findings);
    writeFileSync(file, `${JSON.stringify(report, undefined, 2)}\n`);
  }
  printResult(context, { ...report, file }, report === undefined ? [] : reportLines(context, report, file));
  return session.issueCalls.at(-1)?.end ?? session.now;
}

function reportLines({ terminal }: CliContext, { answers, settings }: ProbeReport, file: string) {
  const requiredSettings = Object.entries(settings).map(([name, value]) => `"${name}": "${value}"`);
  return [
    ...factLines(
      answers.map(({ question, measured, documented }) => [
        question,
        `${measured} (documented: ${documented})`,
      ]),
      terminal,
    ),
    '',
    requiredSettings.length === 0
      ? 'No setting is needed in cdk.json.'
      : `Add these settings to cdk.json: ${requiredSettings.join(', ')}`,
    `Report: ${file}`,
  ];
}

/** @throws AwsCallError; CommandFailedError if the secret contains no usable key */
async function readStoredAppKey({ aws, program }: CliContext, { id, broker, secretArn }: CredentialConfig) {
  const input = { SecretId: secretArn };
  const { SecretString } = await aws.call('secretsmanager:GetSecretValue', secretArn, input);
  try {
    return readAppKey(SecretString, BROKERS_BY_ID[broker].secretFields, secretArn, '');
  } catch (error) {
    if (!(error instanceof UnconfiguredError)) throw error;
    const fix = `Store the key: ${program} credentials put ${id}.`;
    throw new CommandFailedError(`The secret of ${id} holds no app key.`, fix);
  }
}

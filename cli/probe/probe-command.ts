import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { AppKey } from '../../lambdas/brokers/broker.ts';
import { BROKER } from '../../lambdas/brokers/endpoints.ts';
import { readAppKey, UnconfiguredError } from '../../lambdas/store/secrets.ts';
import { type CliContext, confirm, printJson } from '../cli-context.ts';
import { CommandFailedError } from '../cli-error.ts';
import { type Credential, readCredential } from '../credentials.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import type { ProbeFlags } from '../program.ts';
import { resumeCommand } from '../request/request-commands.ts';
import { startProgress } from '../terminal/progress.ts';
import { iso, kst } from '../time.ts';
import { type Journal, keyPrint, loadJournal, lockJournal, saveJournal } from './journal.ts';
import { pauseForProbe } from './pause.ts';
import { printPlan, printReport } from './probe-output.ts';
import { type ProbeReport, reportOf } from './probe-report.ts';
import { GAPS } from './probe-steps.ts';
import { runProbe } from './run-probe.ts';

/** `probe <id>`: what the broker really does, where documents disagree. */
export async function probe(context: CliContext, id: string, flags: ProbeFlags): Promise<ExitCode> {
  const credential = await readCredential(context, id);
  const { config } = credential;
  if (config.market === 'live' && !flags.onALiveKey)
    throw new CommandFailedError(
      `${id} is a live key: measuring ends tokens that programs may be using${config.broker === 'kis' ? ', and sends its owner KakaoTalk messages' : ''}.`,
      'Take a paper key (모의투자), or pass --on-a-live-key.',
    );
  const key = await keyOf(context, credential);
  const path = flags.file ?? join(stateDirectory(context), `probe-${id}.json`);
  const journal = begin(context, credential, key, flags, path);
  printPlan(context, credential, journal, path);
  const go = journal.done.length > 0 || journal.entries.length > 0 ? 'Go on' : 'Begin';
  if (!(await confirm(context, `${go}?`, flags.yes)))
    throw new CommandFailedError('Not measured.', 'Nothing was done.');

  const unlock = lockJournal(path);
  try {
    return await probeAlone(context, credential, key, journal, path, flags);
  } finally {
    unlock();
  }
}

async function probeAlone(
  context: CliContext,
  credential: Credential,
  key: AppKey,
  journal: Journal,
  path: string,
  flags: ProbeFlags,
): Promise<ExitCode> {
  const { config } = credential;
  // Noted before it is asked for: the request is served even if nobody waits for the answer.
  journal.paused ||= !credential.state.paused;
  saveJournal(path, journal);
  await pauseForProbe(context, credential);
  await runProbe(context, credential, key, journal, path);

  const report = reportOf(config, journal, context.clock.now());
  const files = write(flags.report ?? '.', config.id, report, journal.startedAt);
  if (context.json) printJson(context, { ...report.json, files });
  else printReport(context, report, files);
  return afterwards(context, credential, journal, path);
}

/** The journal to go on with, or a new one. */
function begin(
  context: CliContext,
  { config }: Credential,
  key: AppKey,
  flags: ProbeFlags,
  path: string,
): Journal {
  const found = loadJournal(path);
  if (found === undefined) {
    return {
      probe: 1,
      credential: config.id,
      broker: config.broker,
      market: config.market,
      key: keyPrint(key.appkey),
      startedAt: context.clock.now(),
      paused: false,
      quick: flags.quick ?? false,
      provokeRefusals: flags.provokeRefusals ?? false,
      done: [],
      entries: [],
    };
  }
  const same =
    found.credential === config.id && found.broker === config.broker && found.market === config.market;
  if (!same || found.key !== keyPrint(key.appkey))
    throw new CommandFailedError(
      `${path} is of another credential or app key.`,
      'Delete it to begin anew, or pass another --file.',
    );
  // What was asked for at first stands, unless more is asked for now.
  return {
    ...found,
    quick: found.quick && (flags.quick ?? false),
    provokeRefusals: found.provokeRefusals || (flags.provokeRefusals ?? false),
  };
}

async function keyOf({ aws, program }: CliContext, { config }: Credential): Promise<AppKey> {
  const { secretFields } = BROKER[config.broker];
  const { GetSecretValueCommand } = await import('@aws-sdk/client-secrets-manager');
  const { SecretString } = await aws.use('secretsmanager:GetSecretValue', config.secretArn, (secrets) =>
    secrets.send(new GetSecretValueCommand({ SecretId: config.secretArn })),
  );
  try {
    return readAppKey(SecretString, secretFields, config.secretArn, '');
  } catch (error) {
    if (!(error instanceof UnconfiguredError)) throw error;
    throw new CommandFailedError(
      `The secret of ${config.id} holds no app key.`,
      `Put it in: ${program} credentials put ${config.id}.`,
    );
  }
}

/** Source: XDG Base Directory Specification: state that is to outlive a restart, and is not worth a backup. */
function stateDirectory({ environment }: CliContext): string {
  return join(
    environment['XDG_STATE_HOME'] || join(environment['HOME'] || homedir(), '.local', 'state'),
    'broker-tokens',
  );
}

function write(
  directory: string,
  id: string,
  { markdown, json }: ProbeReport,
  startedAt: number,
): readonly string[] {
  const name = join(directory, `probe-${id}-${kst(startedAt).slice(0, 10)}`);
  mkdirSync(directory, { recursive: true });
  writeFileSync(`${name}.md`, markdown);
  writeFileSync(`${name}.json`, `${JSON.stringify(json, undefined, 2)}\n`);
  return [`${name}.md`, `${name}.json`];
}

/** The refresher takes over again where the probe had paused it. */
async function afterwards(
  context: CliContext,
  { config }: Credential,
  journal: Journal,
  path: string,
): Promise<ExitCode> {
  const { terminal, clock, program } = context;
  const finished: Journal = { ...journal, paused: false };
  const old = path.replace(/(\.json)?$/, `-${iso(journal.startedAt).slice(0, 10)}.json`);
  saveJournal(old, finished);
  rmSync(path, { force: true });
  if (!journal.paused) {
    terminal.err(`${config.id} stays paused, as it was before: ${program} resume ${config.id}\n`);
    return EXIT.ok;
  }
  const last = journal.entries.findLast(({ kind }) => kind === 'issue');
  const progress = startProgress(terminal, context.json);
  const rested = (last?.end ?? clock.now()) + GAPS[config.broker].usual;
  progress.say(`${config.id} is resumed at ${kst(rested).slice(11)} KST`);
  try {
    await clock.sleepUntil(rested, context.signal);
  } finally {
    progress.stop();
  }
  // The answer to the command was the report: what comes of this one is told beside it.
  const aside: CliContext = {
    ...context,
    json: false,
    terminal: { ...terminal, out: terminal.err, paint: terminal.paintErr },
  };
  return resumeCommand(aside, config.id, {});
}

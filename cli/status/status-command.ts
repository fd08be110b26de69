import { listStackAlarms } from '../aws/stack-alarms.ts';
import { type CliContext, printResult } from '../cli-context.ts';
import { CliError, EXIT_CODE, type ExitCode } from '../cli-error.ts';
import { summarizeCredential, summaryJson } from '../credential-summary.ts';
import { readCredential, readCredentials } from '../credentials.ts';
import { iso } from '../time.ts';
import { detailLines } from './detail.ts';
import { overviewLines, type Snapshot } from './overview.ts';

/** `status [id]`: shows the status of one credential, or of all credentials if `id` is undefined. */
export async function status(context: CliContext, id: string | undefined): Promise<ExitCode> {
  const snapshot = await readSnapshot(context, id);
  const [summary] = snapshot.summaries;
  const lines =
    id === undefined || summary === undefined
      ? overviewLines(snapshot, context.terminal)
      : detailLines(snapshot, summary, context.terminal);
  printResult(context, snapshotJson(snapshot), lines);
  return exitCodeOf(snapshot);
}

function exitCodeOf({ summaries, invalid, withoutConfig, alarms }: Snapshot): ExitCode {
  const isAlarmOn = typeof alarms !== 'string' && alarms.length > 0;
  const areConfigsValid = invalid.length === 0 && withoutConfig.length === 0;
  return areConfigsValid && summaries.every(({ healthy }) => healthy) && !isAlarmOn
    ? EXIT_CODE.ok
    : EXIT_CODE.failed;
}

async function readSnapshot(context: CliContext, id: string | undefined): Promise<Snapshot> {
  const now = context.clock.now();
  const { credentials, invalid, withoutConfig } =
    id === undefined
      ? await readCredentials(context)
      : { credentials: [await readCredential(context, id)], invalid: [], withoutConfig: [] };
  return {
    stack: context.stack,
    region: context.aws.region ?? '',
    now,
    summaries: credentials.map((credential) => summarizeCredential(credential, now)),
    invalid,
    withoutConfig,
    alarms: await readAlarms(context, id),
  };
}

/** If the caller has no permission to read alarms, `status` still shows the credentials. */
async function readAlarms(context: CliContext, id: string | undefined): Promise<Snapshot['alarms']> {
  try {
    const alarms = await listStackAlarms(context, 'ALARM');
    return alarms.filter(
      ({ credentialId }) => id === undefined || credentialId === undefined || credentialId === id,
    );
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return error.message;
  }
}

function snapshotJson({ now, summaries, alarms, ...others }: Snapshot): Record<string, unknown> {
  const credentials = summaries.map(summaryJson);
  if (typeof alarms === 'string')
    return { at: iso(now), ...others, credentials, alarms: null, alarmsProblem: alarms };
  const alarmsJson = alarms.map(({ name, chapter, credentialId: credential, since }) => ({
    name,
    chapter,
    credential,
    since: iso(since),
  }));
  return { at: iso(now), ...others, credentials, alarms: alarmsJson };
}

import { stackAlarms } from '../aws/stack-alarms.ts';
import { type CliContext, printJson } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { severityOf, summarizeCredential, summaryJson } from '../credential-summary.ts';
import { readAll, readCredential } from '../credentials.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { iso } from '../time.ts';
import { detail } from './detail.ts';
import { overview, type Snapshot } from './overview.ts';

export interface StatusOptions {
  /** Seconds between two reads, if it goes on. */
  readonly watch?: number | undefined;
}

/** `status [id]`: the condition of all credentials, or of one. */
export async function status(
  context: CliContext,
  id: string | undefined,
  { watch }: StatusOptions,
): Promise<ExitCode> {
  if (watch === undefined) {
    const snapshot = await read(context, id);
    show(context, snapshot, id);
    return exitCodeOf(snapshot);
  }
  const { watchStatus } = await import('./watch.ts');
  return watchStatus(context, id, watch * 1000);
}

export async function read(context: CliContext, id: string | undefined): Promise<Snapshot> {
  const now = context.clock.now();
  const found =
    id === undefined
      ? await readAll(context)
      : { credentials: [await readCredential(context, id)], broken: [] };
  return {
    stack: context.stack,
    region: context.aws.region ?? '',
    now,
    summaries: found.credentials.map((credential) => summarizeCredential(credential, now)),
    broken: found.broken,
    alarms: await alarmsOf(context, id),
  };
}

/** Without the permission to read alarms the rest is still shown. */
async function alarmsOf(context: CliContext, id: string | undefined): Promise<Snapshot['alarms']> {
  try {
    const alarms = await stackAlarms(context, 'ALARM');
    return alarms.filter(
      ({ credential }) => id === undefined || credential === undefined || credential === id,
    );
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return error.message;
  }
}

export function exitCodeOf({ summaries, broken, alarms }: Snapshot): ExitCode {
  const isHealthy =
    broken.length === 0 &&
    summaries.every((summary) => severityOf(summary) === 0) &&
    (typeof alarms === 'string' || alarms.length === 0);
  return isHealthy ? EXIT.ok : EXIT.failed;
}

function show(context: CliContext, snapshot: Snapshot, id: string | undefined): void {
  if (context.json) printJson(context, snapshotJson(snapshot));
  else context.terminal.out(`${render(context, snapshot, id).join('\n')}\n`);
}

export function render({ terminal }: CliContext, snapshot: Snapshot, id: string | undefined): string[] {
  const look = { paint: terminal.paint, width: terminal.width() };
  const [summary] = snapshot.summaries;
  return id === undefined || summary === undefined
    ? overview(snapshot, look)
    : detail(snapshot, summary, look);
}

export function snapshotJson(snapshot: Snapshot): Record<string, unknown> {
  const { alarms } = snapshot;
  return {
    at: iso(snapshot.now),
    stack: snapshot.stack,
    region: snapshot.region,
    credentials: snapshot.summaries.map(summaryJson),
    broken: snapshot.broken,
    alarms:
      typeof alarms === 'string'
        ? null
        : alarms.map(({ name, chapter, credential, since }) => ({
            name,
            chapter,
            credential,
            since: iso(since),
          })),
    ...(typeof alarms === 'string' && { alarmsProblem: alarms }),
  };
}

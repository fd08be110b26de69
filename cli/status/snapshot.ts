import { stackAlarms } from '../aws/stack-alarms.ts';
import type { CliContext } from '../cli-context.ts';
import { CliError } from '../cli-error.ts';
import { summarizeCredential, summaryJson } from '../credential-summary.ts';
import { readCredential, readCredentials } from '../credentials.ts';
import { iso } from '../time.ts';
import { detail } from './detail.ts';
import { overview, type Snapshot } from './overview.ts';

/** @param id of one credential; undefined: all */
export async function readSnapshot(context: CliContext, id: string | undefined): Promise<Snapshot> {
  const now = context.clock.now();
  const found =
    id === undefined
      ? await readCredentials(context)
      : { credentials: [await readCredential(context, id)], invalid: [] };
  return {
    stack: context.stack,
    region: context.aws.region ?? '',
    now,
    summaries: found.credentials.map((credential) => summarizeCredential(credential, now)),
    invalid: found.invalid,
    alarms: await readAlarms(context, id),
  };
}

/** Without the permission to read alarms, `status` still shows the credentials. */
async function readAlarms(context: CliContext, id: string | undefined): Promise<Snapshot['alarms']> {
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

export function renderSnapshot(
  { terminal }: CliContext,
  snapshot: Snapshot,
  id: string | undefined,
): string[] {
  const options = { paint: terminal.paint, width: terminal.width() };
  const [summary] = snapshot.summaries;
  return id === undefined || summary === undefined
    ? overview(snapshot, options)
    : detail(snapshot, summary, options);
}

export function snapshotJson({
  now,
  stack,
  region,
  summaries,
  invalid,
  alarms,
}: Snapshot): Record<string, unknown> {
  const isRead = typeof alarms !== 'string';
  return {
    at: iso(now),
    stack,
    region,
    credentials: summaries.map(summaryJson),
    invalid,
    alarms: isRead
      ? alarms.map(({ name, chapter, credential, since }) => ({
          name,
          chapter,
          credential,
          since: iso(since),
        }))
      : null,
    ...(!isRead && { alarmsProblem: alarms }),
  };
}

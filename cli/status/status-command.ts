import { type CliContext, printResult } from '../cli-context.ts';
import { isHealthy } from '../credential-summary.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import type { Snapshot } from './overview.ts';
import { readSnapshot, renderSnapshot, snapshotJson } from './snapshot.ts';

export interface StatusOptions {
  /** Seconds between two reads until Ctrl-C. */
  readonly watch?: number;
}

/** `status [id]`: the status of all credentials, or of one. */
export async function status(
  context: CliContext,
  id: string | undefined,
  { watch }: StatusOptions,
): Promise<ExitCode> {
  if (watch !== undefined) {
    const { watchStatus } = await import('./watch.ts');
    return watchStatus(context, id, watch * 1000);
  }
  const snapshot = await readSnapshot(context, id);
  printResult(
    context,
    () => snapshotJson(snapshot),
    () => renderSnapshot(context, snapshot, id),
  );
  return exitCodeOf(snapshot);
}

/** 0 exactly if every token is live and no action is required. */
function exitCodeOf({ summaries, invalid, alarms }: Snapshot): ExitCode {
  const isAlarmOn = typeof alarms !== 'string' && alarms.length > 0;
  return invalid.length === 0 && summaries.every(isHealthy) && !isAlarmOn ? EXIT.ok : EXIT.failed;
}

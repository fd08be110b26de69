import { AwsCallError } from '../cli-error.ts';

/**
 * `warning`: a failure is possible later; `failed`: action is required; `unknown`: the check could not run.
 */
export type FindingStatus = 'ok' | 'warning' | 'failed' | 'unknown';

/** The result of one check. */
export interface Finding {
  readonly status: FindingStatus;
  readonly text: string;
  /** The fix: a command to run, or a sentence. */
  readonly fix?: string | undefined;
}

export type Findings = readonly Finding[];

/**
 * The command that restores changed or deleted resources of the stack. Without `--revert-drift`, `cdk deploy`
 * does not restore these resources.
 */
export const REVERT_DRIFT_COMMAND = 'npx cdk deploy --revert-drift';

export const ok = (text: string): Finding => ({ status: 'ok', text });
export const warning = (text: string, fix: string): Finding => ({ status: 'warning', text, fix });
export const failed = (text: string, fix: string): Finding => ({ status: 'failed', text, fix });

/** Returns a failed finding if the condition is true, otherwise an empty list. */
export const failedIf = (condition: boolean, text: string, fix: string): Findings =>
  condition ? [failed(text, fix)] : [];

/**
 * Runs a check. Converts an AWS error to a finding with the status `unknown`, so that the remaining checks
 * still run.
 */
export async function runCheck(work: () => Promise<Findings>): Promise<Findings> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AwsCallError)) throw error;
    const fix = error.kind === 'denied' ? `The required permission is ${error.action}.` : error.fix;
    return [{ status: 'unknown', text: error.message, fix }];
  }
}

/** Runs a check for each item, ten at a time, because AWS limits the request rate. */
export async function runCheckForEach<T>(
  items: readonly T[],
  work: (item: T) => Promise<Findings>,
): Promise<Findings> {
  const findings: Finding[] = [];
  for (let index = 0; index < items.length; index += 10) {
    const batch = items.slice(index, index + 10).map((item) => runCheck(() => work(item)));
    findings.push(...(await Promise.all(batch)).flat());
  }
  return findings;
}

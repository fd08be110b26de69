import { AwsCallError } from '../cli-error.ts';

/** `warning`: a failure is possible later; `failed`: action is required; `unknown`: the check could not run. */
export type FindingStatus = 'ok' | 'warning' | 'failed' | 'unknown';

export interface Finding {
  readonly status: FindingStatus;
  readonly text: string;
  /** The fix: a command to run, or a sentence. */
  readonly fix?: string | undefined;
}

/** Without `--revert-drift`, `cdk deploy` does not restore changed or deleted resources of the stack. */
export const REVERT_DRIFT_COMMAND = 'npx cdk deploy --revert-drift';

/** Collects findings. */
export class Report {
  readonly findings: Finding[] = [];

  ok(text: string): void {
    this.findings.push({ status: 'ok', text });
  }

  warning(text: string, fix: string): void {
    this.findings.push({ status: 'warning', text, fix });
  }

  failed(text: string, fix: string): void {
    this.findings.push({ status: 'failed', text, fix });
  }

  /** Converts an AWS error to a finding with the status `unknown`, so that the remaining checks still run. */
  async run(check: () => Promise<void>): Promise<void> {
    try {
      await check();
    } catch (error) {
      if (!(error instanceof AwsCallError)) throw error;
      const fix = error.kind === 'denied' ? `The required permission is ${error.action}.` : error.fix;
      this.findings.push({ status: 'unknown', text: error.message, fix });
    }
  }

  /** Runs a check for each item, ten at a time, because AWS limits the request rate. */
  async runForEach<T>(items: readonly T[], check: (item: T, report: Report) => Promise<void>): Promise<void> {
    for (let index = 0; index < items.length; index += 10) {
      const batch = items.slice(index, index + 10).map(async (item) => {
        const report = new Report();
        await report.run(() => check(item, report));
        return report.findings;
      });
      this.findings.push(...(await Promise.all(batch)).flat());
    }
  }
}

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { RealRun, Round } from './real.ts';

const PROCESS = fileURLToPath(new URL('./real-process.ts', import.meta.url));

/** Lives each size in a process of its own. @throws Error if a token does not work at the broker afterwards */
export async function runSizes(sizes: readonly number[], bundle: string): Promise<readonly RealRun[]> {
  const runs: RealRun[] = [];
  for (const size of sizes) {
    const { stdout } = await promisify(execFile)(process.execPath, [PROCESS, String(size), bundle]);
    const run = JSON.parse(stdout) as RealRun;
    if (run.alive !== run.credentials)
      throw new Error(`of ${run.credentials} published tokens the broker takes only ${run.alive}`);
    runs.push(run);
  }
  return runs;
}

/** Each size, and how it grew from the one before: 2.00 is in step with a fleet twice as large. */
export function realTable(runs: readonly RealRun[]): string {
  const lines = [
    '| credentials | first issue, a second | idle ticks, a second | renewals, a second | calls an idle tick | memory, MB | processor grew by | memory grew by |',
    '|---:|---:|---:|---:|---:|---:|---:|---:|',
  ];
  runs.forEach((run, index) => {
    const before = runs[index - 1];
    const idle = only(run, 'idle');
    const calls = idle.reduce((sum, { parameterCalls }) => sum + parameterCalls, 0);
    const cells = [
      run.credentials,
      rate(run, 'first issue'),
      rate(run, 'idle'),
      rate(run, 'renewal'),
      (calls / idle.length / run.credentials).toFixed(2),
      Math.round(run.memory),
      before ? (processor(run) / processor(before)).toFixed(2) : '',
      before ? (run.memory / before.memory).toFixed(2) : '',
    ];
    lines.push(`| ${cells.join(' | ')} |`);
  });
  return lines.join('\n');
}

function only({ rounds }: RealRun, name: Round['name']): readonly Round[] {
  return rounds.filter((round) => round.name === name);
}

function rate(run: RealRun, name: Round['name']): number {
  const rounds = only(run, name);
  const spent = rounds.reduce((sum, round) => sum + round.time, 0);
  return Math.round((1000 * rounds.length * run.credentials) / spent);
}

function processor({ rounds }: RealRun): number {
  return rounds.reduce((sum, round) => sum + round.processor, 0);
}

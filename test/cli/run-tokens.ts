import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createTemporaryDirectory } from '../temp-dir.ts';
import type { SimulatedCloud } from './cloud.ts';

const TOKENS_SCRIPT = join(import.meta.dirname, '..', '..', 'bin', 'tokens.ts');

export interface ProcessResult {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** @default bin/tokens.ts */
  readonly program?: string;
  /** After each output, the harness calls this function with the output so far. */
  readonly onOutput?: (output: string, interrupt: () => void) => void;
}

/** Runs the command line in a child process. */
export async function tokens(
  cloud: SimulatedCloud | undefined,
  args: readonly string[],
  options: RunOptions = {},
): Promise<ProcessResult> {
  const environment = {
    PATH: dirname(process.execPath),
    HOME: createTemporaryDirectory('home'),
    COLUMNS: '100',
    ...cloud?.environment,
    ...options.environment,
  };
  const child = spawn(process.execPath, [options.program ?? TOKENS_SCRIPT, ...args], {
    // An empty value removes a variable.
    env: Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== '')),
    cwd: createTemporaryDirectory('somewhere'),
  });
  child.stdin.end(options.stdin ?? '');
  let output = '';
  let interrupted = false;
  const interrupt = () => {
    if (!interrupted) child.kill('SIGINT');
    interrupted = true;
  };
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      options.onOutput?.(output, interrupt);
    });
  const exitCode = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), exitCode]);
  return { code, out, err };
}

import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { temporaryDirectory } from '../temp-dir.ts';
import type { Cloud } from './cloud.ts';

const TOKENS = join(import.meta.dirname, '..', '..', 'bin', 'tokens.ts');

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Another file than the project's own entry. */
  readonly program?: string;
  /** Called with all that was said so far, each time that more is said: to interrupt it at a point. */
  readonly watch?: (said: string, interrupt: () => void) => void;
}

/** Everything that any command of this test file wrote. */
export const everythingSaid: string[] = [];

/** Runs the real command line, as a process of its own. */
export async function tokens(
  cloud: Cloud | undefined,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [options.program ?? TOKENS, ...args], {
    env: present({
      PATH: dirname(process.execPath),
      HOME: temporaryDirectory('home'),
      COLUMNS: '100',
      ...(cloud?.environment ?? {}),
      ...options.environment,
    }),
    cwd: temporaryDirectory('somewhere'),
  });
  child.stdin.end(options.stdin ?? '');
  let said = '';
  let interrupted = false;
  const interrupt = () => {
    if (!interrupted) child.kill('SIGINT');
    interrupted = true;
  };
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      options.watch?.(said, interrupt);
    });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  everythingSaid.push(out, err);
  return { code, out, err };
}

/** An empty text takes a variable away. */
function present(environment: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

export interface ChildOptions {
  /** The path of the JavaScript file to run. The script writes one JSON text to file descriptor 3. */
  readonly script: string;
  readonly arguments: readonly string[];
  readonly flags?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * The Node.js flags for a young generation (the heap of new objects) that is so large that no garbage is
 * collected. The growth of the heap then equals the allocated memory.
 */
export const NO_GARBAGE_COLLECTION_FLAGS: readonly string[] = [
  '--expose-gc',
  '--min-semi-space-size=256',
  '--max-semi-space-size=256',
];

/**
 * Runs one Node.js process with exactly the given environment variables.
 * @throws Error if the process fails
 */
export async function runChild<Answer>(options: ChildOptions): Promise<Answer> {
  const child = spawn(process.execPath, [...(options.flags ?? []), options.script, ...options.arguments], {
    env: options.environment,
    // The log of the process is discarded, because reading the log would use the cores that run the
    // benchmark.
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  const closeEvent = once(child, 'close') as Promise<[code: number | null]>;
  const [errors, answer] = await Promise.all([
    text(child.stdio[2] as Readable),
    text(child.stdio[3] as Readable),
  ]);
  const [code] = await closeEvent;
  if (code === 0 && answer !== '') return JSON.parse(answer) as Answer;
  // Node.js prints the line that failed. The code shortens the line, because a bundle is one long line.
  const shortenedLines = errors.split('\n').map((line) => line.slice(0, 200));
  throw new Error(
    `${options.script} ${options.arguments[0] ?? ''} ended with ${code}:\n${shortenedLines.join('\n')}`,
  );
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

export interface ChildOptions {
  /** The JavaScript to run; it writes one JSON text to file descriptor 3. */
  readonly script: string;
  readonly arguments: readonly string[];
  readonly flags?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * With a young generation of this size, no garbage is collected, so the growth of the heap equals the
 * allocated memory.
 */
export const NO_GARBAGE_COLLECTION_FLAGS: readonly string[] = [
  '--expose-gc',
  '--min-semi-space-size=256',
  '--max-semi-space-size=256',
];

/** Runs one Node.js process with exactly the given environment. @throws Error if it fails */
export async function runChild<Answer>(options: ChildOptions): Promise<Answer> {
  const child = spawn(process.execPath, [...(options.flags ?? []), options.script, ...options.arguments], {
    env: options.environment,
    // The log is discarded, because reading it would use the same cores.
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close') as Promise<[code: number | null]>;
  const [errors, answer] = await Promise.all([
    text(child.stdio[2] as Readable),
    text(child.stdio[3] as Readable),
  ]);
  const [code] = await closed;
  if (code === 0 && answer !== '') return JSON.parse(answer) as Answer;
  // Node.js quotes the line that failed, and a bundle has only one line, so the quote is shortened.
  const shortenedLines = errors.split('\n').map((line) => line.slice(0, 200));
  throw new Error(
    `${options.script} ${options.arguments[0] ?? ''} ended with ${code}:\n${shortenedLines.join('\n')}`,
  );
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

export interface ChildOptions {
  /** JavaScript that answers with one JSON text on its file descriptor 3. */
  readonly script: string;
  readonly arguments: readonly string[];
  readonly flags?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

export interface ChildAnswer<Answer> {
  /** From the start of the process to its end, milliseconds. */
  readonly wall: number;
  readonly answer: Answer;
}

/** Room for so much that nothing is collected meanwhile: what the heap has grown by is then what was allocated. */
export const NO_COLLECTION: readonly string[] = [
  '--expose-gc',
  '--min-semi-space-size=256',
  '--max-semi-space-size=256',
];

/** Runs one process of this very Node, which knows of its surroundings only what it is told. @throws Error if it fails */
export async function runChild<Answer>(options: ChildOptions): Promise<ChildAnswer<Answer>> {
  const begun = performance.now();
  const child = spawn(process.execPath, [...(options.flags ?? []), options.script, ...options.arguments], {
    env: options.environment,
    // Its log goes nowhere: a reader of it would take turns with it on the same cores.
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close') as Promise<[code: number | null]>;
  const [errors, answer] = await Promise.all([
    text(child.stdio[2] as Readable),
    text(child.stdio[3] as Readable),
  ]);
  const [code] = await ended;
  const wall = performance.now() - begun;
  if (code !== 0 || answer === '')
    throw new Error(
      `${options.script} ${options.arguments[0] ?? ''} ended with ${code}:\n${readable(errors)}`,
    );
  return { wall, answer: JSON.parse(answer) as Answer };
}

/** Node quotes the line that failed, and a bundle is one line. */
function readable(errors: string): string {
  return errors
    .split('\n')
    .map((line) => line.slice(0, 200))
    .join('\n');
}

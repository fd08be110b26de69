import { PassThrough } from 'node:stream';
import { main, type Process } from '../../cli/main.ts';
import { temporaryDirectory } from '../temp-dir.ts';
import type { Cloud } from './cloud.ts';
import { type Ended, everythingSaid } from './run-tokens.ts';

export interface ConsoleOptions {
  /** Somebody sits there, and it is a screen. */
  readonly screen?: boolean;
  readonly columns?: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** What is typed when the screen shows a text; each once, in this order. */
  readonly typed?: readonly (readonly [when: RegExp, keys: string])[];
  readonly stdin?: string;
  /** Gets what sends signals to the command. */
  readonly onStart?: (signal: (name: 'SIGINT') => void) => void;
}

const CTRL_C = '\x03';
export const KEYS = { enter: '\r', ctrlC: CTRL_C } as const;

/** Runs a command line within this process, at a screen if wanted, with somebody who types. */
export async function atConsole(
  cloud: Cloud,
  args: readonly string[],
  options: ConsoleOptions = {},
): Promise<Ended> {
  const { screen = false, columns = 80 } = options;
  const typed = [...(options.typed ?? [])];
  const stdin = Object.assign(new PassThrough(), { isTTY: screen, setRawMode: () => stdin });
  let seen = '';
  const stream = () => {
    const chunks: string[] = [];
    const each = Object.assign(new PassThrough(), { isTTY: screen, columns, rows: 40 });
    // Prompts are piped into it, and a pipe ends every stream but the process's own.
    each.end = () => each;
    each.on('data', (chunk: Buffer) => {
      chunks.push(chunk.toString());
      seen += chunk.toString();
      const [next] = typed;
      if (next === undefined || !next[0].test(seen)) return;
      typed.shift();
      seen = '';
      // What is typed before the question is there would be lost, as at a real one.
      setTimeout(() => stdin.write(next[1]), 50);
    });
    return { each, text: () => chunks.join('') };
  };
  const [out, err] = [stream(), stream()];
  if (options.stdin !== undefined) stdin.end(options.stdin);
  const listeners = new Map<string | symbol, (...args: unknown[]) => void>();
  const fake = {
    // The SDK looks for the address of its own accord, but only in the environment of the process.
    argv: [process.execPath, 'tokens', '--endpoint-url', cloud.url, ...args],
    env: {
      HOME: temporaryDirectory('home'),
      TERM: 'xterm',
      COLUMNS: String(columns),
      ...cloud.environment,
      ...options.environment,
    },
    stdin,
    stdout: out.each,
    stderr: err.each,
    on: (event: string, listener: (...args: unknown[]) => void) => listeners.set(event, listener),
    off: (event: string) => listeners.delete(event),
    exit: () => {},
  } as unknown as Process;
  options.onStart?.((name) => listeners.get(name)?.());
  const code = await main(fake, '0.0.0-test', cloud.clock);
  const ended = { code, out: out.text(), err: err.text() };
  everythingSaid.push(ended.out, ended.err);
  return ended;
}

import { PassThrough } from 'node:stream';
import { type CliProcess, main } from '../../cli/main.ts';
import { createTemporaryDirectory } from '../temp-dir.ts';
import type { SimulatedCloud } from './cloud.ts';
import { allOutput, type ProcessResult } from './run-tokens.ts';

export interface ConsoleOptions {
  /** Whether all streams are terminals. */
  readonly isTerminal?: boolean;
  readonly columns?: number;
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * The keys to type when the output matches a pattern. The harness uses each entry once, in the order of the
   * list.
   */
  readonly typedKeys?: readonly (readonly [when: RegExp, keys: string])[];
  readonly stdin?: string;
}

/** The methods of a terminal stream that the progress spinner calls. */
const CURSOR_METHODS = { clearLine: () => true, cursorTo: () => true, moveCursor: () => true };

const CTRL_C = '\x03';
export const KEYS = { enter: '\r', ctrlC: CTRL_C } as const;

/** Runs a command line within this process, optionally with a terminal and typed keys. */
export async function runAtConsole(
  cloud: SimulatedCloud,
  args: readonly string[],
  options: ConsoleOptions = {},
): Promise<ProcessResult> {
  const { isTerminal = false, columns = 80 } = options;
  const remainingKeys = [...(options.typedKeys ?? [])];
  const stdin = Object.assign(new PassThrough(), { isTTY: isTerminal, setRawMode: () => stdin });
  let seen = '';
  const createOutputStream = () => {
    const chunks: string[] = [];
    const outputStream = Object.assign(new PassThrough(), {
      isTTY: isTerminal,
      columns,
      rows: 40,
      ...CURSOR_METHODS,
    });
    // The prompt library pipes into this stream, and pipe() ends every stream except those of the process.
    outputStream.end = () => outputStream;
    outputStream.on('data', (chunk: Buffer) => {
      chunks.push(chunk.toString());
      seen += chunk.toString();
      const [next] = remainingKeys;
      if (next === undefined || !next[0].test(seen)) return;
      remainingKeys.shift();
      seen = '';
      // The delay is necessary, because the prompt would lose keys that arrive before it reads its input.
      setTimeout(() => stdin.write(next[1]), 50);
    });
    return { each: outputStream, text: () => chunks.join('') };
  };
  const [out, err] = [createOutputStream(), createOutputStream()];
  if (options.stdin !== undefined) stdin.end(options.stdin);
  const listeners = new Map<string | symbol, (...args: unknown[]) => void>();
  const fakeProcess = {
    // The option --endpoint-url is necessary, because the SDK reads AWS_ENDPOINT_URL from process.env and not
    // from `env` below.
    argv: [process.execPath, 'tokens', '--endpoint-url', cloud.url, ...args],
    env: {
      HOME: createTemporaryDirectory('home'),
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
  } as unknown as CliProcess;
  const code = await main(fakeProcess, '0.0.0-test', cloud.clock);
  const result = { code, out: out.text(), err: err.text() };
  allOutput.push(result.out, result.err);
  return result;
}

import { PassThrough } from 'node:stream';
import { type CliProcess, main } from '../../cli/main.ts';
import { createTemporaryDirectory } from '../temp-dir.ts';
import type { SimulatedCloud } from './cloud.ts';
import type { ProcessResult } from './run-tokens.ts';

export interface ConsoleOptions {
  /** Whether all streams are terminals. */
  readonly isTerminal?: boolean;
  readonly columns?: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** The keys to type when the output matches a pattern. Each entry is used once, in the order of the list. */
  readonly typedKeys?: readonly (readonly [when: RegExp, keys: string])[];
  readonly stdin?: string;
}

export const KEYS = { enter: '\r', ctrlC: '\x03' } as const;

/** Runs a command line within this process, optionally with a terminal and typed keys. */
export async function runAtConsole(
  cloud: SimulatedCloud,
  args: readonly string[],
  { isTerminal = false, columns = 80, environment, typedKeys = [], stdin: input }: ConsoleOptions = {},
): Promise<ProcessResult> {
  const remainingKeys = [...typedKeys];
  const stdin = Object.assign(new PassThrough(), { isTTY: isTerminal, setRawMode: () => stdin });
  let seen = '';
  const createOutputStream = () => {
    const stream = new PassThrough();
    const output = { text: '' };
    // The progress spinner calls the cursor methods. `end` does nothing, because pipe() in the prompt library
    // would otherwise end this stream.
    const [cursor, end] = [() => true, () => stream];
    const streamMethods = { clearLine: cursor, cursorTo: cursor, moveCursor: cursor, end };
    stream.on('data', (chunk: Buffer) => {
      output.text += chunk.toString();
      seen += chunk.toString();
      const [next] = remainingKeys;
      if (next === undefined || !next[0].test(seen)) return;
      remainingKeys.shift();
      seen = '';
      // The delay is necessary, because the prompt would lose keys that arrive before it reads its input.
      setTimeout(() => stdin.write(next[1]), 50);
    });
    return {
      stream: Object.assign(stream, { isTTY: isTerminal, columns, rows: 40, ...streamMethods }),
      output,
    };
  };
  const [out, err] = [createOutputStream(), createOutputStream()];
  if (input !== undefined) stdin.end(input);
  const fakeProcess = {
    // The option --endpoint-url is necessary, because the SDK reads AWS_ENDPOINT_URL from process.env and not
    // from `env` below.
    argv: [process.execPath, 'tokens', '--endpoint-url', cloud.url, ...args],
    env: {
      HOME: createTemporaryDirectory('home'),
      TERM: 'xterm',
      COLUMNS: String(columns),
      ...cloud.environment,
      ...environment,
    },
    stdin,
    stdout: out.stream,
    stderr: err.stream,
    on: () => {},
    off: () => {},
    exit: () => {},
  } as unknown as CliProcess;
  const code = await main(fakeProcess, '0.0.0-test', cloud.clock);
  return { code, out: out.output.text, err: err.output.text };
}

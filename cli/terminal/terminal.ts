import { styleText } from 'node:util';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan' | 'reset';
export type Paint = (style: Style, text: string) => string;
export interface Streams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}
export type Environment = Readonly<Record<string, string | undefined>>;

const MIN_WIDTH = 40;
/** The maximum width in columns. Longer lines are hard to read. */
const MAX_WIDTH = 140;
const DEFAULT_WIDTH = 100;

/** The output streams of a command: standard output for results, standard error for progress and errors. */
export type Terminal = ReturnType<typeof createTerminal>;

export function createTerminal(streams: Streams, environment: Environment, color?: boolean) {
  const { stdin, stdout, stderr } = streams;
  const isTerminal = (stream: NodeJS.WriteStream) => stream.isTTY === true && environment['TERM'] !== 'dumb';
  // These settings turn colors on or off, in order of precedence: --no-color, NO_COLOR (no-color.org),
  // FORCE_COLOR, and the type of the stream.
  const createPaint = (stream: NodeJS.WriteStream): Paint => {
    const forceColor = environment['FORCE_COLOR'];
    const isColorForced = forceColor !== undefined && forceColor !== '0' && forceColor !== 'false';
    const isColorDisabled = color === false || Boolean(environment['NO_COLOR']);
    const isColored = forceColor === undefined ? isTerminal(stream) : isColorForced;
    if (isColorDisabled || !isColored) return (_, text) => text;
    return (style, text) => styleText(style, text, { validateStream: false });
  };
  return {
    out: (text: string) => void stdout.write(text),
    err: (text: string) => void stderr.write(text),
    errStream: stderr,
    paint: createPaint(stdout),
    paintErr: createPaint(stderr),
    /** The number of columns of standard output, which changes with the window. */
    get width(): number {
      const columns = Number(environment['COLUMNS']);
      const width = (stdout.isTTY ? stdout.columns : undefined) || (columns > 0 ? columns : DEFAULT_WIDTH);
      return Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, width));
    },
    outIsTerminal: isTerminal(stdout),
    errIsTerminal: isTerminal(stderr),
    canPrompt: stdin.isTTY === true && stderr.isTTY === true,
  };
}

import { styleText } from 'node:util';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan' | 'reset';
export type Paint = (style: Style, text: string) => string;

/** The output streams of a command, with their width and their support for colors and redrawing. */
export interface Terminal {
  /** Writes results to standard output. */
  out(text: string): void;
  /** Writes progress, notes and errors to standard error. */
  err(text: string): void;
  readonly errStream: NodeJS.WriteStream;
  /** Applies a style to text for standard output, if standard output shows colors. */
  readonly paint: Paint;
  /** Applies a style to text for standard error, if standard error shows colors. */
  readonly paintErr: Paint;
  /** The number of columns of standard output, which changes with the window. */
  width(): number;
  /** Whether standard output is a terminal whose lines can be overwritten. */
  readonly outIsTerminal: boolean;
  /** Whether standard error is a terminal whose lines can be overwritten. */
  readonly errIsTerminal: boolean;
  /** Whether the command can prompt for input. */
  readonly canPrompt: boolean;
}

export interface Streams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

type Environment = Readonly<Record<string, string | undefined>>;

const MIN_WIDTH = 40;
/** The maximum width in columns. Longer lines are hard to read. */
const MAX_WIDTH = 140;
const DEFAULT_WIDTH = 100;

export function createTerminal(
  { stdin, stdout, stderr }: Streams,
  environment: Environment,
  color: boolean | undefined,
): Terminal {
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
    out: (text) => {
      stdout.write(text);
    },
    err: (text) => {
      stderr.write(text);
    },
    errStream: stderr,
    paint: createPaint(stdout),
    paintErr: createPaint(stderr),
    width: () => Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, columnsOf(stdout, environment))),
    outIsTerminal: isTerminal(stdout),
    errIsTerminal: isTerminal(stderr),
    canPrompt: stdin.isTTY === true && stderr.isTTY === true,
  };
}

function columnsOf(stream: NodeJS.WriteStream, environment: Environment): number {
  const columns = Number(environment['COLUMNS']);
  return (stream.isTTY ? stream.columns : undefined) || (columns > 0 ? columns : DEFAULT_WIDTH);
}

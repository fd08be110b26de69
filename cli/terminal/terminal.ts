import { styleText } from 'node:util';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan' | 'reset';
export type Paint = (style: Style, text: string) => string;

/** Where a command writes to, and how wide and colourful that is. */
export interface Terminal {
  /** The answer: standard output. */
  out(text: string): void;
  /** Everything that is said on the way: standard error. */
  err(text: string): void;
  /** Colours of standard output. */
  readonly paint: Paint;
  /** Colours of standard error. */
  readonly paintErr: Paint;
  /** Columns of standard output, asked anew each time: windows are resized. */
  width(): number;
  /** Columns of standard error. */
  errWidth(): number;
  /** Lines of standard output, if it is a screen. */
  height(): number | undefined;
  /** Whether standard output is a screen that can be drawn over. */
  readonly screen: boolean;
  /** Whether standard error is a screen: progress is shown in place. */
  readonly errScreen: boolean;
  /** Whether somebody is there to be asked. */
  readonly interactive: boolean;
}

export interface Streams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

type Environment = Readonly<Record<string, string | undefined>>;

const LEAST_WIDTH = 40;
/** Wider lines are no easier to read. */
const MOST_WIDTH = 140;
const WIDTH_OF_NO_SCREEN = 100;

export function createTerminal(
  { stdin, stdout, stderr }: Streams,
  environment: Environment,
  colours: boolean | undefined,
): Terminal {
  return {
    out: (text) => {
      stdout.write(text);
    },
    err: (text) => {
      stderr.write(text);
    },
    paint: painter(colourful(stdout, environment, colours)),
    paintErr: painter(colourful(stderr, environment, colours)),
    width: () => Math.min(MOST_WIDTH, Math.max(LEAST_WIDTH, columnsOf(stdout, environment))),
    errWidth: () => columnsOf(stderr, environment),
    height: () => (stdout.isTTY ? stdout.rows : undefined),
    screen: stdout.isTTY === true && environment['TERM'] !== 'dumb',
    errScreen: stderr.isTTY === true && environment['TERM'] !== 'dumb',
    interactive: stdin.isTTY === true && stderr.isTTY === true,
  };
}

function columnsOf(stream: NodeJS.WriteStream, environment: Environment): number {
  const columns = Number(environment['COLUMNS']);
  return (stream.isTTY ? stream.columns : undefined) || (columns > 0 ? columns : WIDTH_OF_NO_SCREEN);
}

/** `--no-color`, then NO_COLOR (no-color.org), then FORCE_COLOR, then whether it is a screen. */
function colourful(
  stream: NodeJS.WriteStream,
  environment: Environment,
  asked: boolean | undefined,
): boolean {
  if (asked === false) return false;
  if (environment['NO_COLOR']) return false;
  const forced = environment['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return stream.isTTY === true && environment['TERM'] !== 'dumb';
}

function painter(colours: boolean): Paint {
  if (!colours) return (_, text) => text;
  return (style, text) => styleText(style, text, { validateStream: false });
}

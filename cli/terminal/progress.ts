import { cut } from './layout.ts';
import type { Terminal } from './terminal.ts';

/** What is shown while a command waits. */
export interface ProgressLine {
  /** Says what is waited for now. */
  say(text: string): void;
  /** Takes it away. */
  stop(): void;
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME = 100;

/** A spinner on standard error; where that is no screen, a line each time that the text changes. */
export function startProgress(terminal: Terminal, quiet: boolean): ProgressLine {
  if (quiet) return { say: () => {}, stop: () => {} };
  if (!terminal.errScreen) return plainLines(terminal);
  const started = Date.now();
  let text = '';
  let frame = 0;
  const draw = () => {
    const spinner = terminal.paintErr('cyan', FRAMES[frame % FRAMES.length] ?? '');
    const waited = `${Math.floor((Date.now() - started) / 1000)} s`;
    frame += 1;
    // A line that wraps could not be drawn over.
    const available = terminal.errWidth() - waited.length - 4;
    terminal.err(`\r\x1b[2K${spinner} ${cut(text, available)} ${terminal.paintErr('dim', waited)}`);
  };
  const timer = setInterval(() => text && draw(), FRAME);
  timer.unref();
  return {
    say: (next) => {
      text = next;
      draw();
    },
    stop: () => {
      clearInterval(timer);
      if (text) terminal.err('\r\x1b[2K');
    },
  };
}

function plainLines(terminal: Terminal): ProgressLine {
  let said = '';
  return {
    say: (text) => {
      if (text !== said) terminal.err(`${text}\n`);
      said = text;
    },
    stop: () => {},
  };
}

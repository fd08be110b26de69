import ora from 'ora';
import type { CliContext } from '../cli-context.ts';
import { InterruptedError } from '../cli-error.ts';

export type ShowProgress = (text: string) => void;

/** Shows a spinner on a terminal, otherwise a line for each text. @throws InterruptedError */
export async function withProgress<T>(
  { terminal, json, signal }: Pick<CliContext, 'terminal' | 'json' | 'signal'>,
  interruptionTexts: readonly [message: string, fix: string],
  work: (show: ShowProgress) => Promise<T>,
): Promise<T> {
  const started = Date.now();
  const elapsedText = () => terminal.paintErr('dim', `${Math.floor((Date.now() - started) / 1000)} s`);
  const spinner = ora({
    stream: terminal.errStream,
    isEnabled: terminal.errIsTerminal,
    isSilent: json,
    // Both options are false, because ora would otherwise change terminal settings that Ctrl-C does not
    // restore.
    discardStdin: false,
    hideCursor: false,
    suffixText: () => (terminal.errIsTerminal ? elapsedText() : ''),
  });
  let shown = '';
  try {
    return await work((text) => {
      if (text !== shown) spinner.start(text);
      shown = text;
    });
  } catch (error) {
    throw signal.aborted ? new InterruptedError(...interruptionTexts) : error;
  } finally {
    spinner.stop();
  }
}

/** Waits until `instant`, and shows the text `progressText` during the wait. @throws InterruptedError */
export async function waitUntil(
  context: CliContext,
  instant: number,
  progressText: string,
  interruptionTexts: readonly [message: string, fix: string],
): Promise<void> {
  if (instant <= context.clock.now()) return;
  await withProgress(context, interruptionTexts, (show) => {
    show(progressText);
    return context.clock.sleepUntil(instant, context.signal);
  });
}

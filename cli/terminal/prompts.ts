import { text } from 'node:stream/consumers';
import { InterruptedError, UsageError } from '../cli-error.ts';
import type { Streams } from './terminal.ts';

export type Prompts = ReturnType<typeof createPrompts>;

/**
 * Returns functions that read input from the operator. Questions are written to standard error, because
 * standard output is for results. @throws InterruptedError on Ctrl-C
 */
export function createPrompts({ stdin, stderr }: Pick<Streams, 'stdin' | 'stderr'>, signal: AbortSignal) {
  const context = { input: stdin, output: stderr, signal };
  return {
    confirm: async (message: string) => {
      const { default: confirm } = await import('@inquirer/confirm');
      return throwIfInterrupted(confirm({ message, default: false }, context));
    },
    /** The terminal shows `mask` for each typed character; without a mask, it does not show the length. */
    secret: async (message: string, mask = '') => {
      const { default: password } = await import('@inquirer/password');
      return throwIfInterrupted(password({ message, ...(mask && { mask }), toggleMask: false }, context));
    },
    /** Reads all of standard input. @throws UsageError on a terminal, which would show what is typed */
    pipedInput: async () => {
      if (stdin.isTTY)
        throw new UsageError(
          '--stdin requires a pipe, because a terminal would show the key.',
          'Omit --stdin. The command then prompts for the key and does not display it.',
        );
      return text(stdin);
    },
  };
}

async function throwIfInterrupted<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && /^(ExitPrompt|AbortPrompt|CancelPrompt)Error$/.test(error.name))
      throw new InterruptedError('Interrupted.', 'Nothing was changed.');
    throw error;
  }
}

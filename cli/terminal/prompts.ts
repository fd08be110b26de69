import { text } from 'node:stream/consumers';
import { InterruptedError, UsageError } from '../cli-error.ts';

/** Reads input from the operator. @throws InterruptedError on Ctrl-C */
export interface Prompts {
  confirm(question: string): Promise<boolean>;
  /**
   * The terminal shows `mask` for each typed character; by default it shows nothing, not even the length of
   * the answer.
   */
  secret(question: string, mask?: string): Promise<string>;
  /** All of standard input. @throws UsageError on a terminal, which would show what is typed */
  pipedInput(): Promise<string>;
}

/** The questions are written to standard error, because standard output is for results. */
export function createPrompts(
  streams: { readonly stdin: NodeJS.ReadStream; readonly stderr: NodeJS.WritableStream },
  signal: AbortSignal,
): Prompts {
  const context = { input: streams.stdin, output: streams.stderr, signal };
  return {
    confirm: async (message) => {
      const { default: confirm } = await import('@inquirer/confirm');
      return throwIfInterrupted(confirm({ message, default: false }, context));
    },
    secret: async (message, mask = '') => {
      const { default: password } = await import('@inquirer/password');
      return throwIfInterrupted(password({ message, ...(mask && { mask }), toggleMask: false }, context));
    },
    pipedInput: async () => {
      if (streams.stdin.isTTY)
        throw new UsageError(
          '--stdin requires a pipe, because a terminal would show the key.',
          'Omit --stdin. The command then prompts for the key and does not display it.',
        );
      return text(streams.stdin);
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

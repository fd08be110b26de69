import { InterruptedError } from '../cli-error.ts';

/** Questions to the person. @throws InterruptedError on Ctrl-C */
export interface Prompts {
  confirm(question: string): Promise<boolean>;
  /** Nothing of the answer is shown, not even its length. */
  secret(question: string): Promise<string>;
  /** A code that may be seen. */
  code(question: string): Promise<string>;
}

/** On standard error: standard output is for answers. */
export function createPrompts(
  streams: { readonly stdin: NodeJS.ReadableStream; readonly stderr: NodeJS.WritableStream },
  signal: AbortSignal,
): Prompts {
  const context = { input: streams.stdin, output: streams.stderr, signal };
  return {
    confirm: async (message) => {
      const { default: confirm } = await import('@inquirer/confirm');
      return orInterrupted(confirm({ message, default: false }, context));
    },
    secret: async (message) => {
      const { default: password } = await import('@inquirer/password');
      return orInterrupted(password({ message, toggleMask: false }, context));
    },
    code: async (message) => {
      const { default: password } = await import('@inquirer/password');
      return orInterrupted(password({ message, mask: '•', toggleMask: false }, context));
    },
  };
}

async function orInterrupted<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && /^(ExitPrompt|AbortPrompt|CancelPrompt)Error$/.test(error.name))
      throw new InterruptedError('Interrupted.', 'Nothing was changed.');
    throw error;
  }
}

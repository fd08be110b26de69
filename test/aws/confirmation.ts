import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';

/** The standard streams of a process. */
export interface Streams {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream;
}

/** Asks for a confirmation, unless `--yes` was passed. Without a terminal, the answer is no. */
export async function askForConfirmation(yes: boolean, { stdin, stderr }: Streams): Promise<boolean> {
  if (yes) return true;
  if (!stdin.isTTY) {
    stderr.write('Nothing was created: pass --yes to confirm without a terminal.\n');
    return false;
  }
  const prompt = createInterface({ input: stdin, output: stderr });
  try {
    // Ctrl-C and the end of the input close the prompt without an answer.
    const closePromise = once(prompt, 'close').then(() => '');
    const answer = await Promise.race([prompt.question('Continue? Type "yes": '), closePromise]);
    if (answer.trim() === 'yes') return true;
    stderr.write('Nothing was created.\n');
    return false;
  } finally {
    prompt.close();
  }
}

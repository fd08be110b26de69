import { BROKER } from '../../lambdas/brokers/endpoints.ts';
import { type CliContext, printJson } from '../cli-context.ts';
import { AwsCallError, CommandFailedError, InterruptedError } from '../cli-error.ts';
import { type Credential, readCredential } from '../credentials.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { sendAndWait } from '../request/send-and-wait.ts';
import { MINUTE } from '../time.ts';
import { keyChangeResult } from './key-change-result.ts';
import { askForKey, unusual } from './read-key.ts';
import { storeKey } from './store-key.ts';
import { verifyKey, waitMinimumInterval } from './verify-key.ts';

export interface PutOptions {
  /** The key as JSON from standard input, instead of asking. */
  readonly stdin?: string | undefined;
  readonly verify: boolean;
  readonly wait: boolean;
  readonly yes: boolean;
  /** How long to wait for the refresher, milliseconds. */
  readonly timeout?: number | undefined;
}

/** `credentials put <id>`: checks and stores a new app key, and waits until the refresher has used it. */
export async function put(context: CliContext, id: string, options: PutOptions): Promise<ExitCode> {
  const credential = await readCredential(context, id);
  const { config } = credential;
  const { secretFields } = BROKER[config.broker];
  const key = await askForKey(context, secretFields, options.stdin);
  const warning = unusual(config.broker, key, secretFields);
  if (warning !== undefined) context.terminal.err(`${context.terminal.paintErr('yellow', '▲')} ${warning}\n`);
  if (options.verify)
    await waitMinimumInterval(context, credential, await verifyKey(context, credential, key, options.yes));
  const version = await storeKey(context, credential, secretFields, key, options.yes);
  context.terminal.err(`${context.terminal.paintErr('green', '✔')} Stored as version ${version}.\n`);
  const resultText = options.wait
    ? await waitUntilUsed(context, credential, version, options)
    : {
        result: 'stored',
        text: 'The refresher uses the key within an hour: it compares the version of the secret with the one it used.',
      };
  if (context.json) printJson(context, { credential: id, secretVersion: version, ...resultText });
  else context.terminal.out(`${resultText.text}\n`);
  return EXIT.ok;
}

/** The secret's event may arrive first; the result of our own message is certain. */
async function waitUntilUsed(
  context: CliContext,
  credential: Credential,
  version: string,
  { timeout }: PutOptions,
): Promise<{ readonly result: string; readonly text: string }> {
  const { id } = credential.config;
  try {
    const { verdict } = await sendAndWait(
      context,
      credential,
      { credential: id, cause: 'credentials-changed' },
      (seen, request, now) => keyChangeResult(seen, request, version, now),
      { timeout: timeout ?? 2 * MINUTE },
    );
    if (verdict.is === 'failed' || verdict.is === 'pending')
      throw new CommandFailedError(`Stored, but ${lowered(verdict.text)}`, verdict.fix);
    return { result: 'taken', text: verdict.text };
  } catch (error) {
    if (error instanceof AwsCallError && error.action.startsWith('sqs:'))
      return {
        result: 'stored',
        text: `The refresher was not notified (${error.message}). It uses the key within an hour: it compares the version of the secret with the one it used.`,
      };
    if (error instanceof InterruptedError)
      throw new InterruptedError(
        'Interrupted.',
        `The key is stored, and the refresher uses it; see ${context.program} status ${id}.`,
      );
    throw error;
  }
}

function lowered(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

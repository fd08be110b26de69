import { BROKER } from '../../lambdas/brokers/endpoints.ts';
import { AwsProblem, Interrupted, NotDone } from '../complaints.ts';
import { answerJson, type Context } from '../context.ts';
import { type Credential, readCredential } from '../credentials.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { sendAndWait } from '../request/send-and-wait.ts';
import { MINUTE } from '../time.ts';
import { askForKey, unusual } from './key.ts';
import { letTheBrokerRest, prove } from './prove.ts';
import { store } from './store.ts';
import { verdictOnChange } from './verdict.ts';

export interface PutOptions {
  /** The key as JSON from standard input, instead of asking. */
  readonly stdin?: string | undefined;
  readonly prove: boolean;
  readonly wait: boolean;
  readonly yes: boolean;
  /** How long to wait for the refresher, milliseconds. */
  readonly timeout?: number | undefined;
}

/** `credentials put <id>`: checks and stores a new app key, and waits until the refresher has used it. */
export async function put(context: Context, id: string, options: PutOptions): Promise<ExitCode> {
  const credential = await readCredential(context, id);
  const { config } = credential;
  const { secretFields } = BROKER[config.broker];
  const key = await askForKey(context, secretFields, options.stdin);
  const odd = unusual(config.broker, key, secretFields);
  if (odd !== undefined) context.terminal.err(`${context.terminal.paintErr('yellow', '▲')} ${odd}\n`);
  if (options.prove)
    await letTheBrokerRest(context, credential, await prove(context, credential, key, options.yes));
  const version = await store(context, credential, secretFields, key, options.yes);
  context.terminal.err(`${context.terminal.paintErr('green', '✔')} Stored as version ${version}.\n`);
  const told = options.wait
    ? await taken(context, credential, version, options)
    : {
        result: 'stored',
        text: 'The refresher uses the key within an hour: it compares the version of the secret with the one it used.',
      };
  if (context.json) answerJson(context, { credential: id, secretVersion: version, ...told });
  else context.terminal.out(`${told.text}\n`);
  return EXIT.ok;
}

/** The secret's event may arrive first; the result of our own message is certain. */
async function taken(
  context: Context,
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
      (seen, request, now) => verdictOnChange(seen, request, version, now),
      { timeout: timeout ?? 2 * MINUTE },
    );
    if (verdict.is === 'failed' || verdict.is === 'pending')
      throw new NotDone(`Stored, but ${lowered(verdict.text)}`, verdict.fix);
    return { result: 'taken', text: verdict.text };
  } catch (error) {
    if (error instanceof AwsProblem && error.action.startsWith('sqs:'))
      return {
        result: 'stored',
        text: `The refresher was not notified (${error.message}). It uses the key within an hour: it compares the version of the secret with the one it used.`,
      };
    if (error instanceof Interrupted)
      throw new Interrupted(
        'Interrupted.',
        `The key is stored, and the refresher uses it; see ${context.program} status ${id}.`,
      );
    throw error;
  }
}

function lowered(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

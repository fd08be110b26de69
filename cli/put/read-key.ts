import type { AppKey, Broker } from '../../lambdas/brokers/broker.ts';
import type { BrokerId } from '../../lambdas/shared/credential.ts';
import { readAppKey, UnconfiguredError } from '../../lambdas/store/secrets.ts';
import type { CliContext } from '../cli-context.ts';
import { CommandFailedError, UsageError } from '../cli-error.ts';

/** Lengths that the brokers' documents name; other ones are told, and taken all the same. */
const USUAL_LENGTH: Readonly<Record<BrokerId, Partial<AppKeyLengths>>> = {
  kis: { appkey: 36, secret: 180 },
  kiwoom: {},
};
interface AppKeyLengths {
  readonly appkey: number;
  readonly secret: number;
}

/** The app key, typed in without an echo or as JSON on standard input. Trimmed, and checked as the refresher does. */
export async function askForKey(
  context: CliContext,
  fields: Broker['secretFields'],
  stdin: string | undefined,
): Promise<AppKey> {
  const text = stdin ?? (await typedIn(context, fields));
  try {
    return checked(readAppKey(text, fields, '', ''), fields);
  } catch (error) {
    if (!(error instanceof UnconfiguredError)) throw error;
    // Its message names what is missing and the shape, never what was there.
    const [why = ''] = error.message.split('; it must be');
    throw new CommandFailedError(
      `This is no app key: ${why}.`,
      `Expected ${stdin === undefined ? 'two texts' : `{"${fields.appkey}":"…","${fields.secret}":"…"} on standard input`}. Nothing was stored.`,
    );
  }
}

async function typedIn(context: CliContext, fields: Broker['secretFields']): Promise<string> {
  if (!context.terminal.interactive)
    throw new UsageError(
      'The app key is asked for on a terminal, and there is none.',
      `Pass --stdin and {"${fields.appkey}":"…","${fields.secret}":"…"} on standard input; never as an argument.`,
    );
  const appkey = await context.prompts.secret(fields.appkey);
  const secret = await context.prompts.secret(fields.secret);
  return JSON.stringify({ [fields.appkey]: appkey, [fields.secret]: secret });
}

/** White space within, or a control character, is a mistake of pasting: no key has one. */
function checked(key: AppKey, fields: Broker['secretFields']): AppKey {
  for (const [name, value] of [
    [fields.appkey, key.appkey],
    [fields.secret, key.secret],
  ] as const) {
    if (!/^[\x21-\x7e]+$/.test(value))
      throw new CommandFailedError(
        `This is no app key: ${name} holds white space or a character that no key has.`,
        'Copy it again, as one line. Nothing was stored.',
      );
  }
  if (key.appkey === key.secret)
    throw new CommandFailedError(
      'This is no app key: both texts are the same.',
      'Copy them again. Nothing was stored.',
    );
  return key;
}

/** What is unusual about the lengths; undefined if nothing is. */
export function unusual(
  broker: BrokerId,
  { appkey, secret }: AppKey,
  fields: Broker['secretFields'],
): string | undefined {
  const usual = USUAL_LENGTH[broker];
  const odd = [
    usual.appkey !== undefined && appkey.length !== usual.appkey
      ? `${fields.appkey} has ${appkey.length} characters, usual are ${usual.appkey}`
      : undefined,
    usual.secret !== undefined && secret.length !== usual.secret
      ? `${fields.secret} has ${secret.length}, usual are ${usual.secret}`
      : undefined,
  ].filter((each) => each !== undefined);
  return odd.length === 0 ? undefined : `${odd.join('; ')}.`;
}

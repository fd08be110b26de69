import type { AppKey, Broker } from '../../lambdas/brokers/broker.ts';
import type { BrokerId } from '../../lambdas/shared/credential.ts';
import { readAppKey, UnconfiguredError } from '../../lambdas/store/secrets.ts';
import type { CliContext } from '../cli-context.ts';
import { CommandFailedError, UsageError } from '../cli-error.ts';

type SecretFields = Broker['secretFields'];

/** The key lengths in the brokers' documents. A different length causes a warning, not an error. */
const USUAL_LENGTHS: Readonly<Record<BrokerId, Partial<Record<keyof AppKey, number>>>> = {
  kis: { appkey: 36, secret: 180 },
  kiwoom: {},
};

/** Trims and validates the key as the refresher does. @throws CommandFailedError, UsageError */
export async function readKey(context: CliContext, fields: SecretFields, pipedInput?: string) {
  const expectedJson = `{"${fields.appkey}":"…","${fields.secret}":"…"}`;
  const text = pipedInput ?? (await promptForKey(context, fields, expectedJson));
  const expectedInput = pipedInput === undefined ? 'two texts' : `${expectedJson} on standard input`;
  try {
    return requireValidKey(readAppKey(text, fields, '', ''), fields);
  } catch (error) {
    if (!(error instanceof UnconfiguredError)) throw error;
    // The message contains the name of the missing field, never the input.
    const [reason = ''] = error.message.split('; it must be');
    throw invalidKeyError(reason, `Expected ${expectedInput}.`);
  }
}

async function promptForKey(context: CliContext, fields: SecretFields, expectedJson: string) {
  if (!context.terminal.canPrompt)
    throw new UsageError(
      'The command cannot prompt for the app key, because standard input is no terminal.',
      `Pass --stdin, and ${expectedJson} on standard input. The key must not be a command-line argument.`,
    );
  const appkey = await context.prompts.secret(fields.appkey);
  const secret = await context.prompts.secret(fields.secret);
  return JSON.stringify({ [fields.appkey]: appkey, [fields.secret]: secret });
}

/** Rejects copying mistakes that the refresher cannot detect. */
function requireValidKey(key: AppKey, fields: SecretFields): AppKey {
  for (const field of ['appkey', 'secret'] as const)
    if (!/^[\x21-\x7e]+$/.test(key[field]))
      throw invalidKeyError(
        `${fields[field]} holds white space or a character that no key has`,
        'Copy it again, as one line.',
      );
  if (key.appkey === key.secret) throw invalidKeyError('both texts are the same', 'Copy them again.');
  return key;
}

function invalidKeyError(reason: string, fix: string): CommandFailedError {
  return new CommandFailedError(`The app key is invalid: ${reason}.`, `${fix} Nothing was stored.`);
}

export function describeUnusualLengths(broker: BrokerId, key: AppKey, fields: SecretFields) {
  const warnings = (['appkey', 'secret'] as const).flatMap((field) => {
    const usualLength = USUAL_LENGTHS[broker][field];
    if (usualLength === undefined || key[field].length === usualLength) return [];
    return [`${fields[field]} has ${key[field].length} characters instead of the usual ${usualLength}`];
  });
  return warnings.length === 0 ? undefined : `${warnings.join('; ')}.`;
}

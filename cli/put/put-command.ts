import type { AppKey, Broker } from '../../lambdas/brokers/broker.ts';
import { BROKERS_BY_ID } from '../../lambdas/brokers/endpoints.ts';
import type { BrokerId } from '../../lambdas/shared/credential.ts';
import { readAppKey, UnconfiguredError } from '../../lambdas/store/secrets.ts';
import {
  type CliContext,
  printResult,
  printSuccess,
  printWarning,
  requireConfirmation,
} from '../cli-context.ts';
import {
  AwsCallError,
  CommandFailedError,
  EXIT_CODE,
  type ExitCode,
  InterruptedError,
  isAwsError,
  UsageError,
} from '../cli-error.ts';
import { type Credential, nameInPartialArn, readCredential } from '../credentials.ts';
import { sendAndWait } from '../inbox/send-and-wait.ts';
import { MINUTE } from '../time.ts';
import { keyChangeResult } from './key-change-result.ts';

interface PutOptions {
  readonly stdin?: true;
  /** Whether to wait until the refresher has used the key. */
  readonly wait: boolean;
  readonly yes?: true;
  /** How long to wait for the refresher, in milliseconds. */
  readonly timeout?: number;
}

const USED_WITHIN_AN_HOUR_TEXT =
  'The refresher uses the key within an hour, because it checks the secret for a new version once an hour.';

/** `credentials put <id>`: validates and stores an app key, and waits until the refresher has used it. */
export async function put(context: CliContext, id: string, options: PutOptions): Promise<ExitCode> {
  const credential = await readCredential(context, id);
  const { config } = credential;
  const { secretFields } = BROKERS_BY_ID[config.broker];
  const pipedInput = options.stdin ? await context.prompts.pipedInput() : undefined;
  const key = await readKey(context, secretFields, pipedInput);
  const warning = describeUnusualLengths(config.broker, key, secretFields);
  if (warning !== undefined) printWarning(context, warning);
  const text = JSON.stringify({ [secretFields.appkey]: key.appkey, [secretFields.secret]: key.secret });
  const version = await storeSecret(context, credential, text, options.yes);
  printSuccess(context, `Stored as version ${version}.`);
  const result = options.wait
    ? await waitUntilUsed(context, credential, version, options.timeout ?? 2 * MINUTE)
    : { result: 'stored', text: USED_WITHIN_AN_HOUR_TEXT };
  printResult(context, { credential: id, secretVersion: version, ...result }, [result.text]);
  return EXIT_CODE.ok;
}

/**
 * Stores a new version of the credential's secret. If the secret does not exist, creates the secret, but only
 * if the config contains a partial ARN: an ARN without the six random characters at its end.
 * @returns the version of the secret
 */
async function storeSecret(context: CliContext, { config }: Credential, SecretString: string, yes?: true) {
  const { aws } = context;
  const { id, secretArn } = config;
  try {
    const input = { SecretId: secretArn, SecretString };
    return (await aws.call('secretsmanager:PutSecretValue', secretArn, input)).VersionId ?? '';
  } catch (error) {
    // Secrets Manager returns this error for several causes, and only its message names the deletion
    // (API reference of PutSecretValue, § Errors).
    if (isAwsError(error, 'InvalidRequestException') && /marked for deletion/.test(String(error)))
      throw new CommandFailedError(
        `The secret ${secretArn} is scheduled for deletion.`,
        `aws secretsmanager restore-secret --secret-id ${secretArn}`,
      );
    const Name = nameInPartialArn(secretArn);
    const isSecretMissing = error instanceof AwsCallError && error.kind === 'not-found';
    if (!isSecretMissing || Name === undefined) throw error;
    await requireConfirmation(context, `The secret ${Name} does not exist. Create it?`, yes);
    const input = { Name, SecretString, Description: `App key of the broker credential ${id}` };
    return (await aws.call('secretsmanager:CreateSecret', Name, input)).VersionId ?? '';
  }
}

/**
 * Sends the refresher a message about the new key, and waits for the result of this message. EventBridge also
 * notifies the refresher of the key, but the command cannot recognize that message.
 */
async function waitUntilUsed(context: CliContext, credential: Credential, version: string, timeout: number) {
  try {
    const { result } = await sendAndWait(context, credential, {
      message: { credential: credential.config.id, cause: 'credentials-changed' },
      resultOf: (seen, request) => keyChangeResult(seen, request, version),
      timeout,
    });
    if (result.status === 'done') return { result: 'accepted', text: result.text };
    const text = result.text.charAt(0).toLowerCase() + result.text.slice(1);
    throw new CommandFailedError(`Stored, but ${text}`, result.fix);
  } catch (error) {
    if (error instanceof AwsCallError && error.action.startsWith('sqs:'))
      return {
        result: 'stored',
        text: `The refresher was not notified (${error.message}). ${USED_WITHIN_AN_HOUR_TEXT}`,
      };
    if (error instanceof InterruptedError)
      throw new InterruptedError(
        'Interrupted.',
        `The key is stored, and the refresher uses it; see ${context.program} status ${credential.config.id}.`,
      );
    throw error;
  }
}

type SecretFields = Broker['secretFields'];

/** The key lengths in the brokers' documents. A different length causes a warning, not an error. */
const USUAL_LENGTHS: Readonly<Record<BrokerId, Partial<Record<keyof AppKey, number>>>> = {
  kis: { appkey: 36, secret: 180 },
  kiwoom: {},
};

/** Trims and validates the key as the refresher does. @throws CommandFailedError, UsageError */
async function readKey(context: CliContext, fields: SecretFields, pipedInput?: string) {
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

function describeUnusualLengths(broker: BrokerId, key: AppKey, fields: SecretFields) {
  const warnings = (['appkey', 'secret'] as const).flatMap((field) => {
    const usualLength = USUAL_LENGTHS[broker][field];
    if (usualLength === undefined || key[field].length === usualLength) return [];
    return [`${fields[field]} has ${key[field].length} characters instead of the usual ${usualLength}`];
  });
  return warnings.length === 0 ? undefined : `${warnings.join('; ')}.`;
}

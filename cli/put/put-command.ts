import { BROKERS_BY_ID } from '../../lambdas/brokers/endpoints.ts';
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
} from '../cli-error.ts';
import { type Credential, nameInPartialArn, readCredential } from '../credentials.ts';
import { sendAndWait } from '../inbox/send-and-wait.ts';
import { MINUTE } from '../time.ts';
import { keyChangeResult } from './key-change-result.ts';
import { describeUnusualLengths, readKey } from './read-key.ts';

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
    const isMissing = error instanceof AwsCallError && error.kind === 'not-found';
    if (!isMissing || Name === undefined) throw error;
    await requireConfirmation(context, `The secret ${Name} does not exist. Create it?`, yes);
    const input = { Name, SecretString, Description: `App key of the broker credential ${id}` };
    return (await aws.call('secretsmanager:CreateSecret', Name, input)).VersionId ?? '';
  }
}

/**
 * Notifies the refresher of the new key, and waits until the refresher has used the key. The command does not
 * wait for the notification from EventBridge, because the command does not know its message id.
 */
async function waitUntilUsed(context: CliContext, credential: Credential, version: string, timeout: number) {
  try {
    const { result } = await sendAndWait(context, credential, {
      message: { cause: 'credentials-changed' },
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

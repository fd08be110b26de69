import type { AppKey, Broker } from '../../lambdas/brokers/broker.ts';
import { nameInPartialArn } from '../app-key.ts';
import { type CliContext, requireConfirmation } from '../cli-context.ts';
import { CommandFailedError, isAwsError, isAwsNotFoundError } from '../cli-error.ts';
import type { Credential } from '../credentials.ts';

/**
 * Stores the key in a new version of the credential's secret. If the secret does not exist, creates the
 * secret, but only if the config contains a partial ARN: an ARN without the six random characters at its end.
 * @returns the version of the secret
 */
export async function storeKey(
  context: CliContext,
  { config: { id, secretArn } }: Credential,
  fields: Broker['secretFields'],
  key: AppKey,
  yes: boolean | undefined,
): Promise<string> {
  const SecretString = JSON.stringify({ [fields.appkey]: key.appkey, [fields.secret]: key.secret });
  const { aws } = context;
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
    if (!isAwsNotFoundError(error) || Name === undefined) throw error;
    await requireConfirmation(context, `The secret ${Name} does not exist. Create it?`, yes);
    const input = { Name, SecretString, Description: `App key of the broker credential ${id}` };
    return (await aws.call('secretsmanager:CreateSecret', Name, input)).VersionId ?? '';
  }
}

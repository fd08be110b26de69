import type { AppKey, Broker } from '../../lambdas/brokers/broker.ts';
import { type CliContext, confirm } from '../cli-context.ts';
import { AwsCallError, CommandFailedError } from '../cli-error.ts';
import type { Credential } from '../credentials.ts';

/** Puts the key into the secret of the credential; makes that secret where it is known by name and not there. @returns its version */
export async function storeKey(
  context: CliContext,
  { config }: Credential,
  fields: Broker['secretFields'],
  key: AppKey,
  yes: boolean,
): Promise<string> {
  const { secretArn } = config;
  const SecretString = JSON.stringify({ [fields.appkey]: key.appkey, [fields.secret]: key.secret });
  const { PutSecretValueCommand } = await import('@aws-sdk/client-secrets-manager');
  try {
    const { VersionId = '' } = await context.aws.use('secretsmanager:PutSecretValue', secretArn, (secrets) =>
      secrets.send(new PutSecretValueCommand({ SecretId: secretArn, SecretString })),
    );
    return VersionId;
  } catch (error) {
    if (!(error instanceof AwsCallError)) throw error;
    if (isBeingDeleted(error))
      throw new CommandFailedError(
        `The secret ${secretArn} is being deleted.`,
        `aws secretsmanager restore-secret --secret-id ${secretArn}`,
      );
    const name = nameInPartialArn(secretArn);
    if (error.kind !== 'not-found' || name === undefined) throw error;
    return create(context, config.id, name, SecretString, yes);
  }
}

async function create(
  context: CliContext,
  id: string,
  name: string,
  SecretString: string,
  yes: boolean,
): Promise<string> {
  if (!(await confirm(context, `There is no secret ${name} yet. Create it?`, yes)))
    throw new CommandFailedError('Not stored.', `The credential ${id} goes on waiting for its key.`);
  const { CreateSecretCommand } = await import('@aws-sdk/client-secrets-manager');
  const { VersionId = '' } = await context.aws.use('secretsmanager:CreateSecret', name, (secrets) =>
    secrets.send(
      new CreateSecretCommand({
        Name: name,
        SecretString,
        Description: `App key of the broker credential ${id}`,
      }),
    ),
  );
  return VersionId;
}

/**
 * The name in an ARN without the six random characters, as the stack writes it for a secret known by name
 * only. A secret with its full ARN was there once: it must not be made again under another one.
 */
function nameInPartialArn(arn: string): string | undefined {
  const name = /^arn:[^:]+:secretsmanager:[^:]+:\d+:secret:(.+)$/.exec(arn)?.[1];
  return name === undefined || /-[A-Za-z0-9]{6}$/.test(name) ? undefined : name;
}

/** Source: Secrets Manager API reference, PutSecretValue § Errors: InvalidRequestException. */
function isBeingDeleted({ cause }: AwsCallError): boolean {
  return (
    cause instanceof Error &&
    cause.name === 'InvalidRequestException' &&
    /marked for deletion/.test(cause.message)
  );
}

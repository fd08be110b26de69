import type { ParameterMetadata } from '@aws-sdk/client-ssm';
import {
  fleetMonitorParameterName,
  fleetParameterName,
  parameterNames,
  runbookChapterPath,
} from '../../lambdas/shared/names.ts';
import type { CliContext } from '../cli-context.ts';
import { type Credential, credentialIdIn, type StoredCredentials } from '../credentials.ts';
import { hasSchedule } from './check-schedules.ts';
import type { Report } from './finding.ts';

/** Checks the token parameters, their KMS key, and unknown parameters, without reading values. */
export async function checkParameters(context: CliContext, stored: StoredCredentials, report: Report) {
  const { aws, prefix } = context;
  const { credentials, invalid } = stored;
  const pages = await aws.pages('ssm:DescribeParameters', `parameter${prefix}`, {
    ParameterFilters: [{ Key: 'Path', Option: 'Recursive', Values: [prefix] }],
  });
  const parameters = pages.flatMap(({ Parameters = [] }) => Parameters);
  const keyIds = new Set<string>();
  for (const credential of credentials) {
    const name = parameterNames(prefix, credential.config.id).token;
    const parameter = parameters.find(({ Name }) => Name === name);
    const keyId = checkTokenParameter(credential, name, parameter, report);
    if (keyId !== undefined) keyIds.add(keyId);
  }
  const ids = [...credentials.map(({ config }) => config.id), ...invalid.map(({ id }) => id)];
  const knownNames = new Set([
    ...ids.flatMap((id) => Object.values(parameterNames(prefix, id))),
    fleetParameterName(prefix),
    fleetMonitorParameterName(prefix),
  ]);
  const unknownNames = parameters.flatMap(({ Name = '' }) => (knownNames.has(Name) ? [] : [Name]));
  await checkUnknownParameters(context, unknownNames, report);
  if (report.findings.length === 0) report.ok('Every token parameter exists and is encrypted.');
  for (const key of keyIds) await checkTokenKey(context, key, report);
}

/** Checks the type and the KMS key of a token parameter. @returns the key if there is no problem */
function checkTokenParameter(
  { config: { id }, state }: Credential,
  name: string,
  parameter: ParameterMetadata | undefined,
  report: Report,
): string | undefined {
  const deletionFix = `Delete the parameter; the next tick publishes the token again, encrypted with the key of the stack: aws ssm delete-parameter --name ${name}`;
  const { Type, KeyId } = parameter ?? {};
  if (parameter === undefined) {
    if (state.generation > 0)
      report.failed(
        `${id}: the parameter ${name} does not exist.`,
        'The next tick publishes the token again.',
      );
  } else if (Type !== 'SecureString')
    report.failed(`${id}: ${name} is a ${Type}: the token is not encrypted.`, deletionFix);
  else if (KeyId === undefined || KeyId.endsWith('alias/aws/ssm'))
    report.failed(
      `${id}: ${name} is encrypted with the account's default key, which every principal of the account may use.`,
      deletionFix,
    );
  else return KeyId;
  return undefined;
}

/** Reports a parameter as unused only if no schedule exists for the credential id in its name. */
async function checkUnknownParameters(context: CliContext, names: readonly string[], report: Report) {
  const { prefix } = context;
  const unusedIds = new Set(['']);
  for (const id of new Set(names.flatMap((name) => credentialIdIn(name, prefix) ?? [])))
    await report.run(async () => {
      if (!(await hasSchedule(context, id))) unusedIds.add(id);
      else
        report.failed(
          `${id}: the parameter ${parameterNames(prefix, id).config} does not exist, but its schedule does: the refresher rejects each tick.`,
          `Restore the parameter: ${runbookChapterPath('RefusedMessages')}`,
        );
    });
  const unusedNames = names.filter((name) => unusedIds.has(credentialIdIn(name, prefix) ?? ''));
  if (unusedNames.length > 0)
    report.warning(
      `These parameters belong to no credential: ${unusedNames.join(', ')}.`,
      `If no program reads them, run: aws ssm delete-parameters --names ${unusedNames.slice(0, 10).join(' ')}`,
    );
}

async function checkTokenKey({ aws }: CliContext, key: string, report: Report): Promise<void> {
  const { KeyMetadata } = await aws.call('kms:DescribeKey', key, { KeyId: key });
  const state = KeyMetadata?.KeyState;
  if (state === 'Enabled') return report.ok('The KMS key of the tokens is enabled.');
  const enableCommand = `aws kms enable-key --key-id ${key}`;
  report.failed(
    `The KMS key of the tokens, ${key}, is ${state}: tokens can be neither written nor read.`,
    state === 'PendingDeletion'
      ? `aws kms cancel-key-deletion --key-id ${key} && ${enableCommand}`
      : enableCommand,
  );
}

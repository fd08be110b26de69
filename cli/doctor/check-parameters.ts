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
import { type Finding, type Findings, failed, ok, runCheck, warning } from './finding.ts';

/** Checks the token parameters, their KMS key, and unknown parameters, without reading values. */
export async function checkParameters(
  context: CliContext,
  { credentials, invalid }: StoredCredentials,
): Promise<Findings> {
  const { aws, prefix } = context;
  const pages = await aws.pages('ssm:DescribeParameters', `parameter${prefix}`, {
    ParameterFilters: [{ Key: 'Path', Option: 'Recursive', Values: [prefix] }],
  });
  const parameters = pages.flatMap(({ Parameters = [] }) => Parameters);
  const findings: Finding[] = [];
  const keyIds = new Set<string>();
  for (const credential of credentials) {
    const name = parameterNames(prefix, credential.config.id).token;
    const parameter = parameters.find(({ Name }) => Name === name);
    const finding = checkTokenParameter(credential, name, parameter);
    if (finding !== undefined) findings.push(finding);
    else if (parameter?.KeyId !== undefined) keyIds.add(parameter.KeyId);
  }
  const ids = [...credentials.map(({ config }) => config.id), ...invalid.map(({ id }) => id)];
  const knownNames = new Set([
    ...ids.flatMap((id) => Object.values(parameterNames(prefix, id))),
    fleetParameterName(prefix),
    fleetMonitorParameterName(prefix),
  ]);
  const unknownNames = parameters.flatMap(({ Name = '' }) => (knownNames.has(Name) ? [] : [Name]));
  findings.push(...(await checkUnknownParameters(context, unknownNames)));
  if (findings.length === 0) findings.push(ok('Every token parameter exists and is encrypted.'));
  for (const key of keyIds) findings.push(await checkTokenKey(context, key));
  return findings;
}

/** Checks the type and the KMS key of a token parameter. */
function checkTokenParameter(
  { config: { id }, state }: Credential,
  name: string,
  parameter: ParameterMetadata | undefined,
): Finding | undefined {
  const deletionFix = `Delete the parameter; the next tick publishes the token again, encrypted with the key of the stack: aws ssm delete-parameter --name ${name}`;
  if (parameter === undefined)
    return state.generation === 0
      ? undefined
      : failed(`${id}: the parameter ${name} does not exist.`, 'The next tick publishes the token again.');
  if (parameter.Type !== 'SecureString')
    return failed(`${id}: ${name} is a ${parameter.Type}: the token is not encrypted.`, deletionFix);
  if (parameter.KeyId === undefined || parameter.KeyId.endsWith('alias/aws/ssm'))
    return failed(
      `${id}: ${name} is encrypted with the account's default key, which every principal of the account may use.`,
      deletionFix,
    );
  return undefined;
}

/**
 * Checks the parameters that belong to no credential. Reports a parameter as unused only if no
 * schedule exists for the credential id in its name.
 */
async function checkUnknownParameters(context: CliContext, names: readonly string[]): Promise<Findings> {
  const { prefix } = context;
  const findings: Finding[] = [];
  const idsToKeep = new Set<string>();
  for (const id of new Set(names.flatMap((name) => credentialIdIn(name, prefix) ?? []))) {
    const configFindings = await runCheck(() => checkConfigExists(context, id));
    findings.push(...configFindings);
    if (configFindings.length > 0) idsToKeep.add(id);
  }
  const unusedNames = names.filter((name) => !idsToKeep.has(credentialIdIn(name, prefix) ?? ''));
  if (unusedNames.length === 0) return findings;
  const unusedFinding = warning(
    `These parameters belong to no credential: ${unusedNames.join(', ')}.`,
    `If no program reads them, run: aws ssm delete-parameters --names ${unusedNames.slice(0, 10).join(' ')}`,
  );
  return [...findings, unusedFinding];
}

async function checkConfigExists(context: CliContext, id: string): Promise<Findings> {
  if (!(await hasSchedule(context, id))) return [];
  return [
    failed(
      `${id}: the parameter ${parameterNames(context.prefix, id).config} does not exist, but its schedule does: the refresher rejects each tick.`,
      `Restore the parameter: ${runbookChapterPath('RefusedMessages')}`,
    ),
  ];
}

async function checkTokenKey({ aws }: CliContext, key: string): Promise<Finding> {
  const { KeyMetadata } = await aws.call('kms:DescribeKey', key, { KeyId: key });
  const state = KeyMetadata?.KeyState;
  if (state === 'Enabled') return ok('The KMS key of the tokens is enabled.');
  const enableCommand = `aws kms enable-key --key-id ${key}`;
  return failed(
    `The KMS key of the tokens, ${key}, is ${state}: tokens can be neither written nor read.`,
    state === 'PendingDeletion'
      ? `aws kms cancel-key-deletion --key-id ${key} && ${enableCommand}`
      : enableCommand,
  );
}

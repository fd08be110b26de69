import { fleetMonitorParameterName, fleetParameterName, parameterNames } from '../../lambdas/shared/names.ts';
import type { CliContext } from '../cli-context.ts';
import type { Credential } from '../credentials.ts';
import { checkTokenParameter } from './check-credentials.ts';
import { type Finding, type Findings, failed, ok, warning } from './finding.ts';

/** Checks the token parameters, their key, and parameters without a credential. Values are not read. */
export async function checkParameters(
  context: CliContext,
  credentials: readonly Credential[],
): Promise<Findings> {
  const { aws, prefix } = context;
  const pages = await aws.pages('ssm:DescribeParameters', `parameter${prefix}`, {
    ParameterFilters: [{ Key: 'Path', Option: 'Recursive', Values: [prefix] }],
  });
  const all = pages.flatMap(({ Parameters = [] }) => Parameters);
  const findings: Finding[] = [];
  const keys = new Set<string>();
  for (const credential of credentials) {
    const { token } = parameterNames(prefix, credential.config.id);
    const parameter = all.find(({ Name }) => Name === token);
    const finding = checkTokenParameter(context, credential, parameter);
    if (finding !== undefined) findings.push(finding);
    else if (parameter?.KeyId !== undefined) keys.add(parameter.KeyId);
  }
  const known = new Set([
    ...credentials.flatMap(({ config }) => Object.values(parameterNames(prefix, config.id))),
    fleetParameterName(prefix),
    fleetMonitorParameterName(prefix),
  ]);
  const unknown = all.flatMap(({ Name = '' }) => (known.has(Name) ? [] : [Name]));
  if (unknown.length > 0)
    findings.push(
      warning(
        `These parameters belong to no credential: ${unknown.join(', ')}.`,
        `If no program reads them, run: aws ssm delete-parameters --names ${unknown.slice(0, 10).join(' ')}`,
      ),
    );
  if (findings.length === 0) findings.push(ok('Every token parameter exists and is encrypted.'));
  for (const key of keys) findings.push(await checkKey(context, key));
  return findings;
}

async function checkKey({ aws }: CliContext, key: string): Promise<Finding> {
  const { KeyMetadata } = await aws.call('kms:DescribeKey', key, { KeyId: key });
  const state = KeyMetadata?.KeyState;
  if (state === 'Enabled') return ok('The KMS key of the tokens is enabled.');
  const enable = `aws kms enable-key --key-id ${key}`;
  return failed(
    `The KMS key of the tokens, ${key}, is ${state}: tokens can be neither written nor read.`,
    state === 'PendingDeletion' ? `aws kms cancel-key-deletion --key-id ${key} && ${enable}` : enable,
  );
}

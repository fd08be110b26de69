import type { CredentialConfig } from '../../lambdas/shared/credential.ts';
import { credentialDefaults } from '../../lambdas/shared/defaults.ts';
import type { FleetSettings } from '../../lambdas/shared/fleet-settings.ts';
import { ConfigurationError, type Problem, showValue } from '../../lib/config/configuration-error.ts';
import { credentialEntries } from '../../lib/config/credential-schema.ts';
import { problemsOf } from '../../lib/config/described.ts';
import { credentialProblems } from '../../lib/config/rules.ts';
import { UsageError } from '../cli-error.ts';

/** The options of `add`. Commander has validated the format of each option; durations are in seconds. */
export interface AddOptions extends Pick<CredentialConfig, 'broker' | 'market'> {
  readonly secret?: string;
  readonly session?: CredentialConfig['sessions'];
  readonly renewBefore?: number;
  readonly maxIssuesPerDay?: number;
  readonly minimumInterval?: number;
  readonly renewEarly?: 'revoke' | 'wait';
  readonly allowPublicEgress?: true;
}

/** The validated fields that are settings of the stack. All other fields are options of `add`. */
const STACK_SETTINGS = ['checkEvery', 'responseTime', 'egress'];

export function buildConfig(id: string, options: AddOptions, fleet: FleetSettings): CredentialConfig {
  const defaults = credentialDefaults(options);
  const secret = options.secret ?? `${fleet.secretPrefix}${id}`;
  const config = {
    version: 1,
    id,
    broker: options.broker,
    market: options.market,
    secretArn: partialSecretArn(fleet, secret),
    renewBeforeSeconds: options.renewBefore ?? fleet.renewBeforeSeconds ?? defaults.renewBeforeSeconds,
    checkEverySeconds: fleet.checkEverySeconds,
    sessions: options.session ?? defaults.sessions,
    maxIssuesPerDay: options.maxIssuesPerDay ?? defaults.maxIssuesPerDay,
    minimumIntervalSeconds: options.minimumInterval,
    renewEarly: options.renewEarly ?? defaults.renewEarly,
    managedBy: 'operator',
  } as const;
  const problems: readonly Problem[] = [
    ...problemsOf(credentialEntries.id, id, '<id>'),
    ...problemsOf(credentialEntries.sessions, config.sessions, '--session'),
    ...problemsOf(credentialEntries.maxIssuesPerDay, config.maxIssuesPerDay, '--max-issues-per-day'),
    ...secretProblems(id, secret, fleet),
    ...credentialProblems({
      ...config,
      at: settingName,
      checkEvery: config.checkEverySeconds,
      renewBefore: config.renewBeforeSeconds,
      responseTime: fleet.responseTimeSeconds,
      minimumInterval: options.minimumInterval,
      egress: fleet.egress,
      allowPublicEgress: options.allowPublicEgress,
    }),
  ];
  if (problems.length > 0)
    throw new UsageError(new ConfigurationError(`The credential ${showValue(id)}`, problems).message, '');
  return config;
}

/** Returns the stack setting or the command line option that sets a field, for error messages. */
function settingName(field: string): string {
  if (STACK_SETTINGS.includes(field)) return `${field} of the stack`;
  if (field === 'sessions') return '--session';
  return `--${field.replaceAll(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`;
}

function secretProblems(id: string, name: string, { secretPrefix }: FleetSettings): readonly Problem[] {
  const nameProblems = problemsOf(credentialEntries.secret, { name }, '--secret').map((problem) => ({
    ...problem,
    path: '--secret',
    fix: 'use another name: AWS treats an ending of "-" and six characters as the suffix of an ARN',
  }));
  if (nameProblems.length > 0 || name.startsWith(secretPrefix)) return nameProblems;
  return [
    {
      path: '--secret',
      got: showValue(name),
      allowed: `a name that starts with "${secretPrefix}": the function of the stack may read no other`,
      fix: `leave it out to use "${secretPrefix}${id}"`,
    },
  ];
}

/** The stack writes the same partial ARN for a secret that is configured by name. */
function partialSecretArn({ inboxArn }: FleetSettings, name: string): string {
  const [, partition, , region, account] = inboxArn.split(':');
  return `arn:${partition}:secretsmanager:${region}:${account}:secret:${name}`;
}

import type { CredentialConfig } from '../../lambdas/shared/credential.ts';
import type { FleetSettings } from '../../lambdas/shared/fleet-settings.ts';
import { parseBrokerTokens } from '../../lib/config/config.ts';
import { ConfigurationError, type Problem, showValue } from '../../lib/config/configuration-error.ts';
import { formatDuration } from '../../lib/config/duration.ts';
import { UsageError } from '../cli-error.ts';

/** The options of `add` as they were typed; validated here by the rules of the synthesis. */
export interface AddFlags {
  readonly broker: string;
  readonly market: string;
  /** Name of the secret. */
  readonly secret?: string;
  /** Presets, sessions as cdk.json has them, or `none` alone. */
  readonly session?: readonly string[];
  readonly renewBefore?: string;
  readonly maxIssuesPerDay?: string;
  readonly minimumInterval?: string;
  /** `revoke` or `wait`. */
  readonly renewEarly?: string;
  readonly allowPublicEgress?: true;
}

/** The config parameter of a new credential. @throws UsageError with all problems at once */
export function buildConfig(id: string, flags: AddFlags, fleet: FleetSettings): CredentialConfig {
  const name = flags.secret ?? `${fleet.secretPrefix}${id}`;
  const { secret, session, ...rest } = flags;
  const margin = fleet.renewBeforeSeconds;
  const context = {
    checkEvery: formatDuration(fleet.checkEverySeconds),
    responseTime: formatDuration(fleet.responseTimeSeconds),
    egress: fleet.egress === 'fixed' ? { kind: 'static', nat: 'gateway' } : 'public',
    credentials: [
      {
        ...rest,
        id,
        secret: { name },
        sessions: sessionsOf(session),
        renewBefore: flags.renewBefore ?? (margin === undefined ? undefined : formatDuration(margin)),
        maxIssuesPerDay: numberOf(flags.maxIssuesPerDay),
      },
    ],
  };
  const problems: Problem[] = name.startsWith(fleet.secretPrefix)
    ? []
    : [
        {
          path: '--secret',
          got: showValue(name),
          allowed: `a name that begins with "${fleet.secretPrefix}": the function of the stack may read no other`,
          fix: `leave it out for "${fleet.secretPrefix}${id}"`,
        },
      ];
  try {
    const [settings] = parseBrokerTokens(context).credentials;
    if (settings !== undefined && problems.length === 0)
      return {
        version: 1,
        id,
        broker: settings.broker,
        market: settings.market,
        secretArn: secretArn(fleet, name),
        renewBeforeSeconds: settings.renewBefore,
        checkEverySeconds: fleet.checkEverySeconds,
        sessions: settings.sessions,
        maxIssuesPerDay: settings.maxIssuesPerDay,
        minimumIntervalSeconds: settings.minimumInterval,
        renewEarly: settings.renewEarly,
        managedBy: 'operator',
      };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    problems.push(...error.problems.map(asOptions));
  }
  throw new UsageError(new ConfigurationError(`The credential ${showValue(id)}`, problems).message, '');
}

/** As the stack names a secret that it knows by name only: in its own account and region. */
function secretArn({ inboxArn }: FleetSettings, name: string): string {
  const [, partition, , region, account] = inboxArn.split(':');
  return `arn:${partition}:secretsmanager:${region}:${account}:secret:${name}`;
}

/** `none` is the empty list of cdk.json. */
function sessionsOf(texts: readonly string[] | undefined): readonly unknown[] | undefined {
  return texts?.length === 1 && texts[0] === 'none' ? [] : texts?.map(sessionOf);
}

function sessionOf(text: string): unknown {
  if (!text.trimStart().startsWith('{')) return { preset: text };
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Text that is no number is validated as it was typed. */
function numberOf(text: string | undefined): number | string | undefined {
  return text === undefined || !/^\d+$/.test(text) ? text : Number(text);
}

/** The rules speak of cdk.json; here each field is an option, but for those of the stack. */
function asOptions({ path, got, allowed, fix }: Problem): Problem {
  const inWords = (text: string) =>
    text
      .replaceAll(/credentials\[0\]\.id\b/g, '<id>')
      .replaceAll(/credentials\[0\]\.sessions\b(?:\[\d+\])?/g, '--session')
      .replaceAll(/credentials\[0\]\.(\w+)/g, (_, field: string) => `--${kebab(field)}`);
  const own = inWords(path);
  return {
    path: own === path ? `${path} of the stack` : own,
    got: inWords(got),
    allowed: inWords(allowed),
    fix: inWords(fix),
  };
}

function kebab(field: string): string {
  return field.replaceAll(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
}

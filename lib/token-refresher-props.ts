import { type Duration, Stack } from 'aws-cdk-lib';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import * as v from 'valibot';
import { fleetScheduleGroup } from '../lambdas/shared/names.ts';
import type { FunctionAssets } from './bundled-function.ts';
import { showValue, throwProblems } from './config/configuration-error.ts';
import { type ParsedRefresherProps, propsProblems, refresherPropsSchema } from './config/props-schema.ts';
import type { FleetOptions } from './fleet/fleet.ts';
import type { Egress } from './network/egress.ts';
import { claimNames, type NameClaim } from './unique-names.ts';

export interface TokenRefresherProps {
  /**
   * The prefix of all parameter names.
   *
   * @default '/broker-tokens'
   */
  readonly parameterPrefix?: string | undefined;

  /**
   * The time between two ticks of each credential, in whole minutes.
   *
   * @default Duration.minutes(5)
   */
  readonly checkEvery?: Duration | undefined;

  /**
   * How long before its expiry a token is renewed, for each credential without its own setting.
   *
   * @default - an hour for KIS live, three hours for KIS paper and Kiwoom
   */
  readonly renewBefore?: Duration | undefined;

  /**
   * The time that you need between the first alarm and the expiry of a token.
   *
   * @default Duration.minutes(15)
   */
  readonly responseTime?: Duration | undefined;

  /**
   * Receives all alarms.
   *
   * @default - `alarmTopic` has no subscription
   */
  readonly alarmEmail?: string | undefined;

  /**
   * The URL of a page with your copy of docs/runbook.md. Alarms link to the chapters of this page, such as
   * `<url>#expiringsoon`.
   *
   * @default - alarms name the file docs/runbook.md of this project
   */
  readonly runbookUrl?: string | undefined;

  /**
   * The outbound IP address of the refresher. Kiwoom requires a registered address for live app keys, and
   * consumers of a live Kiwoom token must use the same address.
   *
   * @default 'public'
   */
  readonly egress?: Egress | undefined;

  /**
   * The prefix of the names of queues, alarms, topics, rules and the schedule group; at most 45 characters.
   *
   * @default - the name of the stack
   */
  readonly namePrefix?: string | undefined;

  /**
   * The path of this construct in its stack before you moved or renamed it, such as `Tokens`. With this
   * option, the resources keep their logical ids. Without this option, the update fails, because resources
   * with the same names exist.
   *
   * @default - the construct was not moved
   */
  readonly formerPath?: string | undefined;

  /**
   * Lets `tokens add` and `tokens remove` change credentials without a deployment. With this option, the
   * refresher has permissions on all parameters and secrets below the parameter prefix and the secret prefix.
   *
   * @default - only the credentials of the stack
   */
  readonly fleet?: FleetOptions | undefined;

  /**
   * The code of the functions; by default the bundles in `dist`.
   *
   * @default - the bundles in `dist`, as `npm run bundle` writes them
   */
  readonly assets?: FunctionAssets | undefined;

  /**
   * Whether the token and state parameters and their KMS key remain when the credential or the stack is
   * deleted.
   *
   * @default false
   */
  readonly keepParameters?: boolean | undefined;

  /**
   * The retention period of the function's log.
   *
   * @default RetentionDays.THREE_MONTHS
   */
  readonly logRetention?: RetentionDays | undefined;
}

/**
 * Validates the props of a refresher with the schemas of cdk.json, and adds defaults; durations in seconds.
 * @throws ConfigurationError with all problems at once
 * @internal
 */
export function parseRefresherProps(scope: Construct, props: TokenRefresherProps): ParsedRefresherProps {
  const namePrefix = props?.namePrefix ?? Stack.of(scope).stackName;
  const input = typeof props === 'object' ? { ...props, namePrefix } : props;
  const source = `The token refresher (${scope.node.path})`;
  throwProblems(source, propsProblems(refresherPropsSchema, input));
  const settings = v.parse(refresherPropsSchema, input);
  throwProblems(source, claimNames(scope, scope.node.path, nameClaimsOf(settings)));
  return settings;
}

/** The cleanup of one of two fleets below one parameter prefix would delete the parameters of both. */
function nameClaimsOf({ namePrefix, parameterPrefix, fleet }: ParsedRefresherProps): readonly NameClaim[] {
  const own: NameClaim = { path: 'namePrefix', name: namePrefix };
  if (fleet === undefined) return [own];
  const group = fleetScheduleGroup(namePrefix);
  return [
    own,
    { path: 'namePrefix', name: group, namedResources: `the schedule group ${showValue(group)}` },
    { path: 'parameterPrefix', name: parameterPrefix, namedResources: 'the prefix of a fleet' },
  ];
}

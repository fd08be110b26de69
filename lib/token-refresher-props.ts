import { type Duration, Token } from 'aws-cdk-lib';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { type Problem, showValue } from './config/configuration-error.ts';
import { FIELD_HELP } from './config/field-help.ts';
import { checkEveryProblem } from './config/rules.ts';
import { isParameterPrefix, isSecretPrefix } from './config/schema.ts';
import type { FleetOptions } from './fleet/fleet.ts';
import type { Egress } from './network/egress.ts';

export interface TokenRefresherProps {
  /**
   * Begin of all parameter names.
   *
   * @default '/broker-tokens'
   */
  readonly parameterPrefix?: string;

  /**
   * Time between two looks at each credential, whole minutes.
   *
   * @default Duration.minutes(5)
   */
  readonly checkEvery?: Duration;

  /**
   * How long before its expiry the token of a credential is renewed that does not say so itself.
   *
   * @default - an hour for KIS live, three hours for KIS paper and Kiwoom
   */
  readonly renewBefore?: Duration;

  /**
   * Time that a person has between the first alarm and the expiry of a token.
   *
   * @default Duration.minutes(15)
   */
  readonly responseTime?: Duration;

  /**
   * Receives all alarms.
   *
   * @default - nobody is subscribed to `alarmTopic`
   */
  readonly alarmEmail?: string;

  /**
   * By which address the refresher leaves. Kiwoom wants a registered one for live keys, and the
   * consumers of its tokens must leave by the same.
   *
   * @default 'public'
   */
  readonly egress?: Egress;

  /**
   * Begin of the names of queues, alarms and the schedule group; at most 45 characters.
   *
   * @default - the name of the stack
   */
  readonly namePrefix?: string;

  /**
   * The function's code.
   *
   * @default - `dist/lambda` of this project, as `npm run bundle` writes it
   */
  readonly code?: Code;

  /**
   * The code of the function that deletes parameters.
   *
   * @default - `dist/cleanup` of this project, as `npm run bundle` writes it
   */
  readonly cleanupCode?: Code;

  /**
   * Credentials may be added and removed without a deployment, by `tokens add` and `tokens remove`. The function's rights
   * are then patterns below the two prefixes, for all credentials.
   *
   * @default - only the credentials of the stack
   */
  readonly fleet?: FleetOptions;

  /**
   * The code of the function that reports how added credentials stand.
   *
   * @default - `dist/fleet-monitor` of this project, as `npm run bundle` writes it
   */
  readonly fleetMonitorCode?: Code;

  /**
   * The token and state parameters stay when their credential, or the stack, is removed, and so does
   * the key that tokens are encrypted with.
   *
   * @default false
   */
  readonly keepParameters?: boolean;

  /**
   * How long the function's log is kept.
   *
   * @default RetentionDays.THREE_MONTHS
   */
  readonly logRetention?: RetentionDays;
}

/** SQS allows names of 80 characters, alarms of 255, schedule groups of 64. */
const LONGEST_NAME_PREFIX = 45;

/** What is wrong with a refresher by itself, whatever its credentials are. */
export function refresherProblems(
  refresher: Required<Pick<TokenRefresherProps, 'parameterPrefix' | 'namePrefix' | 'checkEvery'>>,
  fleet: FleetOptions | undefined,
): readonly Problem[] {
  const { parameterPrefix, namePrefix, checkEvery } = refresher;
  return [
    isParameterPrefix(parameterPrefix) ? undefined : problemOf('parameterPrefix', parameterPrefix),
    fleet?.secretPrefix === undefined || isSecretPrefix(fleet.secretPrefix)
      ? undefined
      : problemOf('fleet.secretPrefix', fleet.secretPrefix),
    checkEveryProblem(checkEvery.toSeconds(), 'checkEvery'),
    Token.isUnresolved(namePrefix) || namePrefix.length <= LONGEST_NAME_PREFIX
      ? undefined
      : {
          path: 'namePrefix',
          got: showValue(namePrefix),
          allowed: `at most ${LONGEST_NAME_PREFIX} characters`,
          fix: 'set namePrefix, or shorten the name of the stack',
        },
  ].filter((problem) => problem !== undefined);
}

function problemOf(path: string, got: string): Problem {
  const help = FIELD_HELP[path];
  return { path, got: showValue(got), allowed: help?.allowed ?? '', fix: help?.fix(got) ?? '' };
}

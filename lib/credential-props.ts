import { Duration } from 'aws-cdk-lib';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { BrokerId, Market } from '../lambdas/shared/credential.ts';
import { credentialDefaults } from '../lambdas/shared/defaults.ts';
import type { Session } from '../lambdas/shared/sessions.ts';

export interface CredentialProps {
  readonly broker: BrokerId;
  readonly market: Market;

  /** Holds the app key: `{"appkey","appsecret"}` for KIS, `{"appkey","secretkey"}` for Kiwoom. */
  readonly secret: ISecret;

  /**
   * How long before its expiry a token is renewed: at most 12 hours for KIS, 6 hours for Kiwoom.
   *
   * @default - that of the refresher; without one an hour for KIS live, three hours for KIS paper and Kiwoom
   */
  readonly renewBefore?: Duration;

  /**
   * Hours in which the token should not change; `[]` for none.
   *
   * @default [{ preset: 'nxt' }]
   */
  readonly sessions?: readonly Session[];

  /**
   * Issue calls in any 24 hours, 2 to 32.
   *
   * @default 8 for KIS, 24 for Kiwoom
   */
  readonly maxIssuesPerDay?: number;

  /**
   * KIS: least time between two issue calls.
   *
   * @default Duration.seconds(61)
   */
  readonly minimumInterval?: Duration;

  /**
   * Kiwoom: `revoke` replaces a token that the broker returns when renewal is due, by revoking it; `wait` keeps
   * it until it expires. KIS accepts only `wait`.
   *
   * @default 'revoke' for Kiwoom, 'wait' for KIS
   */
  readonly renewEarly?: 'revoke' | 'wait';

  /**
   * Kiwoom, live: accept that the refresher leaves by any address of AWS, for which Kiwoom refuses tokens
   * (8050) and data (8010), unless the key is of a kind that has no list of addresses.
   *
   * @default false
   */
  readonly allowPublicEgress?: boolean;
}

/** `CredentialProps` with a value for every setting that has a default. */
export type CompleteCredentialProps = CredentialProps &
  Required<Pick<CredentialProps, 'renewBefore' | 'sessions' | 'maxIssuesPerDay' | 'renewEarly'>>;

/** The props with a default for each setting that was left out. */
export function completeProps(
  props: CredentialProps,
  renewBefore: Duration | undefined,
): CompleteCredentialProps {
  const { renewBeforeSeconds, sessions, maxIssuesPerDay, renewEarly } = credentialDefaults(props);
  return {
    ...props,
    renewBefore: props.renewBefore ?? renewBefore ?? Duration.seconds(renewBeforeSeconds),
    sessions: props.sessions ?? sessions,
    maxIssuesPerDay: props.maxIssuesPerDay ?? maxIssuesPerDay,
    renewEarly: props.renewEarly ?? renewEarly,
  };
}

import type { CachedToken } from './cache-policy.ts';
import * as errors from './errors.ts';

/** The names that locate the parameters of one credential. */
export interface CredentialLocation {
  readonly credential: string;
  readonly prefix: string;
  /** The AWS region; undefined before the first read. */
  readonly region?: string | undefined;
}

export const parameterName = ({ prefix, credential }: CredentialLocation, name: 'token' | 'state'): string =>
  `${prefix}/${credential}/${name}`;

export function noTokenError(location: CredentialLocation, unconfigured?: string) {
  const { credential, prefix, region } = location;
  if (unconfigured !== undefined)
    return new errors.UnconfiguredError(
      `the refresher has no app key for "${credential}", so there is no token. Store the app key in the secret. The refresher reports: ${unconfigured}`,
    );
  return new errors.NoTokenError(
    `${parameterName(location, 'token')} does not exist in ${regionText(region)}. Check the credential id "${credential}", the prefix "${prefix}", the account and the region. If they are right, no token has been issued yet: see ${parameterName(location, 'state')}`,
  );
}

export const pausedError = ({ credential }: CredentialLocation) =>
  new errors.PausedError(
    `the token of "${credential}" was revoked on request and is not replaced until an operator resumes the credential. To resume, send {"credential":"${credential}","cause":"forced"} to the inbox`,
  );

export function expiredError(location: CredentialLocation, { dead, facts }: CachedToken, now: number) {
  const expiry = new Date(facts?.expiresAt ?? now).toISOString();
  const reason = dead
    ? 'is dead, and its replacement is not published yet'
    : `expired at ${expiry}; the clock of this machine is at ${new Date(now).toISOString()}`;
  return new errors.ExpiredError(
    `the published token of "${location.credential}" ${reason}. For the cause see ${parameterName(location, 'state')} (attempt) and the alarms of the refresher`,
  );
}

export const expiresTooSoonError = (
  { credential }: CredentialLocation,
  timeLeft: number,
  minRemaining: number,
) =>
  new errors.ExpiresTooSoonError(
    `the token of "${credential}" expires in ${Math.floor(timeLeft / 1000)} s, and minRemaining is ${Math.ceil(minRemaining / 1000)} s. Set minRemaining below renewBefore of the refresher, or try again later`,
  );

export const notReplacedError = (location: CredentialLocation) =>
  new errors.NotReplacedError(
    `the broker rejected the token of "${location.credential}", and ${parameterName(location, 'token')} holds no other token yet. Try again later; for the cause see ${parameterName(location, 'state')}`,
  );

export function readFailedError(location: CredentialLocation, cause: errors.SourceError) {
  const { credential, prefix, region } = location;
  const token = parameterName(location, 'token');
  const [ErrorClass, advice] = (
    {
      access: [
        errors.AccessDeniedError,
        `this role has no permission to read ${token}. Check the credential id "${credential}" and the prefix "${prefix}". Grant ssm:GetParameter and ssm:GetParameters on ${arn(location, 'token')} and ${arn(location, 'state')} (CDK: credential.grantRead)`,
      ],
      key: [
        errors.KeyDeniedError,
        `this role has no permission to decrypt ${token}, or the key is disabled. Grant kms:Decrypt on the token key with the encryption context PARAMETER_ARN (CDK: credential.grantRead)`,
      ],
      clock: [
        errors.ClockSkewError,
        'AWS rejects the signatures of this machine; its clock is probably wrong. Set the clock with NTP',
      ],
      unavailable: [errors.UnavailableError, `${token} could not be read in ${regionText(region)}`],
    } as const
  )[cause.kind];
  return new ErrorClass(`${advice}. AWS replied ${cause.awsCode}: ${cause.message}`, { cause });
}

function regionText(region: string | undefined): string {
  return region === undefined ? 'the region of this program' : `region ${region}`;
}

function arn(location: CredentialLocation, name: 'token' | 'state'): string {
  return `arn:aws:ssm:${location.region ?? '<region>'}:<account>:parameter${parameterName(location, name)}`;
}

import type { CachedToken } from './cache-policy.ts';
import { SourceError } from './source.ts';
import type { ReadState } from './token-facts.ts';
import { TokenReaderError } from './token-reader-error.ts';

interface CredentialLocation {
  readonly credential: string;
  readonly prefix: string;
}

const parameter = ({ prefix, credential }: CredentialLocation, what: 'token' | 'state'): string =>
  `${prefix}/${credential}/${what}`;

/** Every error in words: what, of which credential, and what to do. None holds a token. */
export const errors = {
  expired: (about: CredentialLocation, { facts, dead }: CachedToken, now: number): TokenReaderError => {
    const clock = `This machine's clock says ${new Date(now).toISOString()}.`;
    const what = dead
      ? 'is known to be dead, and its replacement is not there yet'
      : `expired at ${new Date(facts?.expiresAt ?? now).toISOString()}. ${clock}`;
    return new TokenReaderError(
      'Expired',
      `the published token of "${about.credential}" ${what} The refresher tells why in ${parameter(about, 'state')} (attempt) and by its alarms`,
      { retryable: true },
    );
  },
  tooShort: ({ credential }: CredentialLocation, left: number, asked: number): TokenReaderError =>
    new TokenReaderError(
      'TooShort',
      `the token of "${credential}" lives for ${Math.floor(left / 1000)} s more, and ${Math.ceil(asked / 1000)} s were asked for (minRemaining). Ask for less than the refresher's renewBefore, or later`,
      { retryable: true },
    ),
  paused: (about: CredentialLocation): TokenReaderError =>
    new TokenReaderError(
      'Paused',
      `the token of "${about.credential}" was revoked on request and is not replaced until an operator resumes it: send {"credential":"${about.credential}","cause":"forced"} to the inbox`,
    ),
  source: (about: CredentialLocation, error: unknown): TokenReaderError => {
    if (!(error instanceof SourceError)) throw error;
    const { kind, awsCode, message } = error;
    const token = parameter(about, 'token');
    const options = { cause: error };
    switch (kind) {
      case 'access':
        return new TokenReaderError(
          'AccessDenied',
          `${awsCode}: this role may not read ${token}. Grant ssm:GetParameter and ssm:GetParameters on arn:aws:ssm:<region>:<account>:parameter${token} and …${parameter(about, 'state')} (in the CDK: credential.grantRead(…)). AWS says: ${message}`,
          options,
        );
      case 'key':
        return new TokenReaderError(
          'KeyDenied',
          `${awsCode}: this role may not decrypt ${token}, or the key is disabled. Grant kms:Decrypt on the token key with the encryption context PARAMETER_ARN (in the CDK: credential.grantRead(…)). AWS says: ${message}`,
          options,
        );
      case 'clock':
        return new TokenReaderError(
          'ClockSkew',
          `${awsCode}: AWS does not take this machine's signatures, most likely because its clock is wrong. Set it by NTP. AWS says: ${message}`,
          options,
        );
      case 'unavailable':
        return new TokenReaderError('Unavailable', `${token} could not be read: ${awsCode}: ${message}`, {
          ...options,
          retryable: true,
        });
    }
  },
} as const;

/** There is no token parameter. */
export function missingToken(about: CredentialLocation, { unconfigured }: ReadState): TokenReaderError {
  if (unconfigured !== undefined)
    return new TokenReaderError(
      'Unconfigured',
      `the refresher has no app key for "${about.credential}", so there is no token: put it into the secret. It says: ${unconfigured}`,
    );
  return new TokenReaderError(
    'NoToken',
    `${parameter(about, 'token')} does not exist: no credential "${about.credential}" is deployed with this prefix in this account and region, or its first token has not been issued yet`,
    { retryable: true },
  );
}

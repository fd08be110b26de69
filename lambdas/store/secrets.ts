import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import * as v from 'valibot';
import type { AppKey, Broker } from '../brokers/broker.ts';
import { BrokerTokensError } from '../shared/broker-tokens-error.ts';
import { AwsError, errorNameOf } from './aws-error.ts';

/** The app key in the secret is missing, a placeholder or invalid. An operator must correct the secret. */
export class UnconfiguredError extends BrokerTokensError {
  readonly code = 'Unconfigured';
  readonly secretVersion: string;

  constructor(message: string, secretVersion = '', cause?: unknown) {
    super(message, { cause });
    this.secretVersion = secretVersion;
  }
}

/** Matches placeholders for a key, including the samples of the brokers and of this project. */
const PLACEHOLDER_PATTERN =
  /^(?:<.*>|x+|\*+|\?+|-+|(?:your|my|the)[-_ ].*|change[-_ ]?me.*|todo|tbd|placeholder.*|replace.*|.*(?:\.{2,}|…))$/i;

/** A retry does not help. Source: Secrets Manager API reference, GetSecretValue § Errors. */
const PERMANENT_ERRORS = new Set([
  'ResourceNotFoundException',
  'InvalidRequestException',
  'InvalidParameterException',
  'DecryptionFailure',
  'AccessDeniedException',
]);

export type Secrets = Pick<SecretsManagerSecrets, 'read' | 'currentVersion'>;

export class SecretsManagerSecrets {
  readonly #client: SecretsManagerClient;

  constructor(client: SecretsManagerClient) {
    this.#client = client;
  }

  /** Reads the current or an earlier version of the secret. @throws UnconfiguredError, AwsError */
  async read(secretArn: string, fields: Broker['secretFields'], requested?: string) {
    const { text, version } = await this.#value(secretArn, requested);
    return { key: readAppKey(text, fields, secretArn, version), version };
  }

  /** Returns '' if no version is current or AWS returns a permanent error. @throws AwsError */
  async currentVersion(secretArn: string): Promise<string> {
    try {
      const { VersionIdsToStages = {}, DeletedDate } = await this.#client.send(
        new DescribeSecretCommand({ SecretId: secretArn }),
      );
      if (DeletedDate !== undefined) return '';
      return (
        Object.keys(VersionIdsToStages).find((id) => VersionIdsToStages[id]?.includes('AWSCURRENT')) ?? ''
      );
    } catch (error) {
      // The next read of the secret value reports this error.
      if (PERMANENT_ERRORS.has(errorNameOf(error))) return '';
      throw new AwsError(`describe the secret ${secretArn}`, error);
    }
  }

  async #value(secretArn: string, version?: string) {
    try {
      const { SecretString, VersionId } = await this.#client.send(
        new GetSecretValueCommand({ SecretId: secretArn, VersionId: version }),
      );
      return { text: SecretString, version: VersionId ?? '' };
    } catch (error) {
      const name = errorNameOf(error);
      if (!PERMANENT_ERRORS.has(name)) throw new AwsError(`read the secret ${secretArn}`, error);
      throw new UnconfiguredError(`${name}: ${(error as Error).message}; secret ${secretArn}`, '', error);
    }
  }
}

/** Reads the text of a secret, and removes white space around the values. @throws UnconfiguredError */
export function readAppKey(
  text: string | undefined,
  fields: Broker['secretFields'],
  secretArn: string,
  version: string,
): AppKey {
  const expectedShape = `{"${fields.appkey}":"…","${fields.secret}":"…"}`;
  const throwUnconfigured = (why: string): never => {
    throw new UnconfiguredError(`${why}; it must be ${expectedShape}. Secret ${secretArn}`, version);
  };
  const json = v.safeParse(v.pipe(v.string(), v.parseJson()), text);
  if (!json.success) return throwUnconfigured('the secret is not JSON');
  const record = v.safeParse(v.record(v.string(), v.unknown()), json.output);
  if (!record.success) return throwUnconfigured('the secret is no object');
  const readSecretField = (name: string): string => {
    const parsed = v.safeParse(v.pipe(v.string(), v.trim(), v.nonEmpty()), record.output[name]);
    return parsed.success ? parsed.output : throwUnconfigured(`"${name}" is missing, empty or no text`);
  };
  const key: AppKey = { appkey: readSecretField(fields.appkey), secret: readSecretField(fields.secret) };
  if (PLACEHOLDER_PATTERN.test(key.appkey)) return throwUnconfigured(`${fields.appkey} is a placeholder`);
  if (PLACEHOLDER_PATTERN.test(key.secret)) return throwUnconfigured(`${fields.secret} is a placeholder`);
  return key;
}

import {
  GetParameterCommand,
  GetParametersCommand,
  type Parameter,
  PutParameterCommand,
  type PutParameterCommandInput,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import { BrokerTokensError } from '../shared/broker-tokens-error.ts';
import { type CredentialConfig, isFleetConfig, parseConfig } from '../shared/credential.ts';
import { CREDENTIAL_TAG, type ParameterNames, parameterNames } from '../shared/names.ts';
import type { State } from '../shared/state.ts';
import { AwsError, errorNameOf, request } from './aws-error.ts';
import { formatState, type ParsedState, parseState } from './state-codec.ts';

/** The config parameter of the credential does not exist. */
export class UnknownCredentialError extends BrokerTokensError {
  readonly code = 'UnknownCredential';
}

/** The config parameter is invalid. The published token stays in use. */
export class UnreadableConfigError extends BrokerTokensError {
  readonly code = 'UnreadableConfig';
  readonly state: State;
  readonly isFleetCredential: boolean;

  constructor(message: string, state: State, isFleetCredential: boolean) {
    super(message);
    this.state = state;
    this.isFleetCredential = isFleetCredential;
  }
}

export interface StoredCredential {
  readonly config: CredentialConfig;
  readonly state: State;
  /** The errors in an invalid state parameter; `state` then contains the fields that could be recovered. */
  readonly unreadable?: string | undefined;
  /** The version of the token parameter, read without decryption; absent if the parameter does not exist. */
  readonly tokenVersion?: number | undefined;
}

export interface StoredToken {
  readonly value: string;
  readonly version?: number | undefined;
}

export type Store = Pick<ParameterStore, 'read' | 'readToken' | 'writeToken' | 'writeState'>;

interface StoreOptions {
  readonly ssm: SSMClient;
  readonly prefix: string;
  /** The KMS key that encrypts the token parameters. */
  readonly tokenKeyArn: string;
  readonly now: () => number;
}

/** After a write, a read may return the previous value for this time, in milliseconds. */
const STALE_READ_TIME = 60_000;

/**
 * The parameters of all credentials. Every method may throw AwsError. Parameter Store has no compare-and-set
 * and no read-after-write consistency. The FIFO message group ensures that each credential has one writer. If
 * a read returns an older value than the last write of this instance, the class uses the written value.
 */
export class ParameterStore {
  readonly #options: StoreOptions;
  readonly #written = new Map<string, { version: number; at: number; value: string }>();
  readonly #existing = new Set<string>();

  constructor(options: StoreOptions) {
    this.#options = options;
  }

  /** @throws UnknownCredentialError, UnreadableConfigError */
  async read(credential: string): Promise<StoredCredential> {
    const { config, state, token } = this.#names(credential);
    const command = new GetParametersCommand({ Names: [config, state, token], WithDecryption: false });
    const read = () => this.#options.ssm.send(command);
    const { Parameters = [] } = await request(`read ${config}, ${state} and ${token}`, read);
    const find = (name: string) => Parameters.find(({ Name }) => Name === name);
    const configText = find(config)?.Value;
    if (configText === undefined)
      throw new UnknownCredentialError(
        `no credential "${credential}": the parameter ${config} does not exist. Add the credential to cdk.json and deploy, or add it with "tokens add", or correct the sender`,
      );
    const stored = this.#readState(state, find(state));
    const tokenVersion = this.#versionOf(token, find(token));
    const parsed = parseConfig(configText);
    if (!parsed.ok)
      throw new UnreadableConfigError(
        `credential "${credential}": the parameter ${config} is not valid (${parsed.problems}). The published token is kept. Correct these fields in cdk.json and deploy, or correct them in the parameter if "tokens add" created the credential`,
        stored.state,
        isFleetConfig(configText),
      );
    return { config: parsed.config, ...stored, tokenVersion };
  }

  #readState(name: string, parameter: Parameter | undefined): ParsedState {
    if (parameter !== undefined) this.#existing.add(name);
    const lastWrite = this.#recentWrite(name);
    const isStale = lastWrite !== undefined && (parameter?.Version ?? 0) < lastWrite.version;
    const { state, unreadable } = parseState(isStale ? lastWrite.value : parameter?.Value);
    if (unreadable === undefined) return { state };
    // The last issue call is not later than the write that damaged the parameter.
    const lastCallAt = state.lastCallAt ?? parameter?.LastModifiedDate?.getTime();
    return { state: { ...state, lastCallAt }, unreadable };
  }

  #versionOf(name: string, parameter: Parameter | undefined): number | undefined {
    const lastWrite = this.#recentWrite(name);
    if (parameter === undefined && lastWrite === undefined) {
      this.#existing.delete(name);
      return undefined;
    }
    this.#existing.add(name);
    return Math.max(parameter?.Version ?? 0, lastWrite?.version ?? 0);
  }

  /** Reads and decrypts the requested or the current version. Returns undefined if there is none. */
  async readToken(credential: string, requested?: number): Promise<StoredToken | undefined> {
    const { token } = this.#names(credential);
    const Name = requested === undefined ? token : `${token}:${requested}`;
    try {
      const command = new GetParameterCommand({ Name, WithDecryption: true });
      const { Value: value, Version: version } = (await this.#options.ssm.send(command)).Parameter ?? {};
      return value === undefined ? undefined : { value, version };
    } catch (error) {
      if (/^Parameter(?:Version)?NotFound$/.test(errorNameOf(error))) return undefined;
      throw new AwsError(`read ${Name}`, error);
    }
  }

  /** @returns the version of the parameter */
  async writeToken(credential: string, token: string): Promise<number | undefined> {
    const { token: name } = this.#names(credential);
    const encryption = { Type: 'SecureString', KeyId: this.#options.tokenKeyArn } as const;
    return this.#put(credential, { Name: name, Value: token, ...encryption });
  }

  async writeState(credential: string, state: State): Promise<void> {
    const { state: name } = this.#names(credential);
    await this.#put(credential, { Name: name, Value: formatState(state), Type: 'String' });
  }

  /** AWS rejects Tags together with Overwrite. Source: SSM API reference, PutParameter § Tags. */
  async #put(
    credential: string,
    parameter: Pick<PutParameterCommandInput, 'Type' | 'KeyId'> & Record<'Name' | 'Value', string>,
  ): Promise<number | undefined> {
    const { Name: name, Value: value } = parameter;
    const put = async (more: Pick<PutParameterCommandInput, 'Tags' | 'Overwrite'>) => {
      const command = new PutParameterCommand({ ...parameter, Tier: 'Standard', ...more });
      return (await this.#options.ssm.send(command)).Version;
    };
    const createOrOverwrite = async () => {
      if (this.#existing.has(name)) return put({ Overwrite: true });
      try {
        return await put({ Tags: [{ Key: CREDENTIAL_TAG, Value: credential }], Overwrite: false });
      } catch (error) {
        if (errorNameOf(error) !== 'ParameterAlreadyExists') throw error;
        this.#existing.add(name);
        return put({ Overwrite: true });
      }
    };
    const version = await request(`write ${name}`, createOrOverwrite, value);
    this.#existing.add(name);
    // The version of a token suffices to detect a stale read, so the class does not keep the token.
    const valueToKeep = parameter.Type === 'String' ? value : '';
    if (version !== undefined)
      this.#written.set(name, { version, at: this.#options.now(), value: valueToKeep });
    return version;
  }

  /** The last write of this instance if a read may still return an older value. */
  #recentWrite(name: string): { readonly version: number; readonly value: string } | undefined {
    const lastWrite = this.#written.get(name);
    return lastWrite !== undefined && this.#options.now() - lastWrite.at < STALE_READ_TIME
      ? lastWrite
      : undefined;
  }

  #names(credential: string): ParameterNames {
    return parameterNames(this.#options.prefix, credential);
  }
}

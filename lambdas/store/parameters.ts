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
import { INITIAL_STATE, type State } from '../shared/state.ts';
import { AwsError, errorNameOf, request } from './aws-error.ts';
import { formatState, parseState } from './state-codec.ts';

/** The config parameter of the credential does not exist. */
export class UnknownCredentialError extends BrokerTokensError {
  readonly code = 'UnknownCredential';
}

/** The config parameter is invalid. The published token stays in use. */
export class UnreadableConfigError extends BrokerTokensError {
  readonly code = 'UnreadableConfig';
  /** The stored state of the credential. */
  readonly state: State;
  /** Whether the config belongs to a fleet credential. */
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

/** The parameters of all credentials. Every method may throw AwsError. */
export interface Store {
  /**
   * Reads the config, the state and the version of the token parameter in one call. @throws
   * UnknownCredentialError, UnreadableConfigError
   */
  read(credential: string): Promise<StoredCredential>;
  /**
   * Reads and decrypts the token parameter, or an earlier version of the parameter. Returns undefined if the
   * parameter does not exist.
   */
  readToken(credential: string, version?: number): Promise<StoredToken | undefined>;
  /** @returns the version of the parameter */
  writeToken(credential: string, token: string): Promise<number | undefined>;
  writeState(credential: string, state: State): Promise<void>;
}

export interface StoreOptions {
  readonly ssm: SSMClient;
  readonly prefix: string;
  /** The KMS key that encrypts the token parameters. */
  readonly tokenKeyArn: string;
  readonly now: () => number;
}

/** The time after a write in which a read may still return the previous value, in milliseconds. */
const STALE_READ_TIME = 60_000;

/**
 * Parameter Store has no compare-and-set and no read-after-write consistency. The FIFO message group ensures
 * that each credential has one writer. If a read returns an older value than the last write of this instance,
 * the class uses the written value.
 */
export class ParameterStore implements Store {
  readonly #options: StoreOptions;
  readonly #written = new Map<string, { version: number; at: number; value: string }>();
  readonly #existing = new Set<string>();

  constructor(options: StoreOptions) {
    this.#options = options;
  }

  async read(credential: string): Promise<StoredCredential> {
    const names = this.#names(credential);
    const { Parameters = [] } = await request(`read ${names.config}, ${names.state} and ${names.token}`, () =>
      this.#options.ssm.send(
        new GetParametersCommand({ Names: [names.config, names.state, names.token], WithDecryption: false }),
      ),
    );
    const configText = findParameter(Parameters, names.config)?.Value;
    if (configText === undefined)
      throw new UnknownCredentialError(
        `no credential "${credential}": the parameter ${names.config} does not exist. Add the credential to cdk.json and deploy, or add it with "tokens add", or correct the sender`,
      );
    const stored = this.#readState(names.state, findParameter(Parameters, names.state));
    const tokenVersion = this.#versionOf(names.token, findParameter(Parameters, names.token));
    const parsed = parseConfig(configText);
    if (!parsed.ok)
      throw new UnreadableConfigError(
        `credential "${credential}": the parameter ${names.config} is not valid (${parsed.problems}). The published token is kept. Correct these fields in cdk.json and deploy, or correct them in the parameter if "tokens add" created the credential`,
        stored.state,
        isFleetConfig(configText),
      );
    return { config: parsed.config, ...stored, tokenVersion };
  }

  #readState(name: string, parameter: Parameter | undefined): Pick<StoredCredential, 'state' | 'unreadable'> {
    if (parameter !== undefined) this.#existing.add(name);
    const text = this.#newest(name, parameter);
    if (text === undefined) return { state: INITIAL_STATE };
    const { state, unreadable } = parseState(text);
    if (unreadable === undefined) return { state };
    // The last issue call was made before the parameter was damaged, so the modification time of the
    // parameter is a safe substitute for the time of the call.
    const lastCallAt = state.lastCallAt ?? parameter?.LastModifiedDate?.getTime();
    return { state: { ...state, lastCallAt }, unreadable };
  }

  #versionOf(name: string, parameter: Parameter | undefined): number | undefined {
    const own = this.#fresh(name);
    if (parameter === undefined && own === undefined) {
      this.#existing.delete(name);
      return undefined;
    }
    this.#existing.add(name);
    return Math.max(parameter?.Version ?? 0, own?.version ?? 0);
  }

  async readToken(credential: string, version?: number): Promise<StoredToken | undefined> {
    const { token } = this.#names(credential);
    const Name = version === undefined ? token : `${token}:${version}`;
    try {
      const { Parameter } = await this.#options.ssm.send(
        new GetParameterCommand({ Name, WithDecryption: true }),
      );
      return Parameter?.Value === undefined
        ? undefined
        : { value: Parameter.Value, version: Parameter.Version };
    } catch (error) {
      if (errorNameOf(error) === 'ParameterNotFound' || errorNameOf(error) === 'ParameterVersionNotFound')
        return undefined;
      throw new AwsError(`read ${Name}`, error);
    }
  }

  async writeToken(credential: string, token: string): Promise<number | undefined> {
    const { token: name } = this.#names(credential);
    const KeyId = this.#options.tokenKeyArn;
    const version = await this.#put(credential, { Name: name, Value: token, Type: 'SecureString', KeyId });
    // The version suffices to detect a read that is older than this write.
    if (version !== undefined) this.#written.set(name, { version, at: this.#options.now(), value: '' });
    return version;
  }

  async writeState(credential: string, state: State): Promise<void> {
    const { state: name } = this.#names(credential);
    const value = formatState(state);
    const version = await this.#put(credential, { Name: name, Value: value, Type: 'String' });
    if (version !== undefined) this.#written.set(name, { version, at: this.#options.now(), value });
  }

  /**
   * AWS rejects Tags together with Overwrite, so the class creates a parameter with tags and overwrites it
   * without tags. Source: SSM API reference, PutParameter § Tags.
   */
  async #put(
    credential: string,
    parameter: Pick<PutParameterCommandInput, 'Name' | 'Value' | 'Type' | 'KeyId'> & {
      readonly Name: string;
    },
  ): Promise<number | undefined> {
    const { ssm } = this.#options;
    const input = { ...parameter, Tier: 'Standard' } as const;
    const write = async () => {
      if (!this.#existing.has(parameter.Name)) {
        const Tags = [{ Key: CREDENTIAL_TAG, Value: credential }];
        try {
          const createResponse = await ssm.send(
            new PutParameterCommand({ ...input, Tags, Overwrite: false }),
          );
          this.#existing.add(parameter.Name);
          return createResponse.Version;
        } catch (error) {
          if (errorNameOf(error) !== 'ParameterAlreadyExists') throw error;
          this.#existing.add(parameter.Name);
        }
      }
      return (await ssm.send(new PutParameterCommand({ ...input, Overwrite: true }))).Version;
    };
    return request(`write ${parameter.Name}`, write, input.Value);
  }

  #newest(name: string, read: Parameter | undefined): string | undefined {
    const own = this.#fresh(name);
    return own !== undefined && (read?.Version ?? 0) < own.version ? own.value : read?.Value;
  }

  /** Returns the last write of this instance if a read may still return an older value. */
  #fresh(name: string): { readonly version: number; readonly value: string } | undefined {
    const own = this.#written.get(name);
    return own !== undefined && this.#options.now() - own.at < STALE_READ_TIME ? own : undefined;
  }

  #names(credential: string): ParameterNames {
    return parameterNames(this.#options.prefix, credential);
  }
}

function findParameter(parameters: readonly Parameter[], name: string): Parameter | undefined {
  return parameters.find(({ Name }) => Name === name);
}

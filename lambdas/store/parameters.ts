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
import { AwsError, nameOf } from './aws-error.ts';
import { formatState, parseState } from './state-codec.ts';

/** The config parameter of the credential does not exist. */
export class UnknownCredentialError extends BrokerTokensError {
  readonly code = 'UnknownCredential';
}

/** The config parameter is invalid. The published token is kept. */
export class UnreadableConfigError extends BrokerTokensError {
  readonly code = 'UnreadableConfig';
  /** The stored state of the credential. */
  readonly state: State;
  /** `tokens add` wrote the config. */
  readonly isFleetCredential: boolean;

  constructor(message: string, state: State, isAdded: boolean) {
    super(message);
    this.state = state;
    this.isFleetCredential = isAdded;
  }
}

export interface StoredCredential {
  readonly config: CredentialConfig;
  readonly state: State;
  /** What is wrong with the state parameter; `state` then holds the fields that could be recovered. */
  readonly unreadable?: string | undefined;
  /** Version of the token parameter, read without decryption; absent if there is none. */
  readonly tokenVersion?: number | undefined;
}

export interface StoredToken {
  readonly value: string;
  readonly version?: number | undefined;
}

/** The parameters of all credentials, as the refresher needs them. Every method may throw AwsError. */
export interface Store {
  /**
   * Config, state and the token's version in one call. @throws UnknownCredentialError, UnreadableConfigError
   */
  read(credential: string): Promise<StoredCredential>;
  /** The decrypted token parameter, or an earlier version of it; only for revoke, verify and restore. */
  readToken(credential: string, version?: number): Promise<StoredToken | undefined>;
  /** @returns the version of the parameter */
  writeToken(credential: string, token: string): Promise<number | undefined>;
  writeState(credential: string, state: State): Promise<void>;
}

export interface StoreOptions {
  readonly ssm: SSMClient;
  readonly prefix: string;
  /** KMS key of the token parameters. */
  readonly tokenKeyArn: string;
  readonly now: () => number;
}

/** A read this soon after a write may still return the parameter as it was before; milliseconds. */
const STALE_READ_TIME = 60_000;

/**
 * Parameter Store has no compare-and-set and no read-after-write consistency. The FIFO group ensures one
 * writer, and a read that is older than the last write of this instance is replaced by that write.
 */
export class ParameterStore implements Store {
  readonly #options: StoreOptions;
  readonly #written = new Map<string, { version: number; at: number; value: string }>();
  readonly #known = new Set<string>();

  constructor(options: StoreOptions) {
    this.#options = options;
  }

  async read(credential: string): Promise<StoredCredential> {
    const names = this.#names(credential);
    const { Parameters = [] } = await attempt(`read ${names.config}, ${names.state} and ${names.token}`, () =>
      this.#options.ssm.send(
        new GetParametersCommand({ Names: [names.config, names.state, names.token], WithDecryption: false }),
      ),
    );
    const configText = find(Parameters, names.config)?.Value;
    if (configText === undefined)
      throw new UnknownCredentialError(
        `no credential "${credential}": the parameter ${names.config} does not exist. Add the credential to cdk.json and deploy, or add it with "tokens add", or correct the sender`,
      );
    const stored = this.#readState(names.state, find(Parameters, names.state));
    const tokenVersion = this.#versionOf(names.token, find(Parameters, names.token));
    const parsed = parseConfig(configText);
    if (!parsed.ok)
      throw new UnreadableConfigError(
        `credential "${credential}": the parameter ${names.config} is not valid (${parsed.problems}). The published token is kept. Correct these fields in cdk.json and deploy; of a credential from "tokens add", correct them in the parameter`,
        stored.state,
        isFleetConfig(configText),
      );
    return { config: parsed.config, ...stored, tokenVersion };
  }

  #readState(name: string, parameter: Parameter | undefined): Pick<StoredCredential, 'state' | 'unreadable'> {
    if (parameter !== undefined) this.#known.add(name);
    const text = this.#newest(name, parameter);
    if (text === undefined) return { state: INITIAL_STATE };
    const { state, unreadable } = parseState(text);
    if (unreadable === undefined) return { state };
    // The damage happened after the last call, so its time bounds the minimum interval.
    const lastCallAt = state.lastCallAt ?? parameter?.LastModifiedDate?.getTime();
    return { state: { ...state, lastCallAt }, unreadable };
  }

  #versionOf(name: string, parameter: Parameter | undefined): number | undefined {
    const own = this.#fresh(name);
    if (parameter === undefined && own === undefined) {
      this.#known.delete(name);
      return undefined;
    }
    this.#known.add(name);
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
      if (nameOf(error) === 'ParameterNotFound' || nameOf(error) === 'ParameterVersionNotFound')
        return undefined;
      throw new AwsError(`read ${Name}`, error);
    }
  }

  async writeToken(credential: string, token: string): Promise<number | undefined> {
    const { token: name } = this.#names(credential);
    const KeyId = this.#options.tokenKeyArn;
    const version = await this.#put(credential, { Name: name, Value: token, Type: 'SecureString', KeyId });
    // The version is enough to identify a read that is older than this write.
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
   * AWS refuses Tags together with Overwrite, so a parameter is created with tags and overwritten
   * without them. Source: AWS API reference, PutParameter § Tags.
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
      if (!this.#known.has(parameter.Name)) {
        const Tags = [{ Key: CREDENTIAL_TAG, Value: credential }];
        try {
          const created = await ssm.send(new PutParameterCommand({ ...input, Tags, Overwrite: false }));
          this.#known.add(parameter.Name);
          return created.Version;
        } catch (error) {
          if (nameOf(error) !== 'ParameterAlreadyExists') throw error;
          this.#known.add(parameter.Name);
        }
      }
      return (await ssm.send(new PutParameterCommand({ ...input, Overwrite: true }))).Version;
    };
    return attempt(`write ${parameter.Name}`, write, input.Value);
  }

  #newest(name: string, read: Parameter | undefined): string | undefined {
    const own = this.#fresh(name);
    return own !== undefined && (read?.Version ?? 0) < own.version ? own.value : read?.Value;
  }

  /** The last write of this instance, while a read may still be older. */
  #fresh(name: string): { readonly version: number; readonly value: string } | undefined {
    const own = this.#written.get(name);
    return own !== undefined && this.#options.now() - own.at < STALE_READ_TIME ? own : undefined;
  }

  #names(credential: string): ParameterNames {
    return parameterNames(this.#options.prefix, credential);
  }
}

function find(parameters: readonly Parameter[], name: string): Parameter | undefined {
  return parameters.find(({ Name }) => Name === name);
}

/** @param secret text that AWS may repeat from the request, and that must not appear in an error */
async function attempt<T>(action: string, run: () => Promise<T>, secret?: string): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw new AwsError(action, error, secret);
  }
}

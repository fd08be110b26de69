import {
  GetParameterCommand,
  GetParametersCommand,
  type Parameter,
  PutParameterCommand,
  type PutParameterCommandInput,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import { type CredentialConfig, parseConfig } from '../shared/credential.ts';
import { BrokerTokensError } from '../shared/errors.ts';
import { CREDENTIAL_TAG, type ParameterNames, parameterNames } from '../shared/names.ts';
import { formatState, NO_STATE, parseState, type State } from '../shared/state.ts';
import { AwsTrouble } from './errors.ts';

/** There is no credential of that name: its config parameter does not exist. */
export class UnknownCredential extends BrokerTokensError {
  readonly code = 'UnknownCredential';
}

/** The config parameter is not what the stack, or `tokens add`, writes. */
export class UnreadableConfig extends BrokerTokensError {
  readonly code = 'UnreadableConfig';
}

export interface StoredCredential {
  readonly config: CredentialConfig;
  readonly state: State;
  /** The state parameter is no state; `state` is what could be saved of it. */
  readonly unreadable?: string | undefined;
}

/** The parameters of all credentials, as the refresher needs them. Every method may throw AwsTrouble. */
export interface Store {
  /** Config and state in one call. @throws UnknownCredential, UnreadableConfig */
  read(credential: string): Promise<StoredCredential>;
  /** The published token in clear; only for revoke and verification. */
  readToken(credential: string): Promise<string | undefined>;
  writeToken(credential: string, token: string): Promise<void>;
  writeState(credential: string, state: State): Promise<void>;
}

export interface StoreOptions {
  readonly ssm: SSMClient;
  readonly prefix: string;
  /** KMS key of the token parameters. */
  readonly tokenKeyArn: string;
  readonly now: () => number;
}

/** A read this soon after our own write may still show the parameter as it was before. */
const STALE_FOR = 60_000;

/**
 * Parameter Store has no compare-and-set and promises no read-after-write: the FIFO group keeps
 * writers apart, and a read that is older than our own last write is not believed.
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
    const { Parameters = [] } = await attempt(`read ${names.config} and ${names.state}`, () =>
      this.#options.ssm.send(new GetParametersCommand({ Names: [names.config, names.state] })),
    );
    const configText = textOf(Parameters, names.config);
    if (configText === undefined)
      throw new UnknownCredential(
        `no credential "${credential}": the parameter ${names.config} does not exist. Add it to cdk.json and deploy, or with "tokens add", or correct the sender`,
      );
    const parsed = parseConfig(configText);
    if (!parsed.ok)
      throw new UnreadableConfig(
        `credential "${credential}": the parameter ${names.config} cannot be understood (${parsed.problems}). Deploy the stack again; one that was added: "tokens remove", then "tokens add"`,
      );

    const parameter = Parameters.find(({ Name }) => Name === names.state);
    if (parameter !== undefined) this.#known.add(names.state);
    const text = this.#newest(names.state, parameter);
    if (text === undefined) return { config: parsed.config, state: NO_STATE };
    const { state, unreadable } = parseState(text);
    if (state.generation > 0) this.#known.add(names.token);
    if (unreadable === undefined) return { config: parsed.config, state };
    // Whoever wrote this wrote it after the last call: the best bound there is for the minimum interval.
    const lastCallAt = state.lastCallAt ?? parameter?.LastModifiedDate?.getTime();
    return { config: parsed.config, state: { ...state, lastCallAt }, unreadable };
  }

  async readToken(credential: string): Promise<string | undefined> {
    const { token } = this.#names(credential);
    try {
      const { Parameter } = await this.#options.ssm.send(
        new GetParameterCommand({ Name: token, WithDecryption: true }),
      );
      return Parameter?.Value;
    } catch (error) {
      if (nameOf(error) === 'ParameterNotFound') return undefined;
      throw new AwsTrouble(`read ${token}`, error);
    }
  }

  async writeToken(credential: string, token: string): Promise<void> {
    const { token: name } = this.#names(credential);
    await this.#put(credential, {
      Name: name,
      Value: token,
      Type: 'SecureString',
      KeyId: this.#options.tokenKeyArn,
    });
  }

  async writeState(credential: string, state: State): Promise<void> {
    const { state: name } = this.#names(credential);
    const value = formatState(state);
    const version = await this.#put(credential, { Name: name, Value: value, Type: 'String' });
    if (version !== undefined) this.#written.set(name, { version, at: this.#options.now(), value });
  }

  /**
   * Tags and Overwrite together are refused, so a parameter is created with tags, and overwritten
   * without. Source: AWS API reference, PutParameter § Tags.
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
    return attempt(`write ${parameter.Name}`, write, parameter.Type === 'SecureString' ? input.Value : '');
  }

  #newest(name: string, read: Parameter | undefined): string | undefined {
    const own = this.#written.get(name);
    const stale =
      own !== undefined && this.#options.now() - own.at < STALE_FOR && (read?.Version ?? 0) < own.version;
    return stale ? own.value : read?.Value;
  }

  #names(credential: string): ParameterNames {
    return parameterNames(this.#options.prefix, credential);
  }
}

function textOf(parameters: readonly Parameter[], name: string): string | undefined {
  return parameters.find(({ Name }) => Name === name)?.Value;
}

/** @param secret what AWS might repeat of what it was sent, and must not be told on */
async function attempt<T>(action: string, run: () => Promise<T>, secret = ''): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw new AwsTrouble(action, error, secret);
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

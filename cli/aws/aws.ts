import type { Command } from '@aws-sdk/types';
import { AwsCallError } from '../cli-error.ts';
import type { AwsOptions, ClientSettings } from './client-settings.ts';
import { describeAwsError } from './describe-aws-error.ts';

/** Each client is loaded when a command first uses it, so that commands start fast. */
const CLIENT_LOADERS = {
  ssm: async () => import('@aws-sdk/client-ssm'),
  secretsmanager: async () => import('@aws-sdk/client-secrets-manager'),
  sqs: async () => import('@aws-sdk/client-sqs'),
  cloudwatch: async () => import('@aws-sdk/client-cloudwatch'),
  lambda: async () => import('@aws-sdk/client-lambda'),
  scheduler: async () => import('@aws-sdk/client-scheduler'),
  sns: async () => import('@aws-sdk/client-sns'),
  kms: async () => import('@aws-sdk/client-kms'),
  cloudformation: async () => import('@aws-sdk/client-cloudformation'),
  sts: async () => import('@aws-sdk/client-sts'),
} as const;

type Service = keyof typeof CLIENT_LOADERS;
type SdkModule<S extends Service> = Awaited<ReturnType<(typeof CLIENT_LOADERS)[S]>>;
type OperationOf<M> = keyof M extends infer K ? (K extends `${infer O}Command` ? O : never) : never;
type CommandClass<M, O extends string> = `${O}Command` extends keyof M ? M[`${O}Command`] : never;

/** An AWS operation in the format of an IAM action, such as `ssm:GetParameters`. */
export type Action = { [S in Service]: `${S}:${OperationOf<SdkModule<S>>}` }[Service];
type CommandClassOf<A extends Action> = A extends `${infer S extends Service}:${infer O}`
  ? CommandClass<SdkModule<S>, O>
  : never;
type InputOf<A extends Action> =
  CommandClassOf<A> extends new (...args: infer Args) => unknown ? NonNullable<Args[0]> : never;
type OutputOf<A extends Action> =
  CommandClassOf<A> extends new (
    ...args: never[]
  ) => Command<infer _ClientInput, infer _Input, infer _ClientOutput, infer Output, infer _Settings>
    ? Output
    : never;

interface SdkClient {
  readonly config: { readonly region: () => Promise<string>; readonly systemClockOffset?: number };
  send(command: unknown, options?: { readonly abortSignal: AbortSignal }): Promise<unknown>;
  destroy(): void;
}

/** Calls AWS with one SDK client per service, and converts every error to an AwsCallError. */
export class Aws {
  /** The AWS region; undefined before the first call. */
  region: string | undefined;
  /** The AWS time minus the time of this machine, in milliseconds, calculated from the last response. */
  clockOffset = 0;
  readonly #profile: string | undefined;
  readonly #loadSettings: () => Promise<ClientSettings>;
  readonly #signal: AbortSignal;
  readonly #clients = new Map<Service, Promise<SdkClient>>();
  #settings: Promise<ClientSettings> | undefined;

  constructor({ profile }: AwsOptions, loadSettings: () => Promise<ClientSettings>, signal: AbortSignal) {
    this.#profile = profile;
    this.#loadSettings = loadSettings;
    this.#signal = signal;
  }

  /** @param resource the name or the ARN of the resource, for error messages. @throws AwsCallError */
  async call<A extends Action>(action: A, resource: string, input: InputOf<A>): Promise<OutputOf<A>> {
    const [service, operation] = action.split(':') as [Service, string];
    try {
      const module = (await CLIENT_LOADERS[service]()) as Readonly<Record<string, unknown>>;
      const CommandClass = module[`${operation}Command`] as new (input: object) => unknown;
      const client = await this.#client(service, module);
      // Only read operations are aborted, because AWS can still complete an aborted write operation.
      const isReadOperation = /^(Get|List|Describe)/.test(operation);
      const options = isReadOperation ? { abortSignal: this.#signal } : undefined;
      const output = await client.send(new CommandClass(input), options);
      this.clockOffset = client.config.systemClockOffset ?? 0;
      return output as OutputOf<A>;
    } catch (error) {
      throw describeAwsError(error, { action, resource, region: this.region, profile: this.#profile });
    }
  }

  /** Like `call`, but returns undefined if AWS reports that the resource does not exist. */
  async find<A extends Action>(action: A, resource: string, input: InputOf<A>) {
    return this.call(action, resource, input).catch((error: unknown) => {
      if (error instanceof AwsCallError && error.kind === 'not-found') return undefined;
      throw error;
    });
  }

  async pages<A extends Action>(action: A, resource: string, input: InputOf<A>) {
    const pages: OutputOf<A>[] = [];
    for (let NextToken: string | undefined; ; ) {
      const page = await this.call(action, resource, { ...input, ...(NextToken && { NextToken }) });
      pages.push(page);
      NextToken = (page as { readonly NextToken?: string }).NextToken;
      if (!NextToken) return pages;
    }
  }

  /** Closes all connections, because open connections keep the process running. */
  async close(): Promise<void> {
    const clients = await Promise.allSettled(this.#clients.values());
    for (const client of clients) if (client.status === 'fulfilled') client.value.destroy();
  }

  #client(service: Service, module: object): Promise<SdkClient> {
    const cachedClient = this.#clients.get(service) ?? this.#createClient(module);
    this.#clients.set(service, cachedClient);
    return cachedClient;
  }

  async #createClient(module: object): Promise<SdkClient> {
    this.#settings ??= this.#loadSettings();
    // Each SDK module exports exactly one class whose name ends with Client, for example SSMClient.
    const [, ClientClass] = Object.entries(module).find(([name]) => /^[A-Z]\w+Client$/.test(name)) ?? [];
    const client: SdkClient = new ClientClass(await this.#settings);
    this.region ??= await client.config.region();
    return client;
  }
}

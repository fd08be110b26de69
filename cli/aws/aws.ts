import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { KMSClient } from '@aws-sdk/client-kms';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { SchedulerClient } from '@aws-sdk/client-scheduler';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { SSMClient } from '@aws-sdk/client-ssm';
import type { STSClient } from '@aws-sdk/client-sts';
import type { AwsOptions, ClientSettings } from './client-settings.ts';
import { type ClockReading, watchClock } from './clock-skew.ts';
import { describeAwsError } from './describe-aws-error.ts';

interface Clients {
  ssm: SSMClient;
  secretsmanager: SecretsManagerClient;
  sqs: SQSClient;
  cloudwatch: CloudWatchClient;
  lambda: LambdaClient;
  scheduler: SchedulerClient;
  sns: SNSClient;
  kms: KMSClient;
  cloudformation: CloudFormationClient;
  sts: STSClient;
}
export type Service = keyof Clients;

/** A command starts fast because it loads only the clients that it uses. */
const MAKE: { readonly [S in Service]: (settings: ClientSettings) => Promise<Clients[S]> } = {
  ssm: async (settings) => new (await import('@aws-sdk/client-ssm')).SSMClient(settings),
  secretsmanager: async (settings) =>
    new (await import('@aws-sdk/client-secrets-manager')).SecretsManagerClient(settings),
  sqs: async (settings) => new (await import('@aws-sdk/client-sqs')).SQSClient(settings),
  cloudwatch: async (settings) => new (await import('@aws-sdk/client-cloudwatch')).CloudWatchClient(settings),
  lambda: async (settings) => new (await import('@aws-sdk/client-lambda')).LambdaClient(settings),
  scheduler: async (settings) => new (await import('@aws-sdk/client-scheduler')).SchedulerClient(settings),
  sns: async (settings) => new (await import('@aws-sdk/client-sns')).SNSClient(settings),
  kms: async (settings) => new (await import('@aws-sdk/client-kms')).KMSClient(settings),
  cloudformation: async (settings) =>
    new (await import('@aws-sdk/client-cloudformation')).CloudFormationClient(settings),
  sts: async (settings) => new (await import('@aws-sdk/client-sts')).STSClient(settings),
};

/** The way to AWS: one client for each service, and every error explained. */
export class Aws {
  readonly #options: AwsOptions;
  readonly #settings: () => Promise<ClientSettings>;
  readonly #clients = new Map<Service, Promise<Clients[Service]>>();
  readonly #readings: ClockReading[] = [];
  #loaded: Promise<ClientSettings> | undefined;
  #region: string | undefined;

  constructor(options: AwsOptions, settings: () => Promise<ClientSettings>) {
    this.#options = options;
    this.#settings = settings;
  }

  /** Where the calls go, once the first was made. */
  get region(): string | undefined {
    return this.#region;
  }

  /** What the answers said of the clock of this machine. */
  get clockReadings(): readonly ClockReading[] {
    return this.#readings;
  }

  /**
   * Makes calls with one client.
   *
   * @param action what is tried, as a permission: `ssm:GetParameters`; its service picks the client
   * @param resource what it is tried on, for the message
   * @throws AwsCallError
   */
  async use<S extends Service, T>(
    action: `${S}:${string}`,
    resource: string,
    work: (client: Clients[S]) => Promise<T>,
  ): Promise<T> {
    try {
      return await work(await this.#client(action.slice(0, action.indexOf(':')) as S));
    } catch (error) {
      const { profile } = this.#options;
      throw describeAwsError(error, { action, resource, region: this.#region, profile });
    }
  }

  /** Connections that stay open keep the process from ending. */
  async close(): Promise<void> {
    const clients = await Promise.allSettled(this.#clients.values());
    for (const client of clients) if (client.status === 'fulfilled') client.value.destroy();
  }

  #client<S extends Service>(service: S): Promise<Clients[S]> {
    const known = this.#clients.get(service) as Promise<Clients[S]> | undefined;
    if (known !== undefined) return known;
    const made = this.#make(service);
    this.#clients.set(service, made);
    return made;
  }

  async #make<S extends Service>(service: S): Promise<Clients[S]> {
    this.#loaded ??= this.#settings();
    const client: Clients[S] = await MAKE[service](await this.#loaded);
    this.#region ??= await client.config.region();
    watchClock(client, this.#readings);
    return client;
  }
}

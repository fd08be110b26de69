import { randomUUID } from 'node:crypto';
import type { SQSEvent } from 'aws-lambda';
import type { AppKey } from '../lambdas/brokers/broker.ts';
import { type CredentialConfig, formatConfig, parseConfig } from '../lambdas/shared/credential.ts';
import type { InboxMessage } from '../lambdas/shared/message.ts';
import {
  BROKER_URL_ENVIRONMENT,
  DEFAULT_PARAMETER_PREFIX,
  ENVIRONMENT,
  parameterNames,
} from '../lambdas/shared/names.ts';
import type { State } from '../lambdas/shared/state.ts';
import { parseState } from '../lambdas/store/state-codec.ts';
import { FakeAws } from './aws/fake-aws.ts';
import { FAKE_KEYS } from './brokers/keys.ts';
import { type KisOptions, KisSimulator } from './brokers/kis.ts';
import { type KiwoomOptions, KiwoomSimulator } from './brokers/kiwoom.ts';
import { ManualClock } from './clock.ts';
import { type DeadSpan, deadSpans } from './dead-spans.ts';
import { invocationTimeout, secretText, TOKEN_KEY_ARN } from './explore/world-state.ts';
import type { RunningServer } from './http.ts';

export const KIS_KEY: AppKey = FAKE_KEYS.kis;
export const KIWOOM_KEY: AppKey = FAKE_KEYS.kiwoom;

export interface LoopbackWorldOptions {
  /** The first simulated instant, in epoch milliseconds. */
  readonly start: number;
  readonly credentials: readonly WorldCredential[];
  readonly kis?: Partial<KisOptions>;
  readonly kiwoom?: Partial<KiwoomOptions>;
}

export type WorldCredential = Pick<CredentialConfig, 'id' | 'broker'> &
  Partial<Omit<CredentialConfig, 'version' | 'secretArn'>>;

/**
 * A simulated environment of the deployed refresher on loopback: both brokers, the fake AWS and one clock.
 */
export class LoopbackWorld {
  readonly clock: ManualClock;
  readonly aws: FakeAws;
  readonly kis: KisSimulator;
  readonly kiwoom: KiwoomSimulator;
  readonly credentials: readonly CredentialConfig[];
  /** The environment variables of the function. */
  readonly environment: Readonly<Record<string, string>>;
  readonly #servers: readonly RunningServer[];
  #received = 0;

  private constructor(
    parts: Pick<LoopbackWorld, 'clock' | 'aws' | 'kis' | 'kiwoom' | 'credentials'>,
    servers: Servers,
  ) {
    this.clock = parts.clock;
    this.aws = parts.aws;
    this.kis = parts.kis;
    this.kiwoom = parts.kiwoom;
    this.credentials = parts.credentials;
    this.#servers = Object.values(servers);
    this.environment = {
      [ENVIRONMENT.parameterPrefix]: DEFAULT_PARAMETER_PREFIX,
      [ENVIRONMENT.tokenKeyArn]: TOKEN_KEY_ARN,
      [ENVIRONMENT.namePrefix]: 'BrokerTokens',
      [BROKER_URL_ENVIRONMENT.kis.paper]: servers.kis.url,
      [BROKER_URL_ENVIRONMENT.kiwoom.paper]: servers.kiwoom.url,
      AWS_ENDPOINT_URL: servers.aws.url,
      AWS_REGION: 'ap-northeast-2',
      AWS_ACCESS_KEY_ID: 'FAKE',
      AWS_SECRET_ACCESS_KEY: 'FAKE',
    };
  }

  /** Starts the servers and creates the secrets and config parameters. */
  static async start({
    start,
    credentials,
    kis: kisOptions,
    kiwoom: kiwoomOptions,
  }: LoopbackWorldOptions): Promise<LoopbackWorld> {
    const clock = new ManualClock(start);
    const aws = new FakeAws({ clock });
    const kis = new KisSimulator({ clock, market: 'paper', keys: [KIS_KEY], options: kisOptions ?? {} });
    const kiwoom = new KiwoomSimulator({
      clock,
      market: 'paper',
      keys: [KIWOOM_KEY],
      options: kiwoomOptions ?? {},
    });
    const servers = { aws: await aws.listen(), kis: await kis.listen(), kiwoom: await kiwoom.listen() };
    const secretArns = {
      kis: aws.putSecret('kis', secretText('kis', KIS_KEY)),
      kiwoom: aws.putSecret('kiwoom', secretText('kiwoom', KIWOOM_KEY)),
    };
    const configs = credentials.map(
      (credential): CredentialConfig => ({
        market: 'paper',
        renewBeforeSeconds: 3600,
        checkEverySeconds: 300,
        sessions: [],
        maxIssuesPerDay: 8,
        ...credential,
        version: 1,
        secretArn: secretArns[credential.broker],
      }),
    );
    for (const config of configs) aws.putParameter(names(config.id).config, formatConfig(config));
    return new LoopbackWorld({ clock, aws, kis, kiwoom, credentials: configs }, servers);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.close()));
  }

  /** Returns the invocation timeout for this credential, in milliseconds. */
  timeout(id: string): number {
    return invocationTimeout(this.config(id));
  }

  config(id: string): CredentialConfig {
    const config = this.credentials.find((credential) => credential.id === id);
    if (config !== undefined) return config;
    // A credential that was added after the start has its configuration only in its config parameter.
    const parsedConfig = parseConfig(this.aws.parameter(names(id).config)?.value ?? '');
    if (!parsedConfig.ok) throw new Error(`the world has no credential "${id}"`);
    return parsedConfig.config;
  }

  broker(id: string): KisSimulator | KiwoomSimulator {
    return this.config(id).broker === 'kis' ? this.kis : this.kiwoom;
  }

  /** Stores an app key, or any text, as the new value of the broker's secret. */
  putSecret(broker: 'kis' | 'kiwoom', key: AppKey | string): void {
    this.aws.putSecret(broker, typeof key === 'string' ? key : secretText(broker, key));
  }

  /** Creates a Lambda event that contains one SQS message. */
  event(message: InboxMessage, messageId: string = this.nextMessageId()): SQSEvent {
    return createSqsEvent(JSON.stringify(message), message.credential, messageId, this.clock.now());
  }

  nextMessageId(): string {
    this.#received += 1;
    return `message-${this.#received}`;
  }

  /** Returns the published token and the published state of a credential. */
  published(id: string): { readonly token: string | undefined; readonly state: State | undefined } {
    const text = this.aws.parameter(names(id).state)?.value;
    return {
      token: this.aws.parameter(names(id).token)?.value,
      state: text === undefined ? undefined : parseState(text).state,
    };
  }

  /** Returns the periods without a live token from the first publication to `end`. */
  deadSpans(id: string, end: number = this.clock.now()): readonly DeadSpan[] {
    const versions = this.aws.parameterVersions(names(id).token);
    const publications = versions.map(({ modifiedAt: at, value: token }) => ({ at, token }));
    return deadSpans(publications, this.broker(id), end);
  }
}

interface Servers {
  readonly aws: RunningServer;
  readonly kis: RunningServer;
  readonly kiwoom: RunningServer;
}

export function createSqsEvent(
  body: string,
  group: string,
  messageId: string = randomUUID(),
  sentAt = 0,
): SQSEvent {
  return {
    Records: [
      {
        messageId,
        receiptHandle: 'fake-receipt',
        body,
        attributes: {
          ApproximateReceiveCount: '1',
          SentTimestamp: String(sentAt),
          SenderId: 'fake-sender',
          ApproximateFirstReceiveTimestamp: String(sentAt),
          MessageGroupId: group,
        },
        messageAttributes: {},
        md5OfBody: '',
        eventSource: 'aws:sqs',
        eventSourceARN: 'arn:aws:sqs:ap-northeast-2:123456789012:broker-tokens-inbox.fifo',
        awsRegion: 'ap-northeast-2',
      },
    ],
  };
}

export function names(id: string) {
  return parameterNames(DEFAULT_PARAMETER_PREFIX, id);
}

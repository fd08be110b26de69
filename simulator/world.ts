import { randomUUID } from 'node:crypto';
import type { SQSEvent } from 'aws-lambda';
import type { AppKey } from '../lambdas/brokers/broker.ts';
import {
  type BrokerId,
  type CredentialConfig,
  formatConfig,
  parseConfig,
} from '../lambdas/shared/credential.ts';
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
import { listenAll } from './http.ts';

export const { kis: KIS_KEY, kiwoom: KIWOOM_KEY } = FAKE_KEYS;

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
  environment: Readonly<Record<string, string>> = {};
  stop: () => Promise<void> = async () => {};
  #received = 0;

  private constructor({ start, credentials, kis, kiwoom }: LoopbackWorldOptions) {
    this.clock = new ManualClock(start);
    const common = { clock: this.clock, market: 'paper' } as const;
    this.aws = new FakeAws(common);
    this.kis = new KisSimulator({ ...common, keys: [KIS_KEY], options: kis });
    this.kiwoom = new KiwoomSimulator({ ...common, keys: [KIWOOM_KEY], options: kiwoom });
    const secretArns = { kis: this.putSecret('kis', KIS_KEY), kiwoom: this.putSecret('kiwoom', KIWOOM_KEY) };
    this.credentials = credentials.map((credential) => ({
      market: 'paper',
      renewBeforeSeconds: 3600,
      checkEverySeconds: 300,
      sessions: [],
      maxIssuesPerDay: 8,
      ...credential,
      version: 1,
      secretArn: secretArns[credential.broker],
    }));
    for (const config of this.credentials)
      this.aws.putParameter(names(config.id).config, formatConfig(config));
  }

  /** Creates the secrets and config parameters, and starts the servers. */
  static async start(options: LoopbackWorldOptions): Promise<LoopbackWorld> {
    const world = new LoopbackWorld(options);
    const { aws, kis, kiwoom } = world;
    const { urls, close } = await listenAll({ aws: aws.handle, kis: kis.handle, kiwoom: kiwoom.handle });
    world.environment = functionEnvironment(urls);
    world.stop = close;
    return world;
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

  /** Stores an app key, or any text, as the new value of the broker's secret. @returns the ARN */
  putSecret(broker: BrokerId, key: AppKey | string): string {
    return this.aws.putSecret(broker, typeof key === 'string' ? key : secretText(broker, key));
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

/** Returns the environment variables of the refresher on loopback. */
export function functionEnvironment(
  urls: Readonly<Record<'aws' | BrokerId, string>>,
): Record<string, string> {
  return {
    [ENVIRONMENT.parameterPrefix]: DEFAULT_PARAMETER_PREFIX,
    [ENVIRONMENT.tokenKeyArn]: TOKEN_KEY_ARN,
    [ENVIRONMENT.namePrefix]: 'BrokerTokens',
    [BROKER_URL_ENVIRONMENT.kis.paper]: urls.kis,
    [BROKER_URL_ENVIRONMENT.kiwoom.paper]: urls.kiwoom,
    AWS_ENDPOINT_URL: urls.aws,
    AWS_REGION: 'ap-northeast-2',
    AWS_ACCESS_KEY_ID: 'FAKE',
    AWS_SECRET_ACCESS_KEY: 'FAKE',
  };
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

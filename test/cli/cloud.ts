import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { CliClock } from '../../cli/time.ts';
import { type CredentialConfig, formatConfig } from '../../lambdas/shared/credential.ts';
import { parseMessage } from '../../lambdas/shared/message.ts';
import { INITIAL_STATE, type State } from '../../lambdas/shared/state.ts';
import { FakeAwsError } from '../../simulator/aws/wire.ts';
import type { KisOptions } from '../../simulator/brokers/kis.ts';
import type { KiwoomOptions } from '../../simulator/brokers/kiwoom.ts';
import {
  listen,
  type RunningServer,
  type SimulatedRequest,
  type SimulatedResponse,
} from '../../simulator/http.ts';
import { names, type WorldCredential } from '../../simulator/world.ts';
import { Operation as Refresher } from '../scenario/operation.ts';
import {
  actionOf,
  denied,
  failed,
  formatResponse,
  md5,
  type OperationStub,
  type OperationStubs,
} from './services.ts';

export interface CloudOptions {
  readonly credentials?: readonly WorldCredential[];
  readonly kis?: Partial<KisOptions>;
  readonly kiwoom?: Partial<KiwoomOptions>;
}

/** Options with two KIS credentials and a Kiwoom one. Each new Kiwoom token invalidates the previous one. */
export const KIS_AND_KIWOOM: CloudOptions = {
  credentials: [
    { id: 'kis-main', broker: 'kis' },
    { id: 'kiwoom-main', broker: 'kiwoom' },
    { id: 'kis-live', broker: 'kis', market: 'live' },
  ],
  kiwoom: { reissue: 'supersede' },
};

/** Options with a Kiwoom credential, and a live KIS credential that has trading sessions. */
export const LIVE_KIS_AND_KIWOOM: CloudOptions = {
  credentials: [
    { id: 'kis-main', broker: 'kis', market: 'live', sessions: [{ preset: 'nxt' }] },
    { id: 'kiwoom-main', broker: 'kiwoom' },
  ],
};

/**
 * A simulated AWS on loopback for tests of the command line. This AWS contains fakes of SSM and Secrets
 * Manager, stubs of other services, and the real refresher, which receives the inbox messages and calls
 * simulated brokers.
 */
export class SimulatedCloud {
  readonly refresher: Refresher;
  /** The actions of all requests in order, such as `ssm:GetParameters`. */
  readonly actions: string[] = [];
  /** The stubs of AWS operations by action, which a test can replace. */
  readonly stubs: OperationStubs;
  /** The errors that the services return, by action. */
  readonly errors = new Map<string, FakeAwsError>();
  /** The id of the access key that signed the last request. */
  lastAccessKeyId: string | undefined;
  /** The time of AWS minus the time of this machine, in milliseconds. */
  clockOffset = 0;
  /** If true, the inbox accepts messages, but does not deliver them to the refresher. */
  isInboxStalled = false;
  readonly sent: string[] = [];
  #server: RunningServer | undefined;
  #slept = 0;
  #delivering: Promise<unknown> = Promise.resolve();

  private constructor(refresher: Refresher) {
    this.refresher = refresher;
    this.stubs = this.#createStubs();
  }

  /** The clock of the simulated cloud. A command that sleeps advances this clock. */
  readonly clock: CliClock = {
    now: () => Date.now() + this.#slept,
    sleepUntil: async (instant, signal) => {
      signal.throwIfAborted();
      this.#slept += Math.max(0, instant - this.clock.now());
      this.refresher.world.clock.set(this.clock.now());
      // The refresher handles the sent messages during this pause.
      await setTimeout(5, undefined, { signal });
    },
  };

  static async start({ credentials, ...options }: CloudOptions = {}): Promise<SimulatedCloud> {
    const refresher = await Refresher.start({
      start: Date.now(),
      credentials: credentials ?? [
        { id: 'kis-main', broker: 'kis', sessions: [{ preset: 'nxt' }] },
        { id: 'kiwoom-main', broker: 'kiwoom' },
      ],
      ...options,
    });
    const cloud = new SimulatedCloud(refresher);
    cloud.#server = await listen((request) => cloud.#dated(cloud.#answer(request)));
    return cloud;
  }

  async stop(): Promise<void> {
    await this.#delivering;
    await this.#server?.close();
    await this.refresher.stop();
  }

  get url(): string {
    return this.#server?.url ?? '';
  }

  /** The environment variables of a command: the URLs of this cloud and of its brokers, and fake AWS keys. */
  get environment(): Record<string, string> {
    const { environment } = this.refresher.world;
    const brokers = Object.entries(environment).filter(([name]) => name.startsWith('BROKER_URL_'));
    return {
      ...Object.fromEntries(brokers),
      AWS_ENDPOINT_URL: this.url,
      AWS_REGION: 'ap-northeast-2',
      AWS_ACCESS_KEY_ID: 'FAKEaccesskey',
      AWS_SECRET_ACCESS_KEY: 'FAKEsecretkey',
      AWS_EC2_METADATA_DISABLED: 'true',
    };
  }

  deny(action: string): void {
    this.errors.set(action, denied(action));
  }

  /** Runs ticks now. */
  tick(...ids: readonly string[]): Promise<void> {
    return this.runTicksAgo(0, ...ids);
  }

  /**
   * Runs one tick per id with the clock set back by `milliseconds`. An issued token is then `milliseconds`
   * old.
   */
  async runTicksAgo(milliseconds: number, ...ids: readonly string[]): Promise<void> {
    this.refresher.world.clock.set(this.clock.now() - milliseconds);
    for (const id of ids) await this.refresher.tick(id);
    this.refresher.world.clock.set(this.clock.now());
  }

  /** Changes the config parameter of a credential, as a deployment with changed settings does. */
  changeConfig(id: string, changes: Partial<CredentialConfig>): void {
    const { world } = this.refresher;
    world.aws.putParameter(names(id).config, formatConfig({ ...world.config(id), ...changes }));
  }

  /** The stored state of a credential, or the initial state if none is stored. */
  state(id: string): State {
    return this.refresher.state(id) ?? INITIAL_STATE;
  }

  /** All app keys, secrets and tokens, which no command may print. */
  get secrets(): readonly string[] {
    const { kis, kiwoom } = this.refresher.world;
    const keys = [...kis.keys, ...kiwoom.keys].flatMap(({ appkey, secret }) => [appkey, secret]);
    return [...keys, ...[...kis.tokens, ...kiwoom.tokens].map(({ token }) => token)];
  }

  #answer(request: SimulatedRequest): SimulatedResponse {
    const { action, input } = actionOf(request);
    this.actions.push(action);
    this.lastAccessKeyId = /Credential=([^/]+)/.exec(request.headers['authorization'] ?? '')?.[1];
    try {
      const error = this.errors.get(action);
      if (error !== undefined) throw error;
      const stub = this.stubs[action];
      if (stub !== undefined) return formatResponse(action, stub(input));
      if (!/^(ssm|secretsmanager):/.test(action)) throw new FakeAwsError('UnknownOperationException', action);
      return this.refresher.world.aws.handle(request);
    } catch (error) {
      if (!(error instanceof FakeAwsError)) throw error;
      return failed(action, error);
    }
  }

  #dated(reply: SimulatedResponse): SimulatedResponse {
    const date = new Date(Date.now() + this.clockOffset).toUTCString();
    return { ...reply, headers: { ...reply.headers, date } };
  }

  #createStubs(): OperationStubs {
    return {
      'ssm:GetParametersByPath': (input) => this.#byPath(input),
      'sqs:GetQueueUrl': ({ QueueName }) => {
        if (!String(QueueName).startsWith('BrokerTokens-'))
          throw new FakeAwsError('AWS.SimpleQueueService.NonExistentQueue', 'The queue does not exist.');
        return { QueueUrl: `${this.url}/123456789012/${QueueName}` };
      },
      'sqs:SendMessage': (input) => this.#send(input),
      'cloudwatch:DescribeAlarms': () => ({ MetricAlarms: [] }),
      'sts:GetCallerIdentity': () =>
        '<Account>123456789012</Account><Arn>arn:aws:iam::123456789012:user/operator</Arn><UserId>FAKE</UserId>',
    };
  }

  /** Returns pages of two parameters, because AWS can return fewer parameters than MaxResults. */
  #byPath({ Path, Recursive, WithDecryption, NextToken = 0 }: Parameters<OperationStub>[0]): object {
    if (WithDecryption) throw new FakeAwsError('TestFailure', 'a list must not contain a decrypted token');
    const { aws } = this.refresher.world;
    const all = aws.parameterNames().filter((name) => name.startsWith(`${Path}/`) && Recursive === true);
    const end = Number(NextToken) + 2;
    const Parameters = all.slice(end - 2, end).map((Name) => {
      const { type: Type, value, version: Version, modifiedAt = 0 } = aws.parameter(Name) ?? {};
      const Value = Type === 'SecureString' ? 'AQICAFAKE' : value;
      return { Name, Type, Value, Version, LastModifiedDate: modifiedAt / 1000 };
    });
    return { Parameters, ...(all.length > end && { NextToken: String(end) }) };
  }

  #send({ MessageBody, MessageGroupId, QueueUrl }: Parameters<OperationStub>[0]): object {
    const MessageId = randomUUID();
    const body = String(MessageBody);
    const parsed = parseMessage(body);
    const isInboxQueue = String(QueueUrl).endsWith('-inbox.fifo');
    if (!parsed.ok || parsed.message.credential !== MessageGroupId || !isInboxQueue)
      throw new FakeAwsError('InvalidMessageContents', 'the refresher would refuse this message');
    this.sent.push(body);
    const { message } = parsed;
    if (!this.isInboxStalled)
      this.#delivering = this.#delivering.then(async () => {
        this.refresher.world.clock.set(this.clock.now());
        await this.refresher.send(message, MessageId);
      });
    return { MessageId, MD5OfMessageBody: md5(body), SequenceNumber: '1' };
  }
}

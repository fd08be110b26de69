import { fileURLToPath } from 'node:url';
import { type CredentialConfig, formatConfig } from '../../lambdas/shared/credential.ts';
import { credentialDefaults } from '../../lambdas/shared/defaults.ts';
import {
  appKeyVariable,
  BROKER_URL_ENVIRONMENT,
  DEFAULT_PARAMETER_PREFIX,
  ENVIRONMENT,
  reportTopicVariable,
} from '../../lambdas/shared/names.ts';
import { FakeAws } from '../aws/fake-aws.ts';
import { FakeQueryServices } from '../aws/query-services.ts';
import { withHttpControl } from '../brokers/control.ts';
import { FAKE_KEYS } from '../brokers/keys.ts';
import { type KisOptions, KisSimulator } from '../brokers/kis.ts';
import { type KiwoomOptions, KiwoomSimulator } from '../brokers/kiwoom.ts';
import type { ManualClock } from '../clock.ts';
import { secretText, TOKEN_KEY_ARN } from '../explore/world-state.ts';
import { listen, type RequestFunction, type RunningServer } from '../http.ts';
import { names } from '../world.ts';
import { LocalInbox } from './local-inbox.ts';

const BROKERS = ['kis', 'kiwoom'] as const;
type Broker = (typeof BROKERS)[number];
type Service = Broker | 'aws';

/** The default ports of `npm run local`. */
export const LOCAL_PORTS: Readonly<Record<Service, number>> = { kis: 9543, kiwoom: 9544, aws: 9545 };

export interface LocalStackOptions {
  /** 0 selects a free port. */
  readonly ports: Readonly<Record<Service, number>>;
  /**
   * The clock of the simulation. If the caller sets a clock, no ticks run automatically. @default real time,
   * with a tick each minute
   */
  readonly clock?: ManualClock;
  readonly kis?: Partial<KisOptions>;
  readonly kiwoom?: Partial<KiwoomOptions>;
  /** The bundled refresher. @default the output of `npm run bundle` */
  readonly bundle?: string;
  readonly print: (line: string) => void;
}

export interface LocalStack {
  readonly kis: KisSimulator;
  readonly kiwoom: KiwoomSimulator;
  readonly aws: FakeAws;
  readonly urls: Readonly<Record<Service, string>>;
  /** The environment variables that consumers need. */
  readonly environment: Readonly<Record<string, string>>;
  /** Resolves when the refresher has handled all messages that were sent so far. */
  waitUntilIdle(): Promise<void>;
  stop(): Promise<void>;
}

const BUNDLE = fileURLToPath(new URL('../../dist/lambda/index.js', import.meta.url));
const REGION = 'ap-northeast-2';
const ACCOUNT = '123456789012';
const CHECK_EVERY = 60;
/** The timeout of the deployed function, in milliseconds: the check interval plus 150 s. */
const TIMEOUT = (CHECK_EVERY + 150) * 1000;

/**
 * Starts the refresher on loopback, with both simulated brokers and the AWS services that consumers use.
 * Resolves after the first tick of both credentials, `kis-paper` and `kiwoom-paper`.
 */
export async function startLocalStack(options: LocalStackOptions): Promise<LocalStack> {
  const clock = options.clock ?? { now: () => Date.now() };
  const [kis, kiwoom] = createBrokers(clock, options);
  const aws = new FakeAws({ clock });
  const environment = { ...awsEnvironment(), ...createCredentials(aws) };
  const inboxes = new Map<string, LocalInbox>();
  const query = new FakeQueryServices({
    account: ACCOUNT,
    topics: BROKERS.map((broker) => reportTopicArnOf(credentialIdOf(broker))),
    onPublish: ({ topicArn, message }) => inboxes.get(topicArn)?.report(message),
  });
  const servers = await listenAll(options.ports, {
    kis: withHttpControl('kis', kis),
    kiwoom: withHttpControl('kiwoom', kiwoom),
    aws: (request) => (FakeQueryServices.accepts(request) ? query.handle(request) : aws.handle(request)),
  });
  const urls = { kis: servers.kis.url, kiwoom: servers.kiwoom.url, aws: servers.aws.url };
  for (const id of BROKERS.map(credentialIdOf))
    inboxes.set(reportTopicArnOf(id), createInbox(id, urls, options));
  const tick = async () => {
    // Without this call, the list of recorded calls would grow without limit.
    aws.clearCalls();
    const sendTick = (id: string) =>
      inboxes.get(reportTopicArnOf(id))?.send({ credential: id, cause: 'schedule' });
    await Promise.all(BROKERS.map(credentialIdOf).map(sendTick));
  };
  await tick();
  const timer = options.clock ? undefined : setInterval(tick, CHECK_EVERY * 1000);
  return {
    kis,
    kiwoom,
    aws,
    urls,
    environment: {
      ...environment,
      AWS_ENDPOINT_URL: urls.aws,
      KIS_HOST: urls.kis,
      KIWOOM_HOST: urls.kiwoom,
    },
    waitUntilIdle: async () => {
      await Promise.all([...inboxes.values()].map((inbox) => inbox.waitUntilIdle()));
    },
    stop: async () => {
      clearInterval(timer);
      await Promise.all([...inboxes.values()].map((inbox) => inbox.stop()));
      await Promise.all(Object.values(servers).map((server) => server.close()));
    },
  };
}

function createInbox(
  credential: string,
  urls: Readonly<Record<Service, string>>,
  { bundle = BUNDLE, clock, print }: LocalStackOptions,
): LocalInbox {
  const environment = functionEnvironment(urls);
  return new LocalInbox({ bundle, clock, environment, credential, timeout: TIMEOUT, print });
}

function credentialIdOf(broker: Broker): string {
  return `${broker}-paper`;
}

function reportTopicArnOf(id: string): string {
  return `arn:aws:sns:${REGION}:${ACCOUNT}:broker-tokens-${id}-reports.fifo`;
}

function createBrokers(clock: { now(): number }, options: LocalStackOptions) {
  const common = { clock, market: 'paper' } as const;
  return [
    new KisSimulator({ ...common, keys: [FAKE_KEYS.kis], options: options.kis ?? {} }),
    new KiwoomSimulator({ ...common, keys: [FAKE_KEYS.kiwoom], options: options.kiwoom ?? {} }),
  ] as const;
}

/** Creates the secrets and the config parameters. @returns the variables that name secrets and topics */
function createCredentials(aws: FakeAws): Record<string, string> {
  const entries = BROKERS.flatMap((broker) => {
    const id = credentialIdOf(broker);
    const secretArn = aws.putSecret(`broker-tokens/${id}`, secretText(broker, FAKE_KEYS[broker]));
    const config: CredentialConfig = {
      ...credentialDefaults({ broker, market: 'paper' }),
      version: 1,
      id,
      broker,
      market: 'paper',
      secretArn,
      checkEverySeconds: CHECK_EVERY,
    };
    aws.putParameter(names(id).config, formatConfig(config));
    return [
      [reportTopicVariable(id), reportTopicArnOf(id)],
      [appKeyVariable(id), secretArn],
    ];
  });
  return Object.fromEntries(entries) as Record<string, string>;
}

async function listenAll(
  ports: LocalStackOptions['ports'],
  handlers: Readonly<Record<Service, RequestFunction>>,
): Promise<Readonly<Record<Service, RunningServer>>> {
  const started: Partial<Record<Service, RunningServer>> = {};
  try {
    for (const service of ['kis', 'kiwoom', 'aws'] as const)
      started[service] = await listen(handlers[service], ports[service]);
    return started as Record<Service, RunningServer>;
  } catch (error) {
    await Promise.all(Object.values(started).map((server) => server.close()));
    throw error;
  }
}

/** The Region is in two variables, because boto3 and the AWS CLI read `AWS_DEFAULT_REGION`. */
function awsEnvironment(): Record<string, string> {
  return {
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  };
}

function functionEnvironment(urls: Readonly<Record<Service, string>>): Record<string, string> {
  return {
    ...awsEnvironment(),
    AWS_ENDPOINT_URL: urls.aws,
    [ENVIRONMENT.parameterPrefix]: DEFAULT_PARAMETER_PREFIX,
    [ENVIRONMENT.tokenKeyArn]: TOKEN_KEY_ARN,
    [ENVIRONMENT.namePrefix]: 'BrokerTokens',
    [BROKER_URL_ENVIRONMENT.kis.paper]: urls.kis,
    [BROKER_URL_ENVIRONMENT.kiwoom.paper]: urls.kiwoom,
  };
}

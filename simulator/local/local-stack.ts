import { BROKERS, type BrokerId, formatConfig } from '../../lambdas/shared/credential.ts';
import { credentialDefaults } from '../../lambdas/shared/defaults.ts';
import { appKeyVariable, reportTopicVariable } from '../../lambdas/shared/names.ts';
import { FakeAws } from '../aws/fake-aws.ts';
import { isQueryRequest, QueryServices } from '../aws/query-services.ts';
import { ACCOUNT, REGION } from '../aws/wire.ts';
import { withHttpControl } from '../brokers/control.ts';
import { FAKE_KEYS } from '../brokers/keys.ts';
import { KisSimulator } from '../brokers/kis.ts';
import { KiwoomSimulator } from '../brokers/kiwoom.ts';
import type { ManualClock } from '../clock.ts';
import { secretText } from '../explore/world-state.ts';
import { listenAll } from '../http.ts';
import { functionEnvironment, names } from '../world.ts';
import { LocalInbox } from './local-inbox.ts';

export interface LocalStackOptions {
  /** 0 selects a free port. */
  readonly ports: Readonly<Record<BrokerId | 'aws', number>>;
  /**
   * The clock of the simulation. If the caller sets a clock, no ticks run automatically. @default real time,
   * with a tick each minute
   */
  readonly clock?: ManualClock;
  readonly print: (line: string) => void;
}

export interface LocalStack {
  readonly kis: KisSimulator;
  readonly kiwoom: KiwoomSimulator;
  readonly aws: FakeAws;
  /** The environment variables that consumers need. */
  readonly environment: Readonly<Record<string, string>>;
  /** Resolves when the refresher has handled all messages that were sent so far. */
  waitUntilIdle(): Promise<void>;
  stop(): Promise<void>;
}

const CHECK_EVERY = 60;

/**
 * Starts the refresher on loopback, with both simulated brokers and the AWS services that consumers use.
 * Resolves after the first tick of both credentials, `kis-paper` and `kiwoom-paper`.
 */
export async function startLocalStack({ ports, clock, print }: LocalStackOptions): Promise<LocalStack> {
  const common = { clock: clock ?? { now: () => Date.now() }, market: 'paper' } as const;
  const kis = new KisSimulator({ ...common, keys: [FAKE_KEYS.kis] });
  const kiwoom = new KiwoomSimulator({ ...common, keys: [FAKE_KEYS.kiwoom] });
  const aws = new FakeAws(common);
  const credentials = BROKERS.map((broker) => createCredential(aws, broker));
  const inboxes = new Map<string, LocalInbox>();
  const query = new QueryServices(
    credentials.map(({ topicArn }) => topicArn),
    (topicArn, message) => inboxes.get(topicArn)?.report(message),
  );
  const { urls, close } = await listenAll(
    {
      kis: withHttpControl('kis', kis),
      kiwoom: withHttpControl('kiwoom', kiwoom),
      aws: (request) => (isQueryRequest(request) ? query.handle(request) : aws.handle(request)),
    },
    ports,
  );
  for (const { id, topicArn } of credentials)
    inboxes.set(topicArn, new LocalInbox({ clock, environment: functionEnvironment(urls), id, print }));
  const tick = async () => {
    // Without this call, the list of recorded calls would grow without limit.
    aws.clearCalls();
    await Promise.all([...inboxes.values()].map((inbox) => inbox.tick()));
  };
  await tick();
  const timer = clock ? undefined : setInterval(tick, CHECK_EVERY * 1000);
  return {
    kis,
    kiwoom,
    aws,
    environment: {
      // boto3 and the AWS CLI read `AWS_DEFAULT_REGION`.
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      ...Object.fromEntries(credentials.flatMap(({ variables }) => variables)),
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
      await close();
    },
  };
}

/** Creates the secret and the config parameter of a credential. */
function createCredential(aws: FakeAws, broker: BrokerId) {
  const id = `${broker}-paper`;
  const topicArn = `arn:aws:sns:${REGION}:${ACCOUNT}:broker-tokens-${id}-reports.fifo`;
  const secretArn = aws.putSecret(`broker-tokens/${id}`, secretText(broker, FAKE_KEYS[broker]));
  const settings = { id, broker, market: 'paper', secretArn, checkEverySeconds: CHECK_EVERY } as const;
  const config = formatConfig({ ...credentialDefaults(settings), version: 1, ...settings });
  aws.putParameter(names(id).config, config);
  const variables = [
    [reportTopicVariable(id), topicArn],
    [appKeyVariable(id), secretArn],
  ] as const;
  return { id, topicArn, variables };
}

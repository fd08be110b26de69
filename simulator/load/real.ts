import type { AppKey } from '../../lambdas/brokers/broker.ts';
import { type CredentialConfig, formatConfig } from '../../lambdas/shared/credential.ts';
import { BROKER_URL_ENVIRONMENT, DEFAULT_PARAMETER_PREFIX, ENVIRONMENT } from '../../lambdas/shared/names.ts';
import { FakeAws } from '../aws/fake-aws.ts';
import { KisSimulator } from '../brokers/kis.ts';
import { ManualClock } from '../clock.ts';
import { LambdaHost } from '../lambda-host.ts';
import { names, rawEvent } from '../world.ts';

const START = Date.parse('2026-11-23T10:00:00+09:00');
const HOUR = 3_600_000;
const TIMEOUT = 450_000;
const TOKEN_KEY_ARN = 'arn:aws:kms:ap-northeast-2:123456789012:key/00000000-fake-fake-fake-000000000000';

/** What one round of ticks, one for each credential, took. */
export interface Round {
  readonly name: 'first issue' | 'idle' | 'renewal';
  /** Milliseconds by the clock, and of the processors, which another program's work does not lengthen. */
  readonly time: number;
  readonly processor: number;
  /** Calls of SSM. */
  readonly parameterCalls: number;
}

export interface RealRun {
  readonly credentials: number;
  readonly rounds: readonly Round[];
  /** Credentials whose published token the broker takes, at the end. */
  readonly alive: number;
  /** Most memory that the process had, simulators and the bundle together, MB. */
  readonly memory: number;
}

/** The real bundle, in one container, over HTTP: so many credentials of KIS, each with its own key and secret. */
export async function runReal(credentials: number, bundle: string): Promise<RealRun> {
  const clock = new ManualClock(START);
  const aws = new FakeAws({ clock });
  const members = Array.from({ length: credentials }, (_, number) => ({
    id: `fleet-${number}`,
    key: { appkey: `PSFAKEfleet${number}`, secret: `FAKE-secret-${number}` } satisfies AppKey,
  }));
  const kis = new KisSimulator({ clock, market: 'paper', keys: members.map(({ key }) => key) });
  const servers = { aws: await aws.listen(), kis: await kis.listen() };
  for (const { id, key } of members) {
    const secret = JSON.stringify({ appkey: key.appkey, appsecret: key.secret });
    aws.putParameter(names(id).config, formatConfig(configOf(id, aws.putSecret(id, secret))));
  }
  const host = new LambdaHost({
    bundle,
    clock,
    environment: {
      [ENVIRONMENT.parameterPrefix]: DEFAULT_PARAMETER_PREFIX,
      [ENVIRONMENT.tokenKeyArn]: TOKEN_KEY_ARN,
      [ENVIRONMENT.stackName]: 'BrokerTokens',
      [BROKER_URL_ENVIRONMENT.kis.paper]: servers.kis.url,
      AWS_ENDPOINT_URL: servers.aws.url,
      AWS_REGION: 'ap-northeast-2',
      AWS_ACCESS_KEY_ID: 'FAKE',
      AWS_SECRET_ACCESS_KEY: 'FAKE',
    },
  });
  const round = async (name: Round['name'], number: number): Promise<Round> => {
    aws.clearCalls();
    const begun = performance.now();
    const used = process.cpuUsage();
    for (const { id } of members) {
      const body = JSON.stringify({ credential: id, cause: 'schedule' });
      const event = rawEvent(body, id, `message-${number}-${id}`, clock.now());
      const { response } = await host.invoke(event, TIMEOUT);
      if (response.batchItemFailures.length > 0) throw new Error(`the bundle failed on a tick of ${id}`);
    }
    const time = performance.now() - begun;
    const { user, system } = process.cpuUsage(used);
    const processor = (user + system) / 1000;
    return {
      name,
      time,
      processor,
      parameterCalls: aws.calls.filter(({ service }) => service === 'ssm').length,
    };
  };
  try {
    const rounds = [await round('first issue', 1), await round('idle', 2)];
    clock.advance(23 * HOUR);
    rounds.push(await round('renewal', 3), await round('idle', 4));
    const alive = members.filter(({ id }) => kis.isAlive(aws.parameter(names(id).token)?.value ?? '')).length;
    return { credentials, rounds, alive, memory: process.resourceUsage().maxRSS / 1024 };
  } finally {
    await host.stop();
    await Promise.all(Object.values(servers).map((server) => server.close()));
  }
}

function configOf(id: string, secretArn: string): CredentialConfig {
  return {
    version: 1,
    id,
    broker: 'kis',
    market: 'paper',
    secretArn,
    renewBeforeSeconds: 3600,
    checkEverySeconds: 300,
    sessions: [],
    maxIssuesPerDay: 8,
  };
}

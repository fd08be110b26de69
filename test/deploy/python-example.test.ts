import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { promisify } from 'node:util';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { State } from '../../lambdas/shared/state.ts';
import { formatState } from '../../lambdas/store/state-codec.ts';
import { publishedToken } from '../sample-state.ts';
import {
  KIS_KEY,
  kisIssue,
  kisPrice,
  kiwoomIssue,
  kiwoomStock,
  send,
} from '../simulator/brokers/broker-harness.ts';
import { type Brokers, startBrokers } from './brokers.ts';
import { cleanEnvironment, type Emulator, startMiniStack } from './emulators.ts';
import { PYTHON } from './python.ts';

const ROOT = join(import.meta.dirname, '..', '..');

interface Answer {
  readonly value?: unknown;
  readonly unavailable?: string;
  readonly error?: string;
  readonly reads: number;
}

let aws: Emulator;
let brokers: Brokers;
let ssm: SSMClient;
const running: ChildProcess[] = [];

beforeAll(async () => {
  brokers = await startBrokers({ minimumIntervalSeconds: 0, reuseWindowSeconds: 0 });
  aws = await startMiniStack();
  ssm = new SSMClient({ endpoint: aws.endpoint });
});

afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

afterAll(async () => {
  await aws?.stop();
  await brokers?.close();
});

async function publish(credential: string, generation: number, token: string, changes: Partial<State> = {}) {
  const put = (name: string, Value: string, Type: 'String' | 'SecureString') =>
    ssm.send(
      new PutParameterCommand({ Name: `/broker-tokens/${credential}/${name}`, Value, Type, Overwrite: true }),
    );
  await put('token', token, 'SecureString');
  const published = publishedToken(token, Date.now());
  await put('state', formatState({ generation, published, issues: [], ...changes }), 'String');
}

/** The example in a Python process of its own. */
function program(credential: string, environment: Readonly<Record<string, string>> = {}) {
  const child = spawn(PYTHON, [join(import.meta.dirname, 'examples', 'drive.py')], {
    env: cleanEnvironment({
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_DEFAULT_REGION: 'ap-northeast-2',
      EXAMPLES: join(ROOT, 'examples'),
      CREDENTIAL: credential,
      ...environment,
    }),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  running.push(child);
  const lines: AsyncIterator<string> = (createInterface({ input: child.stdout }) as Interface)[
    Symbol.asyncIterator
  ]();
  return async (command: object): Promise<Answer> => {
    child.stdin.write(`${JSON.stringify(command)}\n`);
    return JSON.parse((await lines.next()).value ?? '{}') as Answer;
  };
}

describe('examples/broker_token.py', () => {
  it('reads once until a renewal is due, then every 30 s until the generation moves', async () => {
    await publish('reads', 1, 'FAKE-one');
    const tell = program('reads');
    expect(await tell({ do: 'get' })).toEqual({ value: 'FAKE-one', reads: 1 });
    expect(await tell({ do: 'get', advance: 22.9 * 3600 })).toEqual({ value: 'FAKE-one', reads: 1 });
    expect(await tell({ do: 'get', advance: 0.1 * 3600 + 31 })).toEqual({ value: 'FAKE-one', reads: 2 });
    expect(await tell({ do: 'get', advance: 5 })).toEqual({ value: 'FAKE-one', reads: 2 });
    await publish('reads', 2, 'FAKE-two');
    expect(await tell({ do: 'get', advance: 31 })).toMatchObject({ value: 'FAKE-two', reads: 3 });
  });

  it('hands out what is cached to its end while Parameter Store does not answer', async () => {
    await publish('trouble', 1, 'FAKE-one');
    const tell = program('trouble');
    await tell({ do: 'get' });
    expect(await tell({ do: 'get', advance: 23.5 * 3600, broken: true })).toEqual({
      value: 'FAKE-one',
      reads: 2,
    });
    expect(await tell({ do: 'get', advance: 3600 })).toMatchObject({ error: 'ConnectionError' });
  });

  it('says why there is no token, and what to do', async () => {
    expect((await program('nobody')({ do: 'get' })).unavailable).toContain('nothing was issued yet');
    await publish('paused', 1, 'FAKE-one', { paused: true });
    expect((await program('paused')({ do: 'get' })).unavailable).toContain('an operator has to resume it');
    const dead = publishedToken('FAKE-one', Date.now(), { health: 'dead' });
    await publish('dead', 1, 'FAKE-one', { published: dead });
    expect((await program('dead')({ do: 'get' })).unavailable).toContain('/broker-tokens/dead/state');
  });

  it('reads a token and a state that do not belong together once more, and uses the newer token', async () => {
    await publish('mismatched', 1, 'FAKE-one');
    await ssm.send(
      new PutParameterCommand({
        Name: '/broker-tokens/mismatched/token',
        Value: 'FAKE-two',
        Overwrite: true,
      }),
    );
    expect(await program('mismatched')({ do: 'get' })).toEqual({ value: 'FAKE-two', reads: 2 });
  });

  it.each(['kis', 'kiwoom'] as const)(
    '%s: a dead token is read again and the call sent once more; one that stays dead is reported once',
    async (name) => {
      const broker = brokers[name];
      const issue = async () => {
        const call = name === 'kis' ? kisIssue() : kiwoomIssue();
        const reply = (await (await send(brokers.urls[name], call)).json()) as Record<string, string>;
        return reply['access_token'] ?? reply['token'] ?? '';
      };
      const topic = await reportTopic(name);
      const {
        path,
        headers,
        body = '',
      } = name === 'kis'
        ? kisPrice('', { appkey: KIS_KEY.appkey, appsecret: KIS_KEY.secret })
        : kiwoomStock('');
      const first = await issue();
      await publish(name, 1, first);
      const tell = program(name, {
        URL: `${brokers.urls[name]}${path}`,
        HEADERS: JSON.stringify(headers),
        BODY: body,
        TOPIC: topic.arn,
      });
      expect(await tell({ do: 'call' })).toMatchObject({ value: 200, reads: 1 });

      broker.kill(first);
      await new Promise((resolve) => setTimeout(resolve, 1100));
      const second = await issue();
      await publish(name, 2, second);
      expect(await tell({ do: 'call' })).toMatchObject({ value: 200, reads: 2 });
      expect(await topic.reports()).toEqual([]);

      broker.kill(second);
      for (let order = 0; order < 3; order += 1) await tell({ do: 'call' });
      expect(await topic.reports()).toEqual([{ credential: name, cause: 'rejected', generation: 2 }]);
    },
  );
});

it('examples/kis_price.py asks KIS for a price with the published token and the key from the secret', async () => {
  const { appkey, secret: appsecret } = KIS_KEY;
  await new SecretsManagerClient({ endpoint: aws.endpoint }).send(
    new CreateSecretCommand({ Name: 'kis-price', SecretString: JSON.stringify({ appkey, appsecret }) }),
  );
  const reply = (await (await send(brokers.urls.kis, kisIssue())).json()) as Record<string, string>;
  await publish('kis-main', 1, reply['access_token'] ?? '');
  const { stdout } = await promisify(execFile)(PYTHON, [join(ROOT, 'examples', 'kis_price.py')], {
    env: cleanEnvironment({
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_DEFAULT_REGION: 'ap-northeast-2',
      KIS_HOST: brokers.urls.kis,
      BROKER_TOKENS_APP_KEY_KIS_MAIN: 'kis-price',
    }),
  });
  expect(Number(stdout)).toBeGreaterThan(0);
});

/** A report topic as `grantReport` makes it, with a queue behind it. */
async function reportTopic(name: string) {
  const sns = new SNSClient({ endpoint: aws.endpoint });
  const sqs = new SQSClient({ endpoint: aws.endpoint });
  const fifo = { FifoTopic: 'true', ContentBasedDeduplication: 'true' };
  const { TopicArn: arn = '' } = await sns.send(
    new CreateTopicCommand({ Name: `reports-${name}.fifo`, Attributes: fifo }),
  );
  const queue = { QueueName: `reports-${name}.fifo`, Attributes: { FifoQueue: 'true' } };
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand(queue));
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
  );
  await sns.send(
    new SubscribeCommand({
      TopicArn: arn,
      Protocol: 'sqs',
      Endpoint: Attributes?.QueueArn,
      Attributes: { RawMessageDelivery: 'true' },
    }),
  );
  const reports = async () => {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 }),
    );
    return Messages.map(({ Body = '' }) => JSON.parse(Body) as unknown);
  };
  return { arn, reports };
}

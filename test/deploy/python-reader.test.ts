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
import { formatState } from '../../lambdas/store/state-codec.ts';
import { publishedToken } from '../sample-state.ts';
import {
  KIS_KEY,
  kisIssueCall,
  kisPriceCall,
  kiwoomIssueCall,
  kiwoomStockInfoCall,
  send,
} from '../simulator/brokers/broker-harness.ts';
import { type Brokers, startBrokers } from './brokers.ts';
import { cleanEnvironment, type Emulator, startMiniStack } from './emulators.ts';
import { PYTHON } from './python.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** The directory from which Python imports `broker_token_reader`. */
const PYTHONPATH = join(ROOT, 'reader-python', 'src');

interface Answer {
  readonly value?: unknown;
  /** The `code` of a TokenReaderError. */
  readonly error?: string;
  readonly message?: string;
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

async function publish(credential: string, generation: number, token: string) {
  const put = (name: string, Value: string, Type: 'String' | 'SecureString') =>
    ssm.send(
      new PutParameterCommand({ Name: `/broker-tokens/${credential}/${name}`, Value, Type, Overwrite: true }),
    );
  await put('token', token, 'SecureString');
  const published = publishedToken(token, Date.now());
  await put('state', formatState({ generation, published, issues: [] }), 'String');
}

/** Runs the reader in a separate Python process. */
function program(credential: string, environment: Readonly<Record<string, string>> = {}) {
  const child = spawn(PYTHON, [join(import.meta.dirname, 'examples', 'drive.py')], {
    env: cleanEnvironment({
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_DEFAULT_REGION: 'ap-northeast-2',
      PYTHONPATH,
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

describe('reader-python', () => {
  it('reads a token with boto3, and its error for an unknown credential contains id, prefix and region', async () => {
    await publish('reads', 1, 'FAKE-one');
    expect(await program('reads')({ do: 'get' })).toEqual({ value: 'FAKE-one', reads: 1 });
    const { error, message } = await program('misspelt')({ do: 'get' });
    expect(error).toBe('NoToken');
    for (const part of ['"misspelt"', '"/broker-tokens"', 'ap-northeast-2']) expect(message).toContain(part);
  });

  it.each(['kis', 'kiwoom'] as const)(
    'repeats a rejected call to %s with the new token, and reports a rejected token once if no new token is published',
    async (name) => {
      const broker = brokers[name];
      const issue = async () => {
        const call = name === 'kis' ? kisIssueCall() : kiwoomIssueCall();
        const reply = (await (await send(brokers.urls[name], call)).json()) as Record<string, string>;
        return reply['access_token'] ?? reply['token'] ?? '';
      };
      const topic = await reportTopic(name);
      const {
        method,
        path,
        headers,
        body = '',
      } = name === 'kis'
        ? kisPriceCall('', { appkey: KIS_KEY.appkey, appsecret: KIS_KEY.secret })
        : kiwoomStockInfoCall('');
      const first = await issue();
      await publish(name, 1, first);
      const execute = program(name, {
        METHOD: method,
        URL: `${brokers.urls[name]}${path}`,
        HEADERS: JSON.stringify(headers),
        BODY: body,
        TOPIC: topic.arn,
      });
      expect(await execute({ do: 'call' })).toMatchObject({ value: 200, reads: 1 });

      broker.kill(first);
      await new Promise((resolve) => setTimeout(resolve, 1100));
      const second = await issue();
      await publish(name, 2, second);
      expect(await execute({ do: 'call' })).toMatchObject({ value: 200, reads: 2 });
      expect(await topic.reports()).toEqual([]);

      broker.kill(second);
      for (let order = 0; order < 3; order += 1)
        expect(await execute({ do: 'call' })).toMatchObject({ error: 'NotReplaced' });
      expect(await topic.reports()).toEqual([{ credential: name, cause: 'rejected', generation: 2 }]);
    },
  );
});

it('examples/kis_price.py prints a price from KIS with the published token and the key in the secret', async () => {
  const { appkey, secret: appsecret } = KIS_KEY;
  await new SecretsManagerClient({ endpoint: aws.endpoint }).send(
    new CreateSecretCommand({ Name: 'kis-price', SecretString: JSON.stringify({ appkey, appsecret }) }),
  );
  const reply = (await (await send(brokers.urls.kis, kisIssueCall())).json()) as Record<string, string>;
  await publish('kis-main', 1, reply['access_token'] ?? '');
  const { stdout } = await promisify(execFile)(PYTHON, [join(ROOT, 'examples', 'kis_price.py')], {
    env: cleanEnvironment({
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_DEFAULT_REGION: 'ap-northeast-2',
      PYTHONPATH,
      KIS_HOST: brokers.urls.kis,
      BROKER_TOKENS_APP_KEY_KIS_MAIN: 'kis-price',
    }),
  });
  expect(Number(stdout)).toBeGreaterThan(0);
});

/** Creates a report topic, and a queue that is subscribed to the topic. */
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

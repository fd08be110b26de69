import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { PublishedToken, State } from '../../lambdas/shared/state.ts';
import { formatState } from '../../lambdas/store/state-codec.ts';
import { publishedToken } from '../sample-state.ts';
import { kisPriceCall, kiwoomStockInfoCall } from '../simulator/brokers/broker-harness.ts';
import { type Brokers, SECRETS, startBrokers } from './brokers.ts';
import { cleanEnvironment, type Emulator, REGION, startMiniStack } from './emulators.ts';
import { startLineProgram } from './line-program.ts';
import { notificationOf, receive, subscribe } from './notifications.ts';
import { COMMAND_DIRECTORY, PYTHON } from './python.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const HOUR = 3_600_000;
const run = promisify(execFile);

let aws: Emulator;
let brokers: Brokers;
let environment: Record<string, string>;

beforeAll(async () => {
  brokers = await startBrokers({ minimumIntervalSeconds: 0, reuseWindowSeconds: 0 });
  aws = await startMiniStack();
  // The AWS clients of this process use MiniStack, too.
  process.env['AWS_ENDPOINT_URL'] = aws.endpoint;
  environment = cleanEnvironment({
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_DEFAULT_REGION: REGION,
    PATH: `${COMMAND_DIRECTORY}:${process.env['PATH']}`,
    PYTHONPATH: join(ROOT, 'reader-python', 'src'),
  });
});

afterAll(async () => {
  await aws?.stop();
  await brokers?.close();
});

async function putParameter(credential: string, name: 'token' | 'state', Value: string) {
  const Type = name === 'token' ? 'SecureString' : 'String';
  const Name = `/broker-tokens/${credential}/${name}`;
  await new SSMClient().send(new PutParameterCommand({ Name, Value, Type, Overwrite: true }));
}

type Change = Partial<Pick<PublishedToken, 'health' | 'expiresAt'>> & Partial<Pick<State, 'paused'>>;

async function publish(
  credential: string,
  token: string,
  generation = 1,
  { paused, ...change }: Change = {},
) {
  await putParameter(credential, 'token', token);
  const published = publishedToken(token, Date.now(), change);
  await putParameter(credential, 'state', formatState({ generation, published, issues: [], paused }));
}

describe('the Python reader', () => {
  /** Runs the reader in a separate Python process. */
  function program(credential: string, variables: Readonly<Record<string, string>> = {}) {
    const env = { ...environment, CREDENTIAL: credential, ...variables };
    const { send, kill } = startLineProgram(PYTHON, [join(import.meta.dirname, 'drive.py')], env);
    onTestFinished(() => void kill());
    return send;
  }

  it('reads a token with boto3, and names the id, the prefix and the region in the error for an unknown credential', async () => {
    await publish('reads', 'FAKE-one');
    expect(await program('reads')('get')).toEqual({ value: 'FAKE-one', reads: 1 });
    const { error, message } = await program('misspelt')('get');
    expect(error).toBe('NoToken');
    for (const part of ['"misspelt"', '"/broker-tokens"', REGION]) expect(message).toContain(part);
  });

  it.each(['kis', 'kiwoom'] as const)(
    'repeats a rejected call to %s with the new token, and reports a rejected token once if no new token is published',
    async (name) => {
      const sns = new SNSClient();
      const sqs = new SQSClient();
      const fifo = { FifoTopic: 'true', ContentBasedDeduplication: 'true' };
      const queue = `reports-${name}.fifo`;
      const { TopicArn: TOPIC = '' } = await sns.send(
        new CreateTopicCommand({ Name: queue, Attributes: fifo }),
      );
      const url = await subscribe({ sns, sqs }, TOPIC, queue);
      const { method, path, headers, body } = name === 'kis' ? kisPriceCall('') : kiwoomStockInfoCall('');
      const first = await brokers.issue(name);
      await publish(name, first);
      const execute = program(name, {
        METHOD: method,
        URL: `${brokers.urls[name]}${path}`,
        HEADERS: JSON.stringify(headers),
        BODY: body ?? '',
        TOPIC,
      });
      expect(await execute('call')).toMatchObject({ value: 200, reads: 1 });

      brokers[name].kill(first);
      await new Promise((resolve) => setTimeout(resolve, 1100));
      const second = await brokers.issue(name);
      await publish(name, second, 2);
      expect(await execute('call')).toMatchObject({ value: 200, reads: 2 });
      expect(await receive({ sns, sqs }, url)).toEqual([]);

      brokers[name].kill(second);
      for (let order = 0; order < 3; order += 1)
        expect(await execute('call')).toMatchObject({ error: 'NotReplaced' });
      const reports = (await receive({ sns, sqs }, url)).map(({ Body = '' }) => notificationOf(Body));
      expect(reports).toEqual([{ credential: name, cause: 'rejected', generation: 2 }]);
    },
  );
});

it('examples/kis_price.py prints a price from KIS with the published token and the key in the secret', async () => {
  await new SecretsManagerClient().send(
    new CreateSecretCommand({ Name: 'kis-price', SecretString: SECRETS.kis }),
  );
  await publish('kis-main', await brokers.issue('kis'));
  const variables = { KIS_HOST: brokers.urls.kis, BROKER_TOKENS_APP_KEY_KIS_MAIN: 'kis-price' };
  const env = { ...environment, ...variables };
  const { stdout } = await run(PYTHON, [join(ROOT, 'examples', 'kis_price.py')], { env });
  expect(Number(stdout)).toBeGreaterThan(0);
});

describe('examples/token.sh', () => {
  /** Runs the example in the shell of this machine, with the real AWS CLI. */
  const token = (credential: string) =>
    run('sh', [join(ROOT, 'examples', 'token.sh'), credential], { env: environment });

  it.each(['live', 'suspect'] as const)('prints a %s token and nothing else', async (health) => {
    await publish(health, 'FAKE-token', 1, { health });
    expect(await token(health)).toEqual({ stdout: 'FAKE-token\n', stderr: '' });
  });

  it.each<[string, Change, string]>([
    ['dead', { health: 'dead' }, 'dead: the token is dead and not replaced yet'],
    ['paused', { paused: true }, 'paused was revoked on request; an operator must resume it'],
    ['expired', { expiresAt: Date.now() - HOUR }, 'expired: the token expired at 20'],
  ])(
    'prints the reason instead of a token for a credential that is %s',
    async (credential, change, reason) => {
      await publish(credential, 'FAKE-token', 1, change);
      await expect(token(credential)).rejects.toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringContaining(reason),
      });
    },
  );

  it('reports a missing token and an unknown credential', async () => {
    await putParameter('new', 'state', formatState({ generation: 0, issues: [] }));
    const issuedNone = expect.stringContaining('no token has been issued yet');
    await expect(token('new')).rejects.toMatchObject({ code: 1, stdout: '', stderr: issuedNone });
    const notFound = expect.stringContaining('ParameterNotFound');
    await expect(token('unknown')).rejects.toMatchObject({ stdout: '', stderr: notFound });
  });
});

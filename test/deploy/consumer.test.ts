import { join } from 'node:path';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../bin/bundle.ts';
import { KIWOOM_KEY } from '../simulator/brokers/broker-harness.ts';
import { temporaryDirectory } from '../temp-dir.ts';
import { brokerOverrides } from './bridges.ts';
import { type Brokers, startBrokers } from './brokers.ts';
import { CdkProject } from './cdk.ts';
import { Deployment, eventually } from './deployment.ts';
import { type Emulator, startMiniStack } from './emulators.ts';

const ID = 'kiwoom-paper';
const CONFIG = {
  checkEvery: '1m',
  credentials: [{ id: ID, broker: 'kiwoom', market: 'paper', secret: { name: ID } }],
};

/** One story, in order: a function of the same stack that trades with the token, through the shipped reader. */
describe('a consumer in the deployed stack', () => {
  let aws: Emulator;
  let brokers: Brokers;
  let stack: Deployment;

  const trade = async () => {
    const { Payload, FunctionError } = await stack.lambda.send(
      new InvokeCommand({ FunctionName: stack.output('ConsumerName') }),
    );
    const answer = JSON.parse(Buffer.from(Payload ?? []).toString()) as Record<string, unknown>;
    return FunctionError === undefined ? answer : { failed: answer };
  };

  beforeAll(async () => {
    brokers = await startBrokers();
    aws = await startMiniStack(brokerOverrides(brokers.urls));
    stack = new Deployment(aws.endpoint);
    const code = temporaryDirectory('consumer');
    await bundle({
      entry: join(import.meta.dirname, 'consumer', 'handler.ts'),
      directory: code,
      metafile: join(temporaryDirectory('consumer-meta'), 'meta.json'),
    });
    const cdk = new CdkProject(aws.endpoint, CONFIG, {
      app: join(import.meta.dirname, 'consumer', 'app.ts'),
      environment: { CONSUMER_CODE: code, CONSUMER_BROKER: brokers.urls.kiwoom },
    });
    await cdk.bootstrap();
    const SecretString = JSON.stringify({ appkey: KIWOOM_KEY.appkey, secretkey: KIWOOM_KEY.secret });
    await stack.secrets.send(new CreateSecretCommand({ Name: ID, SecretString }));
    stack.outputs = (await cdk.deploy()).outputs;
  });

  afterAll(async () => {
    await aws?.stop();
    await brokers?.close();
  });

  it('fails with the fix before there is a token', async () => {
    expect(JSON.stringify(await trade())).toContain('no token has been issued yet');
  });

  it('places an order with the first token', async () => {
    await stack.send({ credential: ID, cause: 'forced' });
    await stack.published(ID, ({ generation }) => generation === 1);
    expect(await trade()).toEqual({ returnCode: 0, generation: 1 });
  });

  it('repeats an order with the new token after its cached token was revoked', async () => {
    await stack.send({ credential: ID, cause: 'revoke' });
    await stack.published(ID, ({ generation }) => generation === 2);
    expect(await trade()).toEqual({ returnCode: 0, generation: 2 });
  });

  it('reports a token that the broker ended, and places orders again after the replacement', async () => {
    const { token } = await stack.published(ID, ({ generation }) => generation === 2);
    brokers.kiwoom.kill(token);
    expect(await trade()).toMatchObject({ returnCode: 3 });
    const { state } = await stack.published(ID, ({ generation }) => generation === 3);
    // A report within a minute of a verify call is checked at the next tick.
    expect(state.attempt).toMatchObject({ outcome: 'published' });
    const answer = await eventually('the consumer trades again', async () => {
      const said = await trade();
      return said['returnCode'] === 0 ? said : undefined;
    });
    expect(answer).toEqual({ returnCode: 0, generation: 3 });
  });
});

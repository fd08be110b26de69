import { GetParametersByPathCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, tokens } from '../cli/run-tokens.ts';
import { KIS_KEY, KIWOOM_KEY } from '../simulator/brokers/broker-harness.ts';
import { brokerOverrides } from './bridges.ts';
import { type Brokers, startBrokers } from './brokers.ts';
import { CdkProject } from './cdk.ts';
import { Deployment, eventually } from './deployment.ts';
import { cleanEnvironment, type Emulator, startMiniStack } from './emulators.ts';

const CONFIG = {
  checkEvery: '1m',
  fleet: {},
  credentials: [
    { id: 'kis-paper', broker: 'kis', market: 'paper', secret: { name: 'broker-tokens/kis-paper' } },
  ],
};
const ADDED = 'kiwoom-2';
const KIWOOM = ['--broker', 'kiwoom', '--market', 'paper'];

/** One story, in order: a deployed stack takes a credential without a deployment, and lets it go. */
describe('a credential that is added to a deployed stack', () => {
  let aws: Emulator;
  let brokers: Brokers;
  let stack: Deployment;
  let cdk: CdkProject;

  const run = (args: readonly string[], stdin = ''): Promise<Ended> =>
    tokens(undefined, args, {
      stdin,
      environment: {
        ...cleanEnvironment({ AWS_ENDPOINT_URL: aws.endpoint }),
        ...brokerOverrides(brokers.urls),
      },
    });

  const parameters = async (): Promise<readonly string[]> => {
    const { Parameters = [] } = await stack.ssm.send(
      new GetParametersByPathCommand({ Path: '/broker-tokens', Recursive: true }),
    );
    return Parameters.map(({ Name = '' }) => Name).sort();
  };

  beforeAll(async () => {
    brokers = await startBrokers();
    aws = await startMiniStack(brokerOverrides(brokers.urls));
    stack = new Deployment(aws.endpoint);
    cdk = new CdkProject(aws.endpoint, CONFIG);
    await cdk.bootstrap();
    stack.outputs = (await cdk.deploy()).outputs;
  });

  afterAll(async () => {
    await aws?.stop();
    await brokers?.close();
  });

  it('is added and gets its key and a first token', async () => {
    expect(await run(['add', ADDED, ...KIWOOM])).toMatchObject({ code: 0, err: '' });
    const key = JSON.stringify({ appkey: KIWOOM_KEY.appkey, secretkey: KIWOOM_KEY.secret });
    const put = await run(['credentials', 'put', ADDED, '--stdin', '--yes'], key);
    expect(put).toMatchObject({
      code: 0,
      out: expect.stringContaining('a new token is published (generation 1'),
    });
    const { token } = await stack.published(ADDED, ({ generation }) => generation === 1);
    expect(await brokers.takes('kiwoom-paper', token)).toBe(true);
  });

  it('has ticks from its own schedule', async () => {
    const ticks = async () =>
      (await stack.log()).filter(
        ({ message, credential, cause }) =>
          message === 'decision' && credential === ADDED && cause === 'schedule',
      ).length;
    const before = await ticks();
    await eventually('another tick of the added credential', async () =>
      (await ticks()) > before ? true : undefined,
    );
  });

  it('is reported by the fleet monitor', async () => {
    const line = await eventually(
      'a run of the fleet monitor with the added credential',
      async () =>
        (await stack.log('fleet monitor')).find(
          ({ message, credentials, failureLevel }) =>
            message === 'fleet monitor' && credentials === 1 && failureLevel === 0,
        ),
      () => stack.log('fleet monitor'),
    );
    expect(line).toMatchObject({ headroom: 100, unattended: [], actionRequired: [] });
  });

  it('is removed by tokens remove, which refuses a credential of the stack', async () => {
    expect(await run(['remove', 'kis-paper', '--yes'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('The stack manages kis-paper'),
    });
    expect(await run(['add', 'kis-paper', '--broker', 'kis', '--market', 'paper'])).toMatchObject({
      code: 1,
    });
    expect(await run(['remove', ADDED, '--yes'])).toMatchObject({ code: 0 });
    expect((await parameters()).filter((name) => name.includes(ADDED))).toEqual([]);
  });

  it('is deleted with the stack: config, state and token', async () => {
    const key = JSON.stringify({ appkey: KIS_KEY.appkey, appsecret: KIS_KEY.secret });
    expect((await run(['add', 'kis-3', '--broker', 'kis', '--market', 'paper'])).code).toBe(0);
    expect((await run(['credentials', 'put', 'kis-3', '--stdin', '--yes'], key)).code).toBe(0);
    await stack.published('kis-3', ({ generation }) => generation === 1);
    expect(await parameters()).toContain('/broker-tokens/kis-3/token');
    await cdk.destroy();
    expect(await parameters()).toEqual([]);
  });
});

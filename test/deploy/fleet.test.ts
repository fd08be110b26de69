import { ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { ListTopicsCommand, PublishCommand } from '@aws-sdk/client-sns';
import { GetParametersByPathCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ProcessResult, tokens } from '../cli/run-tokens.ts';
import { KIS_KEY, KIWOOM_KEY } from '../simulator/brokers/broker-harness.ts';
import { brokerUrlEnvironment } from './bridges.ts';
import { type Brokers, SECOND_KIS_KEY, startBrokers } from './brokers.ts';
import { CdkProject } from './cdk.ts';
import { Deployment, pollUntil } from './deployment.ts';
import { cleanEnvironment, type Emulator, startMiniStack } from './emulators.ts';

const WITHOUT_FLEET = {
  checkEvery: '1m',
  credentials: [
    { id: 'kis-paper', broker: 'kis', market: 'paper', secret: { name: 'broker-tokens/kis-paper' } },
  ],
};
const WITH_FLEET = { ...WITHOUT_FLEET, fleet: {} };
const ADDED = 'kiwoom-2';
const KIS = ['--broker', 'kis', '--market', 'paper'];
const KIWOOM = ['--broker', 'kiwoom', '--market', 'paper'];

const kisSecret = (key: typeof KIS_KEY) => JSON.stringify({ appkey: key.appkey, appsecret: key.secret });

/**
 * The tests run in order: a deployment adds the fleet, the next deployment removes the fleet, and a later
 * deployment adds the fleet again.
 */
describe('the fleet of a deployed stack', () => {
  let aws: Emulator;
  let brokers: Brokers;
  let stack: Deployment;
  let cdk: CdkProject;
  let tokenOfStack: string;

  const run = (args: readonly string[], stdin = ''): Promise<ProcessResult> =>
    tokens(undefined, args, {
      stdin,
      environment: {
        ...cleanEnvironment({ AWS_ENDPOINT_URL: aws.endpoint }),
        ...brokerUrlEnvironment(brokers.urls),
      },
    });

  const parameters = async (): Promise<readonly string[]> => {
    const { Parameters = [] } = await stack.ssm.send(
      new GetParametersByPathCommand({ Path: '/broker-tokens', Recursive: true }),
    );
    return Parameters.map(({ Name = '' }) => Name).sort();
  };

  const reportTopics = async (): Promise<readonly string[]> => {
    const { Topics = [] } = await stack.sns.send(new ListTopicsCommand({}));
    return Topics.map(({ TopicArn = '' }) => TopicArn).filter((arn) => arn.includes('-reports-'));
  };

  beforeAll(async () => {
    brokers = await startBrokers();
    aws = await startMiniStack(brokerUrlEnvironment(brokers.urls));
    stack = new Deployment(aws.endpoint);
    cdk = new CdkProject(aws.endpoint, WITH_FLEET);
    await cdk.bootstrap();
    await stack.secrets.send(
      new CreateSecretCommand({ Name: 'broker-tokens/kis-paper', SecretString: kisSecret(SECOND_KIS_KEY) }),
    );
    stack.outputs = (await cdk.deploy()).outputs;
    await stack.send({ credential: 'kis-paper', cause: 'forced' });
    tokenOfStack = (await stack.waitUntilPublished('kis-paper', ({ generation }) => generation === 1)).token;
  });

  it('causes no changes in a second deployment', async () => {
    expect((await cdk.deploy()).consoleOutput).toContain('(no changes)');
  });

  afterAll(async () => {
    await aws?.stop();
    await brokers?.close();
  });

  it('accepts a new credential, which gets a key, a first token and a report topic', async () => {
    expect(await run(['add', ADDED, ...KIWOOM])).toMatchObject({ code: 0, err: '' });
    const key = JSON.stringify({ appkey: KIWOOM_KEY.appkey, secretkey: KIWOOM_KEY.secret });
    const put = await run(['credentials', 'put', ADDED, '--stdin', '--yes'], key);
    expect(put).toMatchObject({
      code: 0,
      out: expect.stringContaining('a new token is published (generation 1'),
    });
    const { token } = await stack.waitUntilPublished(ADDED, ({ generation }) => generation === 1);
    expect(await brokers.acceptsToken('kiwoom-paper', token)).toBe(true);
    expect(await reportTopics()).toEqual([expect.stringMatching(/:BrokerTokens-reports-kiwoom-2\.fifo$/)]);
  });

  it('forwards from the report topic of a credential only rejection reports about this credential', async () => {
    const { token } = await stack.waitUntilPublished(ADDED, ({ generation }) => generation === 1);
    const [TopicArn] = await reportTopics();
    const publish = (message: object, MessageGroupId = ADDED) =>
      stack.sns.send(
        new PublishCommand({
          TopicArn,
          Message: JSON.stringify(message),
          MessageGroupId,
          MessageDeduplicationId: JSON.stringify(message).replaceAll(/\W/g, ''),
        }),
      );
    brokers.kiwoom.kill(token);
    await publish({ credential: ADDED, cause: 'revoke' });
    await publish({ credential: 'kis-paper', cause: 'rejected', generation: 1 }, 'kis-paper');
    await publish({ credential: ADDED, cause: 'rejected', generation: 1 });
    await stack.waitUntilPublished(ADDED, ({ generation }) => generation === 2);
    const causes = (await stack.log()).filter(({ message }) => message === 'decision');
    expect(causes.filter(({ cause }) => cause === 'revoke')).toEqual([]);
    expect(causes.filter(({ cause }) => cause === 'rejected').map(({ credential }) => credential)).toContain(
      ADDED,
    );
    expect(causes.filter(({ cause, credential }) => cause === 'rejected' && credential !== ADDED)).toEqual(
      [],
    );
  });

  it('receives ticks from the schedules in its own schedule group', async () => {
    await pollUntil('a tick of the added credential', async () =>
      (await stack.log()).find(
        ({ message, credential, cause }) =>
          message === 'decision' && credential === ADDED && cause === 'schedule',
      ),
    );
  });

  it('appears in the log of the fleet monitor', async () => {
    const line = await pollUntil(
      'a run of the fleet monitor with the added credential',
      async () =>
        (await stack.log('fleet monitor')).find(
          ({ message, credentials, failureLevel }) =>
            message === 'fleet monitor' && credentials === 1 && failureLevel === 0,
        ),
      () => stack.log('fleet monitor'),
    );
    expect(line).toMatchObject({ headroom: 100, withoutSchedule: [], actionRequired: [] });
  });

  it('loses a credential through "tokens remove", which cannot remove a credential that the stack defines', async () => {
    expect(await run(['remove', 'kis-paper', '--yes'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('The credential kis-paper belongs to the stack'),
    });
    expect(await run(['add', 'kis-paper', ...KIS])).toMatchObject({ code: 1 });
    expect(await run(['remove', ADDED, '--yes'])).toMatchObject({ code: 0 });
    expect((await parameters()).filter((name) => name.includes(ADDED))).toEqual([]);
    expect(await reportTopics()).toEqual([]);
  });

  it('is deleted with its credentials by a deployment without a fleet, which keeps the credentials of the stack', async () => {
    expect((await run(['add', 'kis-3', ...KIS])).code).toBe(0);
    expect((await run(['credentials', 'put', 'kis-3', '--stdin', '--yes'], kisSecret(KIS_KEY))).code).toBe(0);
    await stack.waitUntilPublished('kis-3', ({ generation }) => generation === 1);
    expect(await parameters()).toContain('/broker-tokens/kis-3/token');
    cdk.configure(WITHOUT_FLEET);
    await cdk.deploy();
    const ofStack = ['config', 'state', 'token'].map((name) => `/broker-tokens/kis-paper/${name}`);
    expect(await parameters()).toEqual(ofStack);
    expect(await reportTopics()).toEqual([]);
    const { Schedules = [] } = await new SchedulerClient({ endpoint: aws.endpoint }).send(
      new ListSchedulesCommand({}),
    );
    expect(Schedules.map(({ Name }) => Name)).toEqual(['kis-paper']);
    expect((await run(['add', 'kis-3', ...KIS])).err).toContain('has no fleet');
    // The refresher still has the permissions for the credentials of the stack.
    const messageId = await stack.send({ credential: 'kis-paper', cause: 'rejected', generation: 1 });
    const after = await stack.waitUntilPublished(
      'kis-paper',
      ({ lastRequest }) => lastRequest?.messageId === messageId,
    );
    expect(after.token).toBe(tokenOfStack);
  });

  it('can be added to the deployed stack again, and is deleted with the stack', async () => {
    cdk.configure(WITH_FLEET);
    await cdk.deploy();
    expect((await run(['add', 'kis-3', ...KIS])).code).toBe(0);
    expect(await parameters()).toContain('/broker-tokens/kis-3/config');
    await cdk.destroy();
    expect(await parameters()).toEqual([]);
    expect(await reportTopics()).toEqual([]);
  });
});

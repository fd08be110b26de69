import { randomUUID } from 'node:crypto';
import { ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { ListTopicsCommand, PublishCommand } from '@aws-sdk/client-sns';
import { GetParametersByPathCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SECRETS } from './brokers.ts';
import { pollUntil } from './deployment.ts';
import { EmulatedApp } from './emulated-app.ts';

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

/**
 * The tests run in order: a deployment adds the fleet, the next deployment removes the fleet, and a later
 * deployment adds the fleet again.
 */
describe('in a deployed stack with a fleet,', () => {
  let app: EmulatedApp;
  let tokenOfStack: string;

  const parameters = async (): Promise<readonly string[]> => {
    const { Parameters = [] } = await app.stack.ssm.send(
      new GetParametersByPathCommand({ Path: '/broker-tokens', Recursive: true }),
    );
    return Parameters.map(({ Name = '' }) => Name).sort();
  };

  const reportTopics = async (): Promise<readonly string[]> => {
    const { Topics = [] } = await app.stack.sns.send(new ListTopicsCommand({}));
    return Topics.map(({ TopicArn = '' }) => TopicArn).filter((arn) => arn.includes('-reports-'));
  };

  const putKey = (id: string, stdin: string) =>
    app.tokens(['credentials', 'put', id, '--stdin', '--yes'], { stdin });

  beforeAll(async () => {
    app = await EmulatedApp.start();
    await app.stack.secrets.send(
      new CreateSecretCommand({ Name: 'broker-tokens/kis-paper', SecretString: SECRETS.secondKis }),
    );
    await app.deploy(WITH_FLEET);
    await app.stack.send({ credential: 'kis-paper', cause: 'forced' });
    tokenOfStack = (await app.stack.waitForGeneration('kis-paper', 1)).token;
  });

  afterAll(() => app?.stop());

  it('a second deployment changes nothing', async () => {
    expect(await app.deploy(WITH_FLEET)).toContain('(no changes)');
  });

  it('a credential that "tokens add" adds has a report topic, and receives its first token after the key is stored', async () => {
    expect(await app.tokens(['add', ADDED, ...KIWOOM])).toMatchObject({ code: 0, err: '' });
    expect(await putKey(ADDED, SECRETS.kiwoom)).toMatchObject({ code: 0 });
    const { token } = await app.stack.waitForGeneration(ADDED, 1);
    expect(app.brokers.kiwoom.isAlive(token)).toBe(true);
    expect(await reportTopics()).toEqual([expect.stringMatching(/:BrokerTokens-reports-kiwoom-2\.fifo$/)]);
  });

  it('the report topic of a credential forwards only rejection reports about this credential', async () => {
    const { token } = await app.stack.waitForGeneration(ADDED, 1);
    const [TopicArn] = await reportTopics();
    const publish = (message: { readonly credential: string; readonly [field: string]: unknown }) => {
      const Message = JSON.stringify(message);
      const ids = { MessageGroupId: message.credential, MessageDeduplicationId: randomUUID() };
      return app.stack.sns.send(new PublishCommand({ TopicArn, Message, ...ids }));
    };
    app.brokers.kiwoom.kill(token);
    await publish({ credential: ADDED, cause: 'revoke' });
    await publish({ credential: 'kis-paper', cause: 'rejected', generation: 1 });
    await publish({ credential: ADDED, cause: 'rejected', generation: 1 });
    await app.stack.waitForGeneration(ADDED, 2);
    const causesOf = async (id: string) => (await app.stack.decisions(id)).map(({ cause }) => cause);
    expect(await causesOf(ADDED)).toContain('rejected');
    expect(await causesOf(ADDED)).not.toContain('revoke');
    expect(await causesOf('kis-paper')).not.toContain('rejected');
  });

  it('a credential that "tokens add" adds receives ticks', async () => {
    await pollUntil('a tick of the added credential', async () =>
      (await app.stack.decisions(ADDED)).find(({ cause }) => cause === 'schedule'),
    );
  });

  it('the fleet monitor logs that the added credential is healthy', async () => {
    const findLine = async () =>
      (await app.stack.log('fleet monitor')).find(
        ({ message, credentials, failureLevel }) =>
          message === 'fleet monitor' && credentials === 1 && failureLevel === 0,
      );
    const describe = () => app.stack.log('fleet monitor');
    const line = await pollUntil('the monitor counts the added credential', findLine, { describe });
    expect(line).toMatchObject({ headroom: 100, withoutSchedule: [], actionRequired: [] });
  });

  it('"tokens remove" removes a fleet credential, and rejects a credential that the stack defines', async () => {
    expect(await app.tokens(['remove', 'kis-paper', '--yes'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('The credential kis-paper belongs to the stack'),
    });
    expect(await app.tokens(['add', 'kis-paper', ...KIS])).toMatchObject({ code: 1 });
    expect(await app.tokens(['remove', ADDED, '--yes'])).toMatchObject({ code: 0 });
    expect((await parameters()).filter((name) => name.includes(ADDED))).toEqual([]);
    expect(await reportTopics()).toEqual([]);
  });

  it('a deployment without the fleet deletes the fleet credentials, and keeps the credentials of the stack', async () => {
    expect((await app.tokens(['add', 'kis-3', ...KIS])).code).toBe(0);
    expect((await putKey('kis-3', SECRETS.kis)).code).toBe(0);
    await app.stack.waitForGeneration('kis-3', 1);
    expect(await parameters()).toContain('/broker-tokens/kis-3/token');
    await app.deploy(WITHOUT_FLEET);
    const ofStack = ['config', 'state', 'token'].map((name) => `/broker-tokens/kis-paper/${name}`);
    expect(await parameters()).toEqual(ofStack);
    expect(await reportTopics()).toEqual([]);
    const { Schedules = [] } = await new SchedulerClient().send(new ListSchedulesCommand({}));
    expect(Schedules.map(({ Name }) => Name)).toEqual(['kis-paper']);
    expect((await app.tokens(['add', 'kis-3', ...KIS])).err).toContain('has no fleet');
    // The refresher still has the permissions for the credentials of the stack.
    const messageId = await app.stack.send({ credential: 'kis-paper', cause: 'rejected', generation: 1 });
    const { token } = await app.stack.waitForRequest('kis-paper', messageId);
    expect(token).toBe(tokenOfStack);
  });

  it('the fleet can be deployed again, and is deleted together with the stack', async () => {
    await app.deploy(WITH_FLEET);
    expect((await app.tokens(['add', 'kis-3', ...KIS])).code).toBe(0);
    expect(await parameters()).toContain('/broker-tokens/kis-3/config');
    await app.destroy();
    expect(await parameters()).toEqual([]);
    expect(await reportTopics()).toEqual([]);
  });
});

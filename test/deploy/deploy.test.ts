import { ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { CreateSecretCommand, ListSecretsCommand } from '@aws-sdk/client-secrets-manager';
import { GetQueueAttributesCommand, ListQueuesCommand } from '@aws-sdk/client-sqs';
import { DescribeParametersCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { METRICS } from '../../lambdas/shared/names.ts';
import { KIS_KEY, KIWOOM_KEY } from '../simulator/brokers/broker-harness.ts';
import { brokerOverrides, hasten, isEmf, type MetricPoint, MetricsBridge, pointsOf } from './bridges.ts';
import { type Brokers, SECOND_KIS_KEY, startBrokers } from './brokers.ts';
import { CdkProject } from './cdk.ts';
import { Deployment, eventually } from './deployment.ts';
import { type Emulator, startMiniStack } from './emulators.ts';
import { alarms, receive, subscribe } from './notifications.ts';

const KIS = 'kis-paper';
const KIWOOM = 'kiwoom-paper';
const CREATED = 'kis-created';
const SECRET = { [KIS]: `broker-tokens/${KIS}`, [KIWOOM]: `broker-tokens/${KIWOOM}` } as const;

const CONFIG = {
  alarmEmail: 'owner@example.com',
  checkEvery: '1m',
  credentials: [
    { id: KIS, broker: 'kis', market: 'paper', secret: { name: SECRET[KIS] } },
    { id: KIWOOM, broker: 'kiwoom', market: 'paper', secret: { name: SECRET[KIWOOM] } },
    { id: CREATED, broker: 'kis', market: 'paper', secret: { create: true } },
  ],
};

const kisSecret = (key: typeof KIS_KEY) => ({ appkey: key.appkey, appsecret: key.secret });
const kiwoomSecret = (key: typeof KIWOOM_KEY) => ({ appkey: key.appkey, secretkey: key.secret });

/** The tests run in order: an operator's first hours with the stack. */
describe('the stack, deployed by the CDK into an emulator of AWS', () => {
  let aws: Emulator;
  let brokers: Brokers;
  let cdk: CdkProject;
  let stack: Deployment;
  const tokensSeen = new Set<string>();

  beforeAll(async () => {
    brokers = await startBrokers();
    aws = await startMiniStack(brokerOverrides(brokers.urls));
    cdk = new CdkProject(aws.endpoint, CONFIG);
    stack = new Deployment(aws.endpoint);
  });

  afterAll(async () => {
    for (const { token } of [...(brokers?.kis.tokens ?? []), ...(brokers?.kiwoom.tokens ?? [])])
      tokensSeen.add(token);
    await aws?.stop();
    await brokers?.close();
  });

  it('is deployed into a bootstrapped account with the secrets', async () => {
    await cdk.bootstrap();
    const put = (Name: string, value: object) =>
      stack.secrets.send(new CreateSecretCommand({ Name, SecretString: JSON.stringify(value) }));
    await put(SECRET[KIS], kisSecret(KIS_KEY));
    await put(SECRET[KIWOOM], kiwoomSecret(KIWOOM_KEY));
    stack.outputs = (await cdk.deploy()).outputs;
    expect(stack.output('TokenParameters').split(',')).toHaveLength(3);
    expect(stack.output('SecretsToFillIn')).toMatch(new RegExp(`^${CREATED}=`));
  });

  it('is not changed by a second deployment', async () => {
    expect((await cdk.deploy()).printed).toContain('(no changes)');
  });

  it('refuses and counts invalid messages, and continues with the next ones', async () => {
    await stack.sendText(KIS, 'no JSON');
    await stack.sendText(KIS, JSON.stringify({ credential: 'unknown', cause: 'forced' }));
    await stack.sendText(KIS, JSON.stringify({ credential: KIWOOM, cause: 'forced' }));
    const counted = await eventually('three messages are refused', async () => {
      const lines = (await stack.log()).filter(isEmf).flatMap(pointsOf);
      const found = lines.filter(({ name }) => name === METRICS.refusedMessages);
      return found.length >= 3 ? found : undefined;
    });
    expect(counted.map(({ value, dimensions }) => ({ value, dimensions }))).toEqual(
      Array.from({ length: 3 }, () => ({
        value: 1,
        dimensions: { service: METRICS.service, Stack: 'BrokerTokens' },
      })),
    );
    expect(await stack.messagesIn(stack.deadLettersUrl)).toBe(0);
  });

  it.each([KIS, KIWOOM])(
    'publishes the token of %s when the schedule fires by itself',
    async (credential) => {
      const { token, state } = await stack.published(credential, ({ generation }) => generation === 1);
      expect(state.attempt).toMatchObject({ cause: 'schedule', outcome: 'published' });
      expect(await brokers.takes(credential, token)).toBe(true);
    },
  );

  it('issues a token at the next tick after its secret is filled in', async () => {
    await eventually('the schedule has found the empty secret', async () => {
      const { attempt } = await stack.state(CREATED);
      return attempt?.outcome === 'unconfigured' ? attempt : undefined;
    });
    const [, secret = ''] = stack.output('SecretsToFillIn').split('=');
    await stack.putSecret(secret, kisSecret(SECOND_KIS_KEY));
    const { token, state } = await stack.published(CREATED, ({ generation }) => generation === 1);
    // Not by the event: MiniStack resolves `Ref` of a secret to its name, so the rule's pattern matches
    // nothing, as if the event had been lost. The next tick notices all the same.
    expect(state.attempt).toMatchObject({ cause: 'schedule', outcome: 'published' });
    expect(await brokers.takes(CREATED, token)).toBe(true);
  });

  it('replaces a token on a forced refresh and stores the result', async () => {
    const before = await stack.published(KIWOOM, () => true);
    const messageId = await stack.send({ credential: KIWOOM, cause: 'forced', reason: 'a drill' });
    const after = await stack.published(
      KIWOOM,
      ({ generation }) => generation === before.state.generation + 1,
    );
    expect(after.state.lastRequest).toMatchObject({ messageId, cause: 'forced' });
    expect(after.token).not.toBe(before.token);
    expect(await brokers.takes(KIWOOM, after.token)).toBe(true);
  });

  it('keeps a reported token that the broker accepts', async () => {
    const before = await stack.published(KIWOOM, () => true);
    const { generation } = before.state;
    const messageId = await stack.send({ credential: KIWOOM, cause: 'rejected', generation });
    const after = await stack.published(KIWOOM, ({ lastRequest }) => lastRequest?.messageId === messageId);
    expect(after.state.lastRequest?.reason).toBe('StillAlive');
    expect(after.token).toBe(before.token);
  });

  it('revokes a token and publishes a new one', async () => {
    const before = await stack.published(KIWOOM, () => true);
    await stack.send({ credential: KIWOOM, cause: 'revoke' });
    const after = await stack.published(KIWOOM, ({ generation }) => generation > before.state.generation);
    expect(brokers.kiwoom.count('revoke', 'revoked')).toBe(1);
    expect(await brokers.takes(KIWOOM, before.token)).toBe(false);
    expect(await brokers.takes(KIWOOM, after.token)).toBe(true);
  });

  it('moves a message with a defect to the dead-letter queue and continues after the repair', async () => {
    const url = stack.output('InboxUrl');
    const { Attributes = {} } = await stack.sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: url,
        AttributeNames: ['VisibilityTimeout', 'RedrivePolicy'],
      }),
    );
    const { VisibilityTimeout: visibilityTimeout = '', RedrivePolicy = '' } = Attributes;
    expect(JSON.parse(RedrivePolicy)).toMatchObject({ maxReceiveCount: 3 });
    const variables = (await stack.refresher()).Environment?.Variables ?? {};
    const giveBack = await hasten(stack.sqs, { url, visibilityTimeout });

    const { TOKEN_KEY_ARN: _, ...incomplete } = variables;
    await stack.setEnvironment(incomplete);
    const messageId = await stack.send({ credential: KIS, cause: 'forced', reason: 'a defect' });
    const dead = await eventually('the message is among the dead letters', async () => {
      const letters = await receive(stack, stack.deadLettersUrl);
      return letters.find(({ MessageId }) => MessageId === messageId);
    });
    expect(JSON.parse(dead.Body ?? '')).toMatchObject({ credential: KIS, cause: 'forced' });

    await stack.setEnvironment(variables);
    await giveBack();
    const answered = await stack.send({ credential: KIS, cause: 'forced' });
    await stack.published(
      KIS,
      ({ lastRequest, pending }) => lastRequest?.messageId === answered || pending !== undefined,
    );
  });

  it('raises ActionRequired for refused keys, keeps the token, and ends the alarm', async () => {
    const [alarm] = await alarms(stack, `BrokerTokens-${KIWOOM}-ActionRequired`);
    const topic = stack.output('AlarmTopicArn');
    expect(alarm).toMatchObject({ AlarmActions: [topic], OKActions: [topic] });
    const notifications = await subscribe(stack, topic);
    const bridge = new MetricsBridge({
      endpoint: aws.endpoint,
      window: (alarm?.Period ?? 0) * (alarm?.EvaluationPeriods ?? 0) * 1000,
      visible: 20_000,
      carries: ({ dimensions, name }) => dimensions['Credential'] === KIWOOM && name === METRICS.failureLevel,
    });
    const start = Date.now();
    const notified = (what: string) =>
      eventually(`${alarm?.AlarmName} is ${what}`, async () => {
        const lines = (await stack.log()).filter(isEmf);
        await bridge.carry(lines.filter(({ _aws }) => _aws.Timestamp >= start));
        const found = (await receive(stack, notifications)).map(({ Body = '' }) => JSON.parse(Body));
        return found
          .map(({ Message }) => JSON.parse(String(Message)) as Record<string, unknown>)
          .find(({ AlarmName, NewStateValue }) => AlarmName === alarm?.AlarmName && NewStateValue === what);
      });

    const before = await stack.published(KIWOOM, () => true);
    await stack.putSecret(SECRET[KIWOOM], kiwoomSecret({ ...KIWOOM_KEY, secret: 'FAKE-mistyped' }));
    const alert = await notified('ALARM');
    expect(alert['AlarmDescription']).toContain('docs/runbook.md#actionrequired');
    const held = await stack.published(KIWOOM, ({ attempt }) => attempt?.outcome === 'rejected');
    expect(held.state.attempt?.cause).toBe('credentials-changed');
    expect(held.token).toBe(before.token);
    expect(await brokers.takes(KIWOOM, held.token)).toBe(true);

    await stack.putSecret(SECRET[KIWOOM], kiwoomSecret(KIWOOM_KEY));
    await notified('OK');
    // The same key as before: a verify call proves it, and no token is issued.
    const mended = await stack.published(KIWOOM, ({ refused, pending }) => !refused && !pending);
    expect(mended.token).toBe(before.token);
    expect(await brokers.takes(KIWOOM, mended.token)).toBe(true);
  });

  it('has alarms for exactly the metrics that the function logs', async () => {
    const points = (await stack.log()).filter(isEmf).flatMap(pointsOf);
    const logged = new Set(points.map(identity));
    const watched = (await alarms(stack)).filter(({ Namespace }) => Namespace === METRICS.namespace);
    expect(watched.length).toBeGreaterThan(0);
    for (const { Namespace = '', MetricName = '', Dimensions = [] } of watched) {
      const dimensions = Object.fromEntries(Dimensions.map(({ Name = '', Value = '' }) => [Name, Value]));
      expect(logged).toContain(identity({ namespace: Namespace, name: MetricName, dimensions }));
    }
  });

  it('handles every tick of every credential once', async () => {
    const decisions = (await stack.log()).filter(({ cause }) => cause === 'schedule');
    for (const credential of [KIS, KIWOOM, CREATED]) {
      const ticks = decisions.filter((line) => line['credential'] === credential);
      expect(new Set(ticks.map(({ messageId }) => messageId)).size).toBeGreaterThan(1);
    }
  });

  it('logs no secret and no token', async () => {
    const text = (await stack.logText()).join('\n');
    const issued = [...brokers.kis.tokens, ...brokers.kiwoom.tokens].map(({ token }) => token);
    const secrets = [KIS_KEY.secret, SECOND_KIS_KEY.secret, KIWOOM_KEY.secret, 'FAKE-mistyped'];
    expect(issued.length).toBeGreaterThan(4);
    for (const secret of [...issued, ...secrets]) expect(text.includes(secret)).toBe(false);
    expect(text).toContain('"message":"decision"');
  });

  it('leaves only the secrets of the app keys when it is destroyed', async () => {
    await cdk.destroy();
    const { Parameters = [] } = await stack.ssm.send(new DescribeParametersCommand({}));
    expect(Parameters.filter(({ Name }) => Name?.startsWith('/broker-tokens'))).toEqual([]);
    const { QueueUrls = [] } = await stack.sqs.send(
      new ListQueuesCommand({ QueueNamePrefix: 'BrokerTokens' }),
    );
    expect(QueueUrls).toEqual([]);
    expect((await stack.lambda.send(new ListFunctionsCommand({}))).Functions).toEqual([]);
    expect(await alarms(stack)).toEqual([]);
    const { SecretList = [] } = await stack.secrets.send(new ListSecretsCommand({}));
    expect(SecretList).toHaveLength(3);
  });
});

function identity({
  namespace,
  name,
  dimensions,
}: Pick<MetricPoint, 'namespace' | 'name' | 'dimensions'>): string {
  return JSON.stringify([namespace, name, Object.entries(dimensions).sort()]);
}

import { GetQueueAttributesCommand, SetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { METRICS } from '../../../lambdas/shared/names.ts';
import { isEmfLine, type MetricPoint, pointsOf } from '../../deploy/bridges.ts';
import { alarms, receive } from '../../deploy/notifications.ts';
import { REJECTION_MARKER } from '../brokers/test-brokers.ts';
import { APP_SECRET, secretName, secretValue } from '../settings.ts';
import { decisions, expectThat, type Scenario, type Step, waitFor } from './scenario.ts';

const alarmName = ({ run }: Scenario) => `${run.stack}-rejected-ActionRequired`;

/**
 * Proves that a rejected key raises an alarm. This step runs early, so that later steps run while the alarm
 * returns to OK.
 */
export const alarmStep: Step = {
  guarantee:
    'A rejected key raises ActionRequired, and the encrypted topic delivers it to a subscribed queue',
  requiresAccount: true,
  run: async (scenario) => {
    const notification = await receiveNotification(scenario, 'ALARM', 10);
    const text = String(notification['AlarmDescription']);
    expectThat(text.includes('docs/runbook.md#actionrequired'), 'the alarm names its runbook chapter', text);
    return `after ${Math.round((Date.now() - scenario.startedAt) / 1000)} s`;
  },
};

export const secretStep: Step = {
  guarantee: 'The event of Secrets Manager reaches the refresher, which tries the corrected key at once',
  requiresAccount: true,
  run: async (scenario) => {
    const correctedAt = Date.now();
    await scenario.stack.putSecret(secretName(scenario.run, 'rejected'), secretValue('rejected'));
    await waitFor(scenario, 'a message with the cause credentials-changed is handled', async () =>
      (await decisions(scenario, 'rejected')).find(({ cause }) => cause === 'credentials-changed'),
    );
    await scenario.stack.waitUntilPublished('rejected', ({ generation }) => generation === 1);
    return `${Math.round((Date.now() - correctedAt) / 1000)} s after the change`;
  },
};

export const operatorSteps: readonly Step[] = [
  {
    guarantee:
      'A message that the function cannot handle moves to the dead-letter queue; later messages are handled',
    run: testDeadLetter,
  },
  {
    guarantee: 'Each alarm watches a metric that the function writes',
    run: async ({ stack, run }) => {
      const points = (await stack.log()).filter(isEmfLine).flatMap(pointsOf);
      const loggedMetrics = new Set(points.map(metricIdentity));
      const metricAlarms = (await alarms(stack, `${run.stack}-`)).filter(
        ({ Namespace }) => Namespace === METRICS.namespace,
      );
      expectThat(metricAlarms.length > 0, 'the stack has alarms');
      for (const { Namespace = '', MetricName = '', Dimensions = [], AlarmName } of metricAlarms) {
        const dimensions = Object.fromEntries(Dimensions.map(({ Name = '', Value = '' }) => [Name, Value]));
        const metric = metricIdentity({ namespace: Namespace, name: MetricName, dimensions });
        expectThat(loggedMetrics.has(metric), `the function writes the metric of ${AlarmName}`, metric);
      }
      return `${metricAlarms.length} alarms`;
    },
  },
  {
    guarantee: 'ActionRequired ends when the key is corrected',
    requiresAccount: true,
    run: async (scenario) => {
      await receiveNotification(scenario, 'OK', 12);
      return undefined;
    },
  },
  {
    guarantee: 'No log line contains a token or an app secret',
    run: async ({ stack }) => {
      const text = (await stack.logLines()).join('\n');
      const tokens = await Promise.all(['kis', 'kiwoom', 'created', 'rejected'].map((id) => stack.read(id)));
      const secrets = [...tokens.map((each) => each?.token ?? 'no token'), APP_SECRET, REJECTION_MARKER];
      for (const secret of secrets) expectThat(!text.includes(secret), 'the log holds no secret');
      // A token of the test brokers is a JWT, whose header and payload start with `eyJ`.
      expectThat(!/eyJ[\w-]+\.eyJ/.test(text), 'the log holds no token of an earlier generation');
      expectThat(text.includes('"message":"decision"'), 'the log holds decisions');
      return `${text.length} characters`;
    },
  },
];

const receivedNotifications = new WeakMap<Scenario, Record<string, unknown>[]>();

/** Waits for the notification of the alarm in a queue that is subscribed to the alarm topic. */
function receiveNotification(
  scenario: Scenario,
  state: 'ALARM' | 'OK',
  minutes: number,
): Promise<Record<string, unknown>> {
  const { stack, platform } = scenario;
  const name = alarmName(scenario);
  return waitFor(
    scenario,
    `${name} is ${state}`,
    async () => {
      await platform.publishMetrics(scenario, name);
      const messages = await receive(stack, stack.output('OperatorUrl'));
      const all = [
        ...(receivedNotifications.get(scenario) ?? []),
        ...messages.map(({ Body = '' }) => notificationOf(Body)),
      ];
      receivedNotifications.set(scenario, all);
      return all.find((each) => each['AlarmName'] === name && each['NewStateValue'] === state);
    },
    { minutes, describe: async () => receivedNotifications.get(scenario) },
  );
}

function notificationOf(body: string): Record<string, unknown> {
  const { Message } = JSON.parse(body) as { readonly Message: string };
  return JSON.parse(Message) as Record<string, unknown>;
}

async function testDeadLetter(scenario: Scenario): Promise<undefined> {
  const { stack } = scenario;
  const url = stack.output('InboxUrl');
  const { Attributes = {} } = await stack.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['VisibilityTimeout', 'RedrivePolicy'] }),
  );
  const { VisibilityTimeout: visibilityTimeout = '', RedrivePolicy = '' } = Attributes;
  expectThat(
    JSON.parse(RedrivePolicy).maxReceiveCount === 3,
    'a message is tried three times',
    RedrivePolicy,
  );
  const variables = (await stack.refresher()).Environment?.Variables ?? {};
  const { TOKEN_KEY_ARN: _, ...incomplete } = variables;
  // The test changes the function before the queue, because Lambda rejects a change of a function whose
  // timeout exceeds the visibility timeout of the queue.
  await stack.setEnvironment(incomplete);
  const restore = await shortenVisibility(stack.sqs, { url, visibilityTimeout });
  const messageId = await stack.send({ credential: 'kis', cause: 'forced', reason: 'a defect' });
  const dead = await waitFor(
    scenario,
    'the message is a dead letter',
    async () =>
      (await receive(stack, stack.output('DeadLettersUrl'))).find((each) => each.MessageId === messageId),
    { minutes: 4 },
  );
  const body = JSON.parse(dead.Body ?? '') as Record<string, unknown>;
  expectThat(body['credential'] === 'kis' && body['cause'] === 'forced', 'the body is unchanged', body);
  await restore();
  await stack.setEnvironment(variables);
  const laterMessageId = await stack.send({ credential: 'kis', cause: 'forced' });
  await stack.waitUntilPublished(
    'kis',
    ({ lastRequest, pending }) => lastRequest?.messageId === laterMessageId || pending !== undefined,
  );
  return undefined;
}

/**
 * Shortens the visibility timeout of the queue from seven minutes to two seconds, so that SQS redelivers a
 * failed message before the time limit of the run.
 * @returns a function that restores the deployed timeout
 */
async function shortenVisibility(
  sqs: SQSClient,
  queue: { readonly url: string; readonly visibilityTimeout: string },
): Promise<() => Promise<void>> {
  const set = async (VisibilityTimeout: string): Promise<void> => {
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl: queue.url, Attributes: { VisibilityTimeout } }));
  };
  await set('2');
  return () => set(queue.visibilityTimeout);
}

function metricIdentity({
  namespace,
  name,
  dimensions,
}: Pick<MetricPoint, 'namespace' | 'name' | 'dimensions'>): string {
  return JSON.stringify([namespace, name, Object.entries(dimensions).sort()]);
}

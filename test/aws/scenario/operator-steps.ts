import { GetQueueAttributesCommand, SetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { METRICS } from '../../../lambdas/shared/names.ts';
import { metricOfAlarm, metricOfPoint } from '../../deploy/metric-points.ts';
import { notificationOf, receive } from '../../deploy/notifications.ts';
import { REJECTION_MARKER } from '../brokers.ts';
import type { Step } from '../execute.ts';
import { APP_SECRET, CREDENTIAL_IDS, secretName, secretValue } from '../settings.ts';
import { expectThat, type Scenario, waitFor } from './scenario.ts';

/**
 * Prove that a rejected key raises an alarm, and that a corrected key is used. These steps run early, so that
 * later steps run while the alarm returns to OK.
 */
export const rejectionSteps: readonly Step[] = [
  {
    guarantee:
      'A rejected key raises ActionRequired, and the encrypted topic delivers it to a subscribed queue',
    requiresAccount: true,
    run: async (scenario) => {
      const notification = await receiveNotification(scenario, 'ALARM', 10);
      const text = String(notification['AlarmDescription']);
      expectThat(
        text.includes('docs/runbook.md#actionrequired'),
        'the alarm names its runbook chapter',
        text,
      );
      return `after ${Math.round((Date.now() - scenario.startedAt) / 1000)} s`;
    },
  },
  {
    guarantee: 'The event of Secrets Manager reaches the refresher, which tries the corrected key at once',
    requiresAccount: true,
    run: async (scenario) => {
      const { stack, run } = scenario;
      const correctedAt = Date.now();
      await stack.putSecret(secretName(run, 'rejected'), secretValue('rejected'));
      await waitFor(scenario, 'a message with the cause credentials-changed is handled', async () =>
        (await stack.decisions('rejected')).find(({ cause }) => cause === 'credentials-changed'),
      );
      await stack.waitForGeneration('rejected', 1);
      return `${Math.round((Date.now() - correctedAt) / 1000)} s after the change`;
    },
  },
];

export const operatorSteps: readonly Step[] = [
  {
    guarantee:
      'A message that the function cannot handle moves to the dead-letter queue; later messages are handled',
    run: testDeadLetter,
  },
  {
    guarantee: 'Each alarm watches a metric that the function writes',
    run: async ({ stack }) => {
      const loggedMetrics = new Set((await stack.metricPoints()).map(metricOfPoint));
      const alarms = (await stack.alarms()).filter(({ Namespace }) => Namespace === METRICS.namespace);
      expectThat(alarms.length > 0, 'the stack has alarms');
      for (const alarm of alarms) {
        const metric = metricOfAlarm(alarm);
        expectThat(loggedMetrics.has(metric), `the function writes the metric of ${alarm.AlarmName}`, metric);
      }
      return `${alarms.length} alarms`;
    },
  },
  {
    guarantee: 'ActionRequired ends when the key is corrected',
    requiresAccount: true,
    run: async (scenario) => void (await receiveNotification(scenario, 'OK', 12)),
  },
  {
    guarantee: 'No log line contains a token or an app secret',
    run: async ({ stack }) => {
      const text = (await stack.logLines()).join('\n');
      const tokens = await Promise.all(CREDENTIAL_IDS.map((id) => stack.read(id)));
      const secrets = [...tokens.map((each) => each?.token ?? 'no token'), APP_SECRET, REJECTION_MARKER];
      for (const secret of secrets) expectThat(!text.includes(secret), 'the log holds no secret');
      // A token of the test brokers is a JWT, whose header and payload start with `eyJ`.
      expectThat(!/eyJ[\w-]+\.eyJ/.test(text), 'the log holds no token of an earlier generation');
      expectThat(text.includes('"message":"decision"'), 'the log holds decisions');
      return `${text.length} characters`;
    },
  },
];

/** Waits for the notification of the alarm in a queue that is subscribed to the alarm topic. */
function receiveNotification(
  scenario: Scenario,
  state: 'ALARM' | 'OK',
  minutes: number,
): Promise<Record<string, unknown>> {
  const { stack, platform, run, notifications: all } = scenario;
  const name = `${run.stack}-rejected-ActionRequired`;
  const ask = async () => {
    await platform.updateAlarm(scenario, name);
    const messages = await receive(stack, stack.output('OperatorUrl'));
    all.push(...messages.map(({ Body = '' }) => notificationOf(Body)));
    return all.find((each) => each['AlarmName'] === name && each['NewStateValue'] === state);
  };
  return waitFor(scenario, `${name} is ${state}`, ask, { minutes, describe: async () => all });
}

async function testDeadLetter(scenario: Scenario): Promise<void> {
  const { stack } = scenario;
  const QueueUrl = stack.output('InboxUrl');
  const { Attributes = {} } = await stack.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['VisibilityTimeout', 'RedrivePolicy'] }),
  );
  const { VisibilityTimeout: deployedTimeout = '', RedrivePolicy = '' } = Attributes;
  const { maxReceiveCount } = JSON.parse(RedrivePolicy) as { readonly maxReceiveCount: number };
  expectThat(maxReceiveCount === 3, 'a message is tried three times', RedrivePolicy);
  const setVisibilityTimeout = (VisibilityTimeout: string) =>
    stack.sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout } }));
  const variables = (await stack.refresher()).Environment?.Variables ?? {};
  const { TOKEN_KEY_ARN: _, ...incomplete } = variables;
  // The test changes the function before the queue, because Lambda rejects a change of a function whose
  // timeout exceeds the visibility timeout of the queue.
  await stack.setEnvironment(incomplete);
  // SQS must redeliver a failed message in seconds. The deployed visibility timeout is seven minutes.
  await setVisibilityTimeout('2');
  const messageId = await stack.send({ credential: 'kis', cause: 'forced', reason: 'a defect' });
  const findDeadLetter = async () =>
    (await receive(stack, stack.output('DeadLettersUrl'))).find((each) => each.MessageId === messageId);
  const dead = await waitFor(scenario, 'the message is a dead letter', findDeadLetter, { minutes: 4 });
  const body = JSON.parse(dead.Body ?? '') as Record<string, unknown>;
  expectThat(body['credential'] === 'kis' && body['cause'] === 'forced', 'the body is unchanged', body);
  await setVisibilityTimeout(deployedTimeout);
  await stack.setEnvironment(variables);
  const laterMessageId = await stack.send({ credential: 'kis', cause: 'forced' });
  await stack.waitUntilPublished(
    'kis',
    ({ lastRequest, pending }) => lastRequest?.messageId === laterMessageId || pending !== undefined,
  );
}

import { DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import type { Deployment } from './deployment.ts';

/** Returns the alarms whose names start with `prefix`. */
export async function alarms(stack: Deployment, prefix: string) {
  const { MetricAlarms = [] } = await stack.cloudWatch.send(
    new DescribeAlarmsCommand({ AlarmNamePrefix: prefix }),
  );
  return MetricAlarms;
}

/** Creates a queue that receives every notification of a topic. @returns its URL */
export async function subscribe(stack: Deployment, topic: string): Promise<string> {
  const { QueueUrl = '' } = await stack.sqs.send(new CreateQueueCommand({ QueueName: 'operator' }));
  const { Attributes } = await stack.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
  );
  await stack.sns.send(
    new SubscribeCommand({ TopicArn: topic, Protocol: 'sqs', Endpoint: Attributes?.QueueArn }),
  );
  return QueueUrl;
}

/** Receives the messages of a queue and deletes them. */
export async function receive(stack: Deployment, QueueUrl: string): Promise<readonly Message[]> {
  const { Messages = [] } = await stack.sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
  );
  for (const { ReceiptHandle } of Messages)
    await stack.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  return Messages;
}

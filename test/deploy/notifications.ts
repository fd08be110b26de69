import { DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DeleteMessageCommand, type Message, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { Deployment } from './deployment.ts';

/** The alarms whose names start with a text. */
export async function alarms(stack: Deployment, prefix: string) {
  const { MetricAlarms = [] } = await stack.cloudWatch.send(
    new DescribeAlarmsCommand({ AlarmNamePrefix: prefix }),
  );
  return MetricAlarms;
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

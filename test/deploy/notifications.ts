import { SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import type { Deployment } from './deployment.ts';

type Clients = Pick<Deployment, 'sns' | 'sqs'>;

/** Creates a queue that receives every notification of a topic. @returns its URL */
export async function subscribe({ sns, sqs }: Clients, topic: string, queue: string): Promise<string> {
  const Attributes = queue.endsWith('.fifo') ? { FifoQueue: 'true' } : {};
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: queue, Attributes }));
  const created = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  const Endpoint = created.Attributes?.QueueArn;
  await sns.send(new SubscribeCommand({ TopicArn: topic, Protocol: 'sqs', Endpoint }));
  return QueueUrl;
}

/** Receives the messages of a queue and deletes them. */
export async function receive({ sqs }: Clients, QueueUrl: string): Promise<readonly Message[]> {
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  for (const { ReceiptHandle } of Messages)
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  return Messages;
}

/** Returns the message of SNS in the body of a queue message. */
export function notificationOf(body: string): Record<string, unknown> {
  const { Message } = JSON.parse(body) as { readonly Message: string };
  return JSON.parse(Message) as Record<string, unknown>;
}

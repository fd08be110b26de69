import { randomUUID } from 'node:crypto';
import type { InboxMessage } from '../../lambdas/shared/message.ts';
import { queueNames } from '../../lambdas/shared/names.ts';
import type { CliContext } from '../cli-context.ts';
import { AwsCallError } from '../cli-error.ts';
import { iso } from '../time.ts';

/** Requests the URL from SQS, because reading it from the stack would require a CloudFormation permission. */
export async function getQueueUrl({ aws }: CliContext, name: string): Promise<string> {
  const found = await aws.find('sqs:GetQueueUrl', name, { QueueName: name });
  if (found === undefined)
    throw new AwsCallError(
      'sqs:GetQueueUrl',
      `There is no queue ${name} in ${aws.region}.`,
      'Pass --stack <name of the stack>, as "cdk list" prints it. If the refresher has its own namePrefix, pass the namePrefix.',
    );
  return found.QueueUrl ?? '';
}

/** @returns the message id, with which the refresher records the result in the state */
export async function sendToInbox(context: CliContext, url: string, message: InboxMessage): Promise<string> {
  // The random id makes each body unique, because SQS discards a message with the same body.
  const body: InboxMessage = { ...message, at: iso(context.clock.now()), id: randomUUID() };
  const { MessageId = '' } = await context.aws.call('sqs:SendMessage', queueNames(context.stack).inbox, {
    QueueUrl: url,
    MessageGroupId: message.credential,
    MessageBody: JSON.stringify(body),
  });
  return MessageId;
}

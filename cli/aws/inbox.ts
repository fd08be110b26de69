import type { InboxMessage } from '../../lambdas/shared/message.ts';
import { queueNames } from '../../lambdas/shared/names.ts';
import type { CliContext } from '../cli-context.ts';
import { AwsCallError } from '../cli-error.ts';
import { iso } from '../time.ts';

/**
 * The queue is found by its name, which begins with the stack's: the one permission it takes is
 * `sqs:GetQueueUrl` on that queue, and no right on CloudFormation.
 */
export function inboxName(stack: string): string {
  return queueNames(stack).inbox;
}

export function deadLettersName(stack: string): string {
  return queueNames(stack).deadLetters;
}

export async function queueUrl(context: CliContext, name: string): Promise<string> {
  const { GetQueueUrlCommand } = await import('@aws-sdk/client-sqs');
  try {
    const { QueueUrl = '' } = await context.aws.use('sqs:GetQueueUrl', name, (sqs) =>
      sqs.send(new GetQueueUrlCommand({ QueueName: name }), { abortSignal: context.signal }),
    );
    return QueueUrl;
  } catch (error) {
    if (!(error instanceof AwsCallError) || error.kind !== 'not-found') throw error;
    throw new AwsCallError(
      'not-found',
      error.action,
      `There is no queue ${name} in ${context.aws.region}.`,
      'Pass --stack <name of the stack>, as "cdk list" prints it; a refresher with a namePrefix of its own wants that.',
      error,
    );
  }
}

/** Puts a message into the group of its credential. @returns its id, by which the answer is known */
export async function sendToInbox(context: CliContext, url: string, message: InboxMessage): Promise<string> {
  const { SendMessageCommand } = await import('@aws-sdk/client-sqs');
  // Deduplication goes by the content: two requests of a person differ by their time.
  const body: InboxMessage = { ...message, at: iso(context.clock.now()) };
  const { MessageId = '' } = await context.aws.use('sqs:SendMessage', inboxName(context.stack), (sqs) =>
    sqs.send(
      new SendMessageCommand({
        QueueUrl: url,
        MessageGroupId: message.credential,
        MessageBody: JSON.stringify(body),
      }),
    ),
  );
  return MessageId;
}

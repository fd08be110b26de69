import { randomUUID } from 'node:crypto';
import type { InboxMessage } from '../../lambdas/shared/message.ts';
import { queueNames } from '../../lambdas/shared/names.ts';
import type { CliContext } from '../cli-context.ts';
import { AwsCallError, CommandFailedError } from '../cli-error.ts';
import { type Credential, readCredential } from '../credentials.ts';
import { withProgress } from '../terminal/progress.ts';
import { formatSpan, iso, MINUTE, SECOND } from '../time.ts';
import type { RequestResult, SentRequest } from './request-result.ts';

/** The result, and the credential after the refresher answered the request. */
export type RequestAnswer = Awaited<ReturnType<typeof sendAndWait>>;

interface RefresherRequest {
  readonly message: InboxMessage;
  readonly resultOf: (credential: Credential, request: SentRequest) => RequestResult;
  /** The longest time to wait for the answer, in milliseconds. @default maxAnswerTime */
  readonly timeout?: number | undefined;
}

/** A running tick of the credential can delay the answer by up to one check interval plus 90 s. */
export function maxAnswerTime({ config }: Credential): number {
  return config.checkEverySeconds * SECOND + 5 * MINUTE;
}

/** The time between two reads grows, because all programs in the account share the request rate of SSM. */
function pollInterval(waitedTime: number): number {
  if (waitedTime < 3 * SECOND) return 400;
  return waitedTime < MINUTE ? SECOND : 3 * SECOND;
}

/** Waits until the state shows the result of the message. @throws CommandFailedError, InterruptedError */
export async function sendAndWait(
  context: CliContext,
  credentialBefore: Credential,
  { message, resultOf, timeout = maxAnswerTime(credentialBefore) }: RefresherRequest,
) {
  const { clock, program, signal } = context;
  const { id } = credentialBefore.config;
  const url = await getQueueUrl(context, queueNames(context.stack).inbox);
  const messageId = await sendToInbox(context, url, message);
  const sentAt = clock.now();
  const stillQueuedText = `The refresher can still receive the request ${messageId}, which stays in the inbox for up to two hours`;
  const interruptionTexts = ['Interrupted.', `${stillQueuedText}; see ${program} status ${id}.`] as const;
  return withProgress(context, interruptionTexts, async (show) => {
    for (;;) {
      const waitedTime = clock.now() - sentAt;
      await clock.sleepUntil(clock.now() + pollInterval(waitedTime), signal);
      const credential = await readCredential(context, id);
      const result = resultOf(credential, { messageId, before: credentialBefore, program, now: clock.now() });
      if (result.status !== 'open') return { messageId, result, credential };
      show(result.progress);
      if (waitedTime > timeout)
        throw new CommandFailedError(
          `The refresher did not answer within ${formatSpan(timeout)} (${result.progress}).`,
          `${stillQueuedText}. If the problem persists, run: ${program} doctor.`,
        );
    }
  });
}

/** Requests the URL from SQS, because reading it from the stack would require a CloudFormation permission. */
export async function getQueueUrl({ aws }: CliContext, name: string): Promise<string> {
  const queue = await aws.find('sqs:GetQueueUrl', name, { QueueName: name });
  if (queue === undefined)
    throw new AwsCallError(
      'sqs:GetQueueUrl',
      `There is no queue ${name} in ${aws.region}.`,
      'Pass --stack <name of the stack>, as "cdk list" prints it. If the refresher has its own namePrefix, pass the namePrefix.',
    );
  return queue.QueueUrl ?? '';
}

/** @returns the message id, with which the refresher records the result in the state */
async function sendToInbox(context: CliContext, url: string, message: InboxMessage): Promise<string> {
  // The random id makes each body unique, because SQS discards a message with the same body.
  const body: InboxMessage = { ...message, at: iso(context.clock.now()), id: randomUUID() };
  const { MessageId = '' } = await context.aws.call('sqs:SendMessage', queueNames(context.stack).inbox, {
    QueueUrl: url,
    MessageGroupId: message.credential,
    MessageBody: JSON.stringify(body),
  });
  return MessageId;
}

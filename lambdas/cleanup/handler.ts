import { DeleteTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { DeleteParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { listFleetPages } from '../store/list-credentials.ts';
import { handleCleanup } from './cleanup.ts';
import { type CleanupAnswer, type CleanupEvent, readEvent } from './event.ts';

/**
 * The cleanup Lambda deletes the parameters of removed credentials, as a custom resource of CloudFormation.
 *
 * Trigger: a stack creates, updates or deletes such a resource. Only Delete has an effect.
 * Late invocations: CloudFormation waits for an hour. Twice: a missing parameter is no error. Concurrent:
 * each resource has its own parameters. After a timeout, or if the answer cannot be sent, Lambda invokes the
 * function twice more, and each invocation deletes the remaining parameters. The answer reports every other
 * failure.
 */
/** `adaptive` reduces the rate of calls to the quota of the account. */
const ssm = new SSMClient({ maxAttempts: 10, retryMode: 'adaptive' });
const sns = new SNSClient({ maxAttempts: 10, retryMode: 'adaptive' });

export async function handler(input: unknown): Promise<void> {
  const event = readEvent(input);
  const pages = (prefix: string) => listFleetPages(ssm, prefix);
  const answer = await handleCleanup(event, { remove, removeTopics, listFleetPages: pages, log });
  await send(event, answer);
}

/** The largest number of names in one call. Source: SSM API reference, DeleteParameters. */
const MAX_NAMES_PER_REQUEST = 10;

async function remove(names: readonly string[]): Promise<readonly string[]> {
  const missing: string[] = [];
  for (let index = 0; index < names.length; index += MAX_NAMES_PER_REQUEST) {
    const Names = names.slice(index, index + MAX_NAMES_PER_REQUEST);
    // Unlike DeleteParameter, this call does not fail for missing parameters.
    const { InvalidParameters = [] } = await ssm.send(new DeleteParametersCommand({ Names }));
    missing.push(...InvalidParameters);
  }
  return missing;
}

/** DeleteTopic deletes the subscriptions, too, and accepts a missing topic. Source: SNS API reference. */
async function removeTopics(arns: readonly string[]): Promise<void> {
  await Promise.all(arns.map((TopicArn) => sns.send(new DeleteTopicCommand({ TopicArn }))));
}

/**
 * Source: CloudFormation User Guide, "Custom resource response objects": an HTTPS PUT without content type.
 */
async function send(
  { ResponseURL, StackId, RequestId, LogicalResourceId }: CleanupEvent,
  answer: CleanupAnswer,
): Promise<void> {
  const body = JSON.stringify({ StackId, RequestId, LogicalResourceId, ...answer });
  const { ok, status } = await fetch(ResponseURL, {
    method: 'PUT',
    headers: { 'content-type': '' },
    body,
    redirect: 'error',
    signal: AbortSignal.timeout(10_000),
  });
  // The presigned URL is a credential and must not appear in a message.
  if (!ok) throw new Error(`CloudFormation rejected the answer: HTTP ${status}`);
}

function log(message: string, fields: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify({ level: 'INFO', message, ...fields })}\n`);
}

import { DeleteTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { DeleteParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import * as v from 'valibot';
import { listFleetPages } from '../store/list-credentials.ts';
import {
  type CleanupAnswer,
  type CleanupEvent,
  eventSchema,
  handleCleanup,
  MAX_NAMES_PER_REQUEST,
} from './cleanup.ts';

/** The retry mode `adaptive` limits the call rate to the API quota of the account. */
const ssm = new SSMClient({ maxAttempts: 10, retryMode: 'adaptive' });
const sns = new SNSClient({ maxAttempts: 10, retryMode: 'adaptive' });

/**
 * The cleanup Lambda function handles a custom resource that deletes the parameters of removed credentials.
 *
 * CloudFormation waits up to one hour for the answer. A repeated invocation succeeds, because a missing
 * parameter causes no error. Concurrent invocations delete different parameters. After a timeout, or if the
 * function cannot send the answer, Lambda repeats the invocation up to two times, and each invocation deletes
 * the remaining parameters. The function reports an AWS error or invalid properties in its answer.
 */
export async function handler(input: unknown): Promise<void> {
  const event = v.parse(eventSchema, input);
  const pages = (prefix: string) => listFleetPages(ssm, prefix);
  const answer = await handleCleanup(event, { remove, removeTopics, listFleetPages: pages, log });
  await sendAnswer(event, answer);
}

async function remove(names: readonly string[]): Promise<readonly string[]> {
  const missing: string[] = [];
  for (let index = 0; index < names.length; index += MAX_NAMES_PER_REQUEST) {
    const Names = names.slice(index, index + MAX_NAMES_PER_REQUEST);
    // Unlike DeleteParameter, DeleteParameters does not fail if a parameter is missing.
    const { InvalidParameters = [] } = await ssm.send(new DeleteParametersCommand({ Names }));
    missing.push(...InvalidParameters);
  }
  return missing;
}

/** DeleteTopic also deletes the subscriptions, and succeeds for a missing topic (SNS API reference). */
async function removeTopics(arns: readonly string[]): Promise<void> {
  await Promise.all(arns.map((TopicArn) => sns.send(new DeleteTopicCommand({ TopicArn }))));
}

/** Source: CloudFormation User Guide, "Custom resource response objects". The content type must be empty. */
async function sendAnswer(event: CleanupEvent, answer: CleanupAnswer): Promise<void> {
  const { ResponseURL, StackId, RequestId, LogicalResourceId } = event;
  const { ok, status } = await fetch(ResponseURL, {
    method: 'PUT',
    headers: { 'content-type': '' },
    body: JSON.stringify({ StackId, RequestId, LogicalResourceId, ...answer }),
    redirect: 'error',
    signal: AbortSignal.timeout(10_000),
  });
  // The presigned URL gives access without credentials, so it must not appear in an error message.
  if (!ok) throw new Error(`CloudFormation rejected the answer: HTTP ${status}`);
}

function log(message: string, fields: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify({ level: 'INFO', message, ...fields })}\n`);
}

import { DeleteParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { clean } from './cleanup.ts';
import { type Answer, type CleanupEvent, readEvent } from './event.ts';

/**
 * The cleanup Lambda: a custom resource of CloudFormation for each credential.
 *
 * Triggered when a stack creates, updates or deletes such a resource. Only Delete does anything.
 * Late: CloudFormation waits. Twice: deleting what is gone is no error. Concurrent: each resource has
 * names of its own. Whatever happens an answer is sent, or the stack would hang until its timeout; if
 * that fails the error makes Lambda try again, twice.
 */
const ssm = new SSMClient({ maxAttempts: 5 });

export async function handler(input: unknown): Promise<void> {
  const event = readEvent(input);
  const answer = await clean(event, { remove, log });
  await send(event, answer);
}

async function remove(names: readonly string[]): Promise<readonly string[]> {
  // Unlike DeleteParameter it names what was missing instead of failing; at most ten names in a call.
  const { InvalidParameters = [] } = await ssm.send(new DeleteParametersCommand({ Names: [...names] }));
  return InvalidParameters;
}

/** Source: CloudFormation User Guide, "Custom resource response objects": an HTTPS PUT without content type. */
async function send(
  { ResponseURL, StackId, RequestId, LogicalResourceId }: CleanupEvent,
  answer: Answer,
): Promise<void> {
  const body = JSON.stringify({ StackId, RequestId, LogicalResourceId, ...answer });
  const { ok, status } = await fetch(ResponseURL, {
    method: 'PUT',
    headers: { 'content-type': '' },
    body,
    redirect: 'error',
    signal: AbortSignal.timeout(10_000),
  });
  // The URL is a credential of its own (a presigned one): it stays out of every message.
  if (!ok) throw new Error(`CloudFormation did not take the answer: HTTP ${status}`);
}

function log(message: string, fields: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify({ level: 'INFO', message, ...fields })}\n`);
}

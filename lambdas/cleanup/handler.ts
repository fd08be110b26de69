import { DeleteParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { parameterNames } from '../shared/names.ts';
import { listAddedCredentials } from '../store/list-credentials.ts';
import { handleCleanup } from './cleanup.ts';
import { type CleanupAnswer, type CleanupEvent, readEvent } from './event.ts';

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
  const answer = await handleCleanup(event, { remove, added, log });
  await send(event, answer);
}

/** Of one call. Source: SSM API reference, DeleteParameters. */
const MAX_NAMES = 10;

async function remove(names: readonly string[]): Promise<readonly string[]> {
  const missing: string[] = [];
  for (let index = 0; index < names.length; index += MAX_NAMES) {
    const Names = names.slice(index, index + MAX_NAMES);
    // Unlike DeleteParameter it names what was missing instead of failing.
    const { InvalidParameters = [] } = await ssm.send(new DeleteParametersCommand({ Names }));
    missing.push(...InvalidParameters);
  }
  return missing;
}

/** The config is named last of each: as long as it is there, a second try finds the others. */
async function added(prefix: string): Promise<readonly string[]> {
  const credentials = await listAddedCredentials(ssm, prefix);
  return credentials.flatMap(({ id }) => {
    const { token, state, config } = parameterNames(prefix, id);
    return [token, state, config];
  });
}

/** Source: CloudFormation User Guide, "Custom resource response objects": an HTTPS PUT without content type. */
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
  // The URL is a credential of its own (a presigned one): it stays out of every message.
  if (!ok) throw new Error(`CloudFormation did not take the answer: HTTP ${status}`);
}

function log(message: string, fields: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify({ level: 'INFO', message, ...fields })}\n`);
}

import {
  CloudFormationClient,
  DeleteStackCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  waitUntilStackDeleteComplete,
} from '@aws-sdk/client-cloudformation';
import {
  DeleteSecretCommand,
  paginateListSecrets,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { DeleteParametersCommand, paginateGetParametersByPath, SSMClient } from '@aws-sdk/client-ssm';
import type { RemainingResources } from './execute.ts';
import { RUN_TAG, type Run } from './settings.ts';

/** The maximum time for the deletion of a stack. The larger stack needs about four minutes. */
const MAX_DELETION_SECONDS = 15 * 60;

/**
 * Deletes everything that a run created, in any state of the run. The function finds the resources by names
 * that contain the run id, and can run repeatedly. A failure does not stop the cleanup.
 */
export async function cleanUp(run: Run, wasBootstrapped = true): Promise<RemainingResources> {
  const undeleted: string[] = [];
  const kept: string[] = ['the code of the functions, in the bucket of cdk bootstrap'];
  if (!wasBootstrapped) kept.push('the stack CDKToolkit of cdk bootstrap, which every deployment needs');
  const runAndRecordFailure = async (resource: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      undeleted.push(`${resource}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const key = await tokenKeyOf(run.stack);
  if (key !== undefined) kept.push(`the KMS key ${key}, until its deletion in 7 days (without charge)`);
  // The consumer's stack is deleted first, because it imports values from the refresher's stack. AWS can also
  // delete a stack whose creation is in progress.
  for (const name of [run.consumerStack, run.stack])
    await runAndRecordFailure(`the stack ${name}`, () => deleteStack(name));
  await runAndRecordFailure(`the secrets of ${run.stack}`, () => deleteSecrets(run));
  for (const path of [run.parameterPrefix, run.invalidations])
    await runAndRecordFailure(`the parameters below ${path}`, () => deleteParameters(path));
  return { kept, undeleted };
}

async function deleteStack(name: string): Promise<void> {
  const client = new CloudFormationClient();
  // The waiter needs the stack id, because a deleted stack cannot be described by its name.
  const id = await findStackId(client, name);
  if (id === undefined) return;
  await client.send(new DeleteStackCommand({ StackName: id }));
  try {
    await waitUntilStackDeleteComplete(
      { client, maxWaitTime: MAX_DELETION_SECONDS, minDelay: 2, maxDelay: 5 },
      { StackName: id },
    );
  } catch {
    // This error is shorter than the error of the waiter, which contains the whole description of the stack.
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: id }));
    throw new Error(`${Stacks[0]?.StackStatus}: ${Stacks[0]?.StackStatusReason}`);
  }
}

async function findStackId(client: CloudFormationClient, name: string): Promise<string | undefined> {
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
    return Stacks[0]?.StackId;
  } catch (error) {
    if (error instanceof Error && /does not exist/.test(error.message)) return undefined;
    throw error;
  }
}

async function tokenKeyOf(stack: string): Promise<string | undefined> {
  try {
    const { StackResources = [] } = await new CloudFormationClient().send(
      new DescribeStackResourcesCommand({ StackName: stack }),
    );
    return StackResources.find(({ ResourceType }) => ResourceType === 'AWS::KMS::Key')?.PhysicalResourceId;
  } catch {
    // The stack does not exist, so there is no key.
    return undefined;
  }
}

/** Deletes the secrets of the test, and the secret that the stack created and retained. */
async function deleteSecrets({ id }: Run): Promise<void> {
  const client = new SecretsManagerClient();
  const pages = paginateListSecrets({ client }, { Filters: [{ Key: 'tag-value', Values: [id] }] });
  // The filter matches every tag value that starts with the id, so the list can contain secrets of other
  // programs in the account.
  for await (const { SecretList = [] } of pages)
    for (const { ARN, Tags = [] } of SecretList)
      if (Tags.some(({ Key, Value }) => Key === RUN_TAG && Value === id))
        await client.send(new DeleteSecretCommand({ SecretId: ARN, ForceDeleteWithoutRecovery: true }));
}

/** Deletes the parameters that the deletion of the stack left behind. */
async function deleteParameters(path: string): Promise<void> {
  const client = new SSMClient();
  const pages: string[][] = [];
  const input = { Path: path, Recursive: true };
  for await (const { Parameters = [] } of paginateGetParametersByPath({ client }, input))
    pages.push(Parameters.map(({ Name = '' }) => Name));
  // A page has at most ten parameters, as many as one DeleteParameters call accepts (SSM API reference).
  for (const Names of pages.filter(({ length }) => length > 0))
    await client.send(new DeleteParametersCommand({ Names }));
}

import {
  CloudFormationClient,
  DeleteStackCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import {
  DeleteSecretCommand,
  ListSecretsCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { DeleteParametersCommand, GetParametersByPathCommand, SSMClient } from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cleanUp } from './clean-up.ts';
import { RUN_TAG, runOf } from './settings.ts';

const run = runOf('3fa09c');
const formation = mockClient(CloudFormationClient);
const secrets = mockClient(SecretsManagerClient);
const ssm = mockClient(SSMClient);

function stackIs(StackStatus: 'DELETE_COMPLETE' | 'DELETE_FAILED', name: string, StackStatusReason?: string) {
  const stack = { StackName: name, StackId: `arn:${name}`, CreationTime: new Date(), StackStatusReason };
  formation
    .on(DescribeStacksCommand, { StackName: `arn:${name}` })
    .resolves({ Stacks: [{ ...stack, StackStatus }] })
    .on(DescribeStacksCommand, { StackName: name })
    .resolves({ Stacks: [{ ...stack, StackStatus: 'CREATE_IN_PROGRESS' }] });
}

const deletedStacks = () =>
  formation.commandCalls(DeleteStackCommand).map(({ args }) => args[0].input.StackName);
const deletedSecrets = () => secrets.commandCalls(DeleteSecretCommand).map(({ args }) => args[0].input);
const deletedParameters = () =>
  ssm.commandCalls(DeleteParametersCommand).map(({ args }) => args[0].input.Names?.length);

describe('the cleanup of "npm run test:aws"', () => {
  beforeEach(() => {
    formation.on(DeleteStackCommand).resolves({});
    formation.on(DescribeStackResourcesCommand).rejects(new Error('Stack with id X does not exist'));
    secrets.on(ListSecretsCommand, { Filters: [{ Key: 'tag-value', Values: [run.id] }] }).resolves({
      SecretList: [
        { ARN: 'arn:secret', Tags: [{ Key: RUN_TAG, Value: run.id }] },
        { ARN: 'arn:foreign', Tags: [{ Key: 'commit', Value: `${run.id}0` }] },
      ],
    });
    const ten = Array.from({ length: 10 }, (_, index) => ({ Name: `/${index}` }));
    ssm
      .on(GetParametersByPathCommand)
      .resolvesOnce({ Parameters: ten, NextToken: 'next' })
      .resolvesOnce({ Parameters: [{ Name: '/10' }] })
      .resolves({ Parameters: [{ Name: '/a' }] });
  });

  afterEach(() => {
    for (const mock of [formation, secrets, ssm]) mock.reset();
  });

  it('deletes the consumer stack first, and then the refresher stack, its secrets and its parameters', async () => {
    stackIs('DELETE_COMPLETE', run.consumerStack);
    stackIs('DELETE_COMPLETE', run.stack);
    expect((await cleanUp(run)).undeleted).toEqual([]);
    expect(deletedStacks()).toEqual([`arn:${run.consumerStack}`, `arn:${run.stack}`]);
    expect(deletedSecrets()).toEqual([{ SecretId: 'arn:secret', ForceDeleteWithoutRecovery: true }]);
    expect(deletedParameters()).toEqual([10, 1, 1]);
  });

  it('continues if AWS cannot delete a stack, and returns the name of the stack with the reason', async () => {
    stackIs('DELETE_COMPLETE', run.consumerStack);
    stackIs('DELETE_FAILED', run.stack, 'the key is in use');
    const { undeleted } = await cleanUp(run);
    expect(undeleted).toEqual([`the stack ${run.stack}: DELETE_FAILED: the key is in use`]);
    expect(deletedSecrets()).toHaveLength(1);
    expect(deletedParameters()).toHaveLength(3);
  });

  it('deletes nothing if the run created nothing', async () => {
    formation.on(DescribeStacksCommand).rejects(new Error('Stack with id X does not exist'));
    secrets.on(ListSecretsCommand).resolves({ SecretList: [] });
    ssm.on(GetParametersByPathCommand).resolves({ Parameters: [] });
    expect((await cleanUp(run)).undeleted).toEqual([]);
    expect([...deletedStacks(), ...deletedSecrets(), ...deletedParameters()]).toEqual([]);
  });
});

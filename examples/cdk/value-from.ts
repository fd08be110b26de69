import { ContainerImage, FargateTaskDefinition, Secret } from 'aws-cdk-lib/aws-ecs';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { BrokerCredential } from 'broker-token-refresher';
import type { Construct } from 'constructs';

/**
 * ECS sets the environment of a task when the task starts, so a running task never gets a new token. Use this
 * function only for tasks that run for less than `renewBefore`, the remaining lifetime of a token at its
 * renewal.
 */
export function addShortTask(scope: Construct, credential: BrokerCredential): FargateTaskDefinition {
  const task = new FargateTaskDefinition(scope, 'ShortTask');
  const parameter = StringParameter.fromSecureStringParameterAttributes(scope, 'TokenParameter', {
    parameterName: credential.tokenParameterName,
  });
  task.addContainer('Trader', {
    image: ContainerImage.fromRegistry('example/trader'),
    secrets: { BROKER_TOKEN: Secret.fromSsmParameter(parameter) },
  });
  // ECS reads the parameter with the execution role. The CDK allows this role to read the parameter, but not
  // to use the KMS key.
  credential.grantRead(task.obtainExecutionRole());
  return task;
}

import { ContainerImage, FargateTaskDefinition, Secret } from 'aws-cdk-lib/aws-ecs';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { BrokerCredential } from 'broker-token-refresher';
import type { Construct } from 'constructs';

/**
 * Use this function only for tasks that end within renewBefore, because the environment of a running task
 * never changes.
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
  // ECS reads the parameter with the execution role, but the CDK does not grant that role the use of the KMS
  // key.
  credential.grantRead(task.obtainExecutionRole());
  return task;
}

import { ContainerImage, FargateTaskDefinition, Secret } from 'aws-cdk-lib/aws-ecs';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { BrokerCredential } from 'broker-token-refresher';
import type { Construct } from 'constructs';

/** Only for tasks that end within the margin: the environment of a running task never changes. */
export function addShortTask(scope: Construct, credential: BrokerCredential): FargateTaskDefinition {
  const task = new FargateTaskDefinition(scope, 'ShortTask');
  const parameter = StringParameter.fromSecureStringParameterAttributes(scope, 'TokenParameter', {
    parameterName: credential.tokenParameterName,
  });
  task.addContainer('Trader', {
    image: ContainerImage.fromRegistry('example/trader'),
    secrets: { BROKER_TOKEN: Secret.fromSsmParameter(parameter) },
  });
  // What the CDK grants by itself lacks the key of the token: ECS reads it with the execution role.
  credential.grantRead(task.obtainExecutionRole());
  return task;
}

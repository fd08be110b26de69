import { ContainerImage, FargateTaskDefinition, LogDrivers } from 'aws-cdk-lib/aws-ecs';
import type { BrokerCredential } from 'broker-token-refresher';
import type { Construct } from 'constructs';

export function addTradingTask(scope: Construct, credential: BrokerCredential): FargateTaskDefinition {
  const task = new FargateTaskDefinition(scope, 'TradingTask');
  task.addContainer('Trader', {
    image: ContainerImage.fromRegistry('example/trader'),
    logging: LogDrivers.awsLogs({ streamPrefix: 'trader' }),
  });
  // This call grants permissions to the task role, with which the reader runs. The execution role only starts
  // the task.
  credential.bindReader(task);
  return task;
}

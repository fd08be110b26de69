import { CfnOutput, type Stack } from 'aws-cdk-lib';
import type { BrokerTokensConfig } from './config/config.ts';
import type { TokenRefresher } from './token-refresher.ts';

/** The outputs of a stack; one without a value is left out. */
export function createOutputs(
  stack: Stack,
  refresher: TokenRefresher,
  { credentials, keepParameters }: BrokerTokensConfig,
): void {
  const created = refresher.credentials
    .filter((_, index) => credentials[index]?.secret.create)
    .map(({ credentialId, secret }) => `${credentialId}=${secret.secretArn}`);
  const outputs: readonly (readonly [id: string, value: string | undefined, description: string])[] = [
    ['InboxUrl', refresher.inbox.queueUrl, 'URL of the queue that the refresher receives messages from'],
    ['AlarmTopicArn', refresher.alarmTopic.topicArn, 'ARN of the topic of all alarms'],
    ['TokenKeyArn', refresher.tokenKey.keyArn, 'ARN of the KMS key of the token parameters'],
    [
      'TokenParameters',
      refresher.credentials.map(({ tokenParameterName }) => tokenParameterName).join(','),
      'Names of the parameters that hold the tokens',
    ],
    [
      'StaysAfterDestroy',
      keepParameters
        ? 'the secrets of the app keys, the token and state parameters, the KMS key'
        : 'only the secrets of the app keys',
      'Resources that `cdk destroy` keeps',
    ],
    [
      'EgressAddress',
      refresher.network?.elasticIp?.attrPublicIp,
      'Register this IP address with Kiwoom; it rejects all others',
    ],
    ['SecretsToFillIn', created.join(',') || undefined, 'Secrets without a value: add the app key to each'],
  ];
  for (const [id, value, description] of outputs)
    if (value !== undefined) new CfnOutput(stack, id, { value, description });
}

import { CfnOutput, Lazy } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { BrokerCredential } from './broker-credential.ts';
import type { ParsedRefresherProps } from './config/props-schema.ts';
import type { EgressNetwork } from './network/egress.ts';
import type { RefresherParts } from './refresher-parts.ts';

/**
 * The cost of a retained Elastic IP: the list price of a public IPv4 address is $0.005 an hour
 * (docs/costs.md).
 */
const ADDRESS_COST = 'about $3.65 a month until you release it';

/**
 * Creates the outputs of a refresher, without the outputs whose value is undefined.
 * @param credentials a list that may grow until synthesis reads it
 */
export function createOutputs(
  refresher: Construct,
  { inbox, alarmTopic, tokenKey }: RefresherParts,
  network: EgressNetwork | undefined,
  { keepParameters, egress }: ParsedRefresherProps,
  credentials: readonly BrokerCredential[],
): void {
  const keepsAddress = egress !== 'public' && egress.kind === 'static' && egress.keepAddress === true;
  const keptResources = [
    'the secrets of the app keys',
    ...(keepParameters ? ['the token and state parameters', 'the KMS key'] : []),
    ...(keepsAddress ? [`the Elastic IP ${network?.allocationId} (${ADDRESS_COST})`] : []),
  ];
  const outputs: readonly (readonly [id: string, value: string | undefined, description: string])[] = [
    ['InboxUrl', inbox.queue.queueUrl, 'URL of the queue that the refresher receives messages from'],
    ['AlarmTopicArn', alarmTopic.topicArn, 'ARN of the topic of all alarms'],
    ['TokenKeyArn', tokenKey.keyArn, 'ARN of the KMS key of the token parameters'],
    [
      'TokenParameters',
      Lazy.string({
        produce: () => credentials.map(({ tokenParameterName }) => tokenParameterName).join(',') || 'none',
      }),
      'Names of the parameters that hold the tokens',
    ],
    [
      'StaysAfterDestroy',
      keptResources.length === 1 ? `only ${keptResources[0]}` : keptResources.join(', '),
      'Resources that `cdk destroy` keeps',
    ],
    [
      'EgressAddress',
      network?.elasticIp?.attrPublicIp,
      'Register this IP address with Kiwoom; it rejects all others',
    ],
    [
      'EgressAllocationId',
      network?.allocationId,
      'Allocation id of the Elastic IP, whose address must be registered with Kiwoom',
    ],
  ];
  for (const [id, value, description] of outputs)
    if (value !== undefined) new CfnOutput(refresher, id, { value, description });
}

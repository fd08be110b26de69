import type { FleetSettings } from '../../lambdas/shared/fleet-settings.ts';
import { reportFilter } from '../../lambdas/shared/message.ts';
import type { CliContext } from '../cli-context.ts';
import { isAwsError } from '../cli-error.ts';

export function reportTopicArn({ reportTopicArn: pattern }: FleetSettings, id: string): string {
  return pattern.replace('*', id);
}

/**
 * Creates the topic for rejection reports about a fleet credential, if it does not exist. Like the topics of
 * the stack, the topic is encrypted, requires TLS, and forwards only reports about its credential.
 * @returns false if the account has reached its quota of FIFO topics
 */
export async function putReportTopic(
  context: CliContext,
  id: string,
  fleet: FleetSettings,
): Promise<boolean> {
  const { aws } = context;
  const arn = reportTopicArn(fleet, id);
  const Name = arn.split(':').slice(5).join(':');
  try {
    await aws.call('sns:CreateTopic', arn, { Name, Attributes: topicAttributes(arn, fleet) });
  } catch (error) {
    // Source: SNS API reference, CreateTopic § Errors. The default quota is 1,000 FIFO topics per account.
    if (isAwsError(error, 'TopicLimitExceededException')) return false;
    throw error;
  }
  await aws.call('sns:Subscribe', arn, {
    TopicArn: arn,
    Protocol: 'sqs',
    Endpoint: fleet.inboxArn,
    Attributes: {
      // The refresher expects the published body without the SNS envelope.
      RawMessageDelivery: 'true',
      FilterPolicyScope: 'MessageBody',
      FilterPolicy: JSON.stringify(reportFilter(id)),
    },
    ReturnSubscriptionArn: true,
  });
  return true;
}

/**
 * Deletes a topic and its subscription. SNS reports no error if the topic does not exist (SNS API reference,
 * DeleteTopic).
 */
export async function deleteReportTopic({ aws }: CliContext, arn: string): Promise<void> {
  await aws.call('sns:DeleteTopic', arn, { TopicArn: arn });
}

function topicAttributes(arn: string, { tokenKeyArn }: FleetSettings): Record<string, string> {
  return {
    FifoTopic: 'true',
    ContentBasedDeduplication: 'true',
    KmsMasterKeyId: tokenKeyArn,
    // This policy replaces the default policy, so a principal needs sns:Publish in its own IAM policy.
    Policy: JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'AllowPublishThroughSSLOnly',
          Effect: 'Deny',
          Principal: '*',
          Action: 'sns:Publish',
          Resource: arn,
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
      ],
    }),
  };
}

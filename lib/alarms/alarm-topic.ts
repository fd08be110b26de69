import { Stack } from 'aws-cdk-lib';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { suppressNag } from '../nag-suppressions.ts';

export interface AlarmTopicProps {
  readonly key: Key;
  /**
   * The email address that receives every notification after its owner confirms the subscription. If
   * undefined, the topic has no email subscription.
   */
  readonly email: string | undefined;
}

/**
 * The encrypted topic of all alarms, with the permissions that CloudWatch needs on the topic and on its key.
 */
export class AlarmTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { key, email }: AlarmTopicProps) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', {
      displayName: 'Broker token alarms',
      masterKey: key,
      enforceSSL: true,
    });

    // `enforceSSL` adds a topic policy, which replaces the default policy that allows alarms of the account
    // to publish. `grantPublish` also allows CloudWatch to use the key: kms:Decrypt and kms:GenerateDataKey*.
    // Source: SNS Developer Guide, "Enable compatibility between event sources from AWS services and
    // encrypted topics".
    const cloudWatch = new ServicePrincipal('cloudwatch.amazonaws.com');
    const sourceAccountCondition = { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } };
    this.topic.grantPublish(cloudWatch.withConditions(sourceAccountCondition));

    if (email === undefined) return;
    suppressNag(this.topic.addSubscription(new EmailSubscription(email)), {
      'Serverless-SNSRedrivePolicy':
        'SNS retries an e-mail for six hours; after that, a dead-letter queue would not notify the owner',
    });
  }
}

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
   * Receives every notification, after confirming the subscription.
   *
   * @default - nobody is subscribed
   */
  readonly email?: string;
}

/** The encrypted topic of all alarms, with the two permissions without which they would vanish silently. */
export class AlarmTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, props: AlarmTopicProps) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', {
      displayName: 'Broker token alarms',
      masterKey: props.key,
      enforceSSL: true,
    });

    // With enforceSSL the topic has a policy, and that replaces the default one that let the account's
    // alarms publish: it has to be said again.
    // The grant reaches the key's policy as well (a test walks the way): CloudWatch needs kms:Decrypt and
    // kms:GenerateDataKey*. Source: SNS Developer Guide, "Enable compatibility between event sources from
    // AWS services and encrypted topics".
    const cloudWatch = new ServicePrincipal('cloudwatch.amazonaws.com');
    const fromThisAccount = { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } };
    this.topic.grantPublish(cloudWatch.withConditions(fromThisAccount));

    if (props.email === undefined) return;
    suppressNag(this.topic.addSubscription(new EmailSubscription(props.email)), {
      'Serverless-SNSRedrivePolicy':
        'SNS repeats a mail for six hours; after that a queue nobody looks at would tell nobody either',
    });
  }
}

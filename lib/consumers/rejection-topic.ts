import { Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  FilterOrPolicy,
  Subscription,
  SubscriptionFilter,
  SubscriptionProtocol,
  Topic,
} from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { reportFilter } from '../../lambdas/shared/message.ts';
import { reportTopicName } from '../../lambdas/shared/names.ts';
import type { Inbox } from '../inbox.ts';
import { suppressNag } from '../nag-suppressions.ts';

export interface RejectionTopicProps {
  readonly credential: string;
  readonly inbox: IQueue;
  readonly key: IKey;
  /** The prefix of the topic's name. */
  readonly namePrefix: string;
}

const allowlistFilter = (values: readonly string[]) =>
  FilterOrPolicy.filter(SubscriptionFilter.stringFilter({ allowlist: [...values] }));

/**
 * The topic to which consumers report that the broker rejected a token of one credential. Consumers have no
 * permission to send messages to the inbox, because the inbox also accepts revocations. This topic forwards
 * only reports about its credential. SNS forwards the message group and the deduplication id unchanged.
 * Source: SNS Developer Guide, "Message grouping for FIFO topics".
 */
export class RejectionTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, props: RejectionTopicProps) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', {
      topicName: reportTopicName(props.namePrefix, props.credential),
      fifo: true,
      // If a report has no deduplication id, SNS treats reports with equal texts as duplicates.
      contentBasedDeduplication: true,
      masterKey: props.key,
      enforceSSL: true,
    });
    const filter = reportFilter(props.credential);
    // `addSubscription` would add one statement per topic to the queue policy; `Inbox.allowSenders` adds one
    // statement for all topics.
    const subscription = new Subscription(this, 'ToInbox', {
      topic: this.topic,
      endpoint: props.inbox.queueArn,
      protocol: SubscriptionProtocol.SQS,
      // The refresher expects the published body without the SNS envelope.
      rawMessageDelivery: true,
      filterPolicyWithMessageBody: {
        cause: allowlistFilter(filter.cause),
        credential: allowlistFilter(filter.credential),
      },
    });
    suppressNag(subscription, {
      'Serverless-SNSRedrivePolicy':
        'SNS retries the delivery to a queue for 23 days, and a consumer whose token stays rejected reports again',
    });
  }
}

/**
 * Allows the report topics of this refresher, by the pattern of their names, to send messages to the inbox.
 */
export function allowRejectionTopics(inbox: Inbox, namePrefix: string): void {
  const resource = reportTopicName(namePrefix, '*');
  inbox.allowSenders('sns', Stack.of(inbox).formatArn({ service: 'sns', resource }));
}

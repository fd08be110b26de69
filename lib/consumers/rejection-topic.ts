import { Stack } from 'aws-cdk-lib';
import {
  FilterOrPolicy,
  Subscription,
  SubscriptionFilter,
  SubscriptionProtocol,
  Topic,
} from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { reportFilter } from '../../lambdas/shared/message.ts';
import { reportTopicName } from '../../lambdas/shared/names.ts';
import type { Inbox } from '../inbox.ts';
import { suppressNag } from '../nag-suppressions.ts';
import type { RefresherParts } from '../refresher-parts.ts';

const allowlistFilter = (values: readonly string[]) =>
  FilterOrPolicy.filter(SubscriptionFilter.stringFilter({ allowlist: [...values] }));

/**
 * Creates the topic to which consumers report that the broker rejected a token of one credential. Consumers
 * have no permission to send messages to the inbox, because the inbox also accepts revocations. This topic
 * forwards only reports about its credential. SNS forwards the message group and the deduplication id
 * unchanged. Source: SNS Developer Guide, "Message grouping for FIFO topics".
 */
export function createRejectionTopic(
  credentialConstruct: Construct,
  credential: string,
  { inbox, tokenKey, namePrefix }: RefresherParts,
): Topic {
  allowRejectionTopics(inbox, namePrefix);
  const scope = new Construct(credentialConstruct, 'RejectionTopic');
  const topic = new Topic(scope, 'Topic', {
    topicName: reportTopicName(namePrefix, credential),
    fifo: true,
    // If a report has no deduplication id, SNS treats reports with equal texts as duplicates.
    contentBasedDeduplication: true,
    masterKey: tokenKey,
    enforceSSL: true,
  });
  const filter = reportFilter(credential);
  // `addSubscription` would add one statement per topic to the queue policy; `Inbox.allowSenders` adds one
  // statement for all topics.
  const subscription = new Subscription(scope, 'ToInbox', {
    topic,
    endpoint: inbox.queue.queueArn,
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
  return topic;
}

/** Allows all report topics of this refresher to send messages to the inbox. */
export function allowRejectionTopics(inbox: Inbox, namePrefix: string): void {
  const resource = reportTopicName(namePrefix, '*');
  inbox.allowSenders('sns', Stack.of(inbox).formatArn({ service: 'sns', resource }));
}

import { Stack } from 'aws-cdk-lib';
import { Grant, type IGrantable, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
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
import type { Cause } from '../lambdas/shared/message.ts';
import { viaService } from './key-conditions.ts';
import { suppressNag } from './nag-suppressions.ts';

export interface RejectionTopicProps {
  readonly credential: string;
  readonly inbox: IQueue;
  readonly key: IKey;
  /** Begin of the topic's name. */
  readonly namePrefix: string;
}

const REPORT: Cause = 'rejected';

/**
 * Where consumers of one credential say that its token was rejected. They cannot send to the inbox
 * itself, through which a token can be revoked: this topic lets through reports on this credential and
 * nothing else. Group and deduplication id pass from the topic to the queue unchanged.
 * Source: SNS Developer Guide, "Message grouping for FIFO topics", "Message deduplication for FIFO topics".
 */
export class RejectionTopic extends Construct {
  readonly topic: Topic;
  readonly #key: IKey;

  constructor(scope: Construct, id: string, props: RejectionTopicProps) {
    super(scope, id);
    this.#key = props.key;
    this.topic = new Topic(this, 'Topic', {
      topicName: `${topicNamePrefix(props.namePrefix)}${props.credential}.fifo`,
      fifo: true,
      // Reports that name no deduplication id are equal if their texts are.
      contentBasedDeduplication: true,
      masterKey: props.key,
      enforceSSL: true,
    });
    // Not `addSubscription`: it adds a statement to the queue's policy for each topic, and a policy
    // holds 20. Source: SQS Developer Guide, "Amazon SQS policy quotas".
    const subscription = new Subscription(this, 'ToInbox', {
      topic: this.topic,
      endpoint: props.inbox.queueArn,
      protocol: SubscriptionProtocol.SQS,
      // The body as it was published, which is what the refresher reads.
      rawMessageDelivery: true,
      filterPolicyWithMessageBody: {
        cause: FilterOrPolicy.filter(SubscriptionFilter.stringFilter({ allowlist: [REPORT] })),
        credential: FilterOrPolicy.filter(SubscriptionFilter.stringFilter({ allowlist: [props.credential] })),
      },
    });
    suppressNag(subscription, {
      'Serverless-SNSRedrivePolicy':
        'SNS tries to deliver to a queue for 23 days, and a consumer whose token stays rejected reports again',
    });
  }

  /**
   * Lets somebody publish here: the topic, and of the key only what an encrypted topic takes.
   * Source: SNS Developer Guide, "Key management": a publisher needs GenerateDataKey and Decrypt.
   */
  grantPublish(grantee: IGrantable): Grant {
    const { topicArn } = this.topic;
    const publish = Grant.addToPrincipal({ grantee, actions: ['sns:Publish'], resourceArns: [topicArn] });
    const key = Grant.addToPrincipal({
      grantee,
      actions: ['kms:GenerateDataKey', 'kms:Decrypt'],
      resourceArns: [this.#key.keyArn],
      conditions: {
        StringEquals: {
          ...viaService(this, 'sns')['StringEquals'],
          'kms:EncryptionContext:aws:sns:topicArn': topicArn,
        },
      },
    });
    return publish.combine(key);
  }
}

/** Lets the report topics of this refresher, known by their names, put messages into the inbox: one statement for all. */
export function allowRejectionTopics(inbox: IQueue, namePrefix: string): void {
  const stack = Stack.of(inbox);
  const topics = stack.formatArn({ service: 'sns', resource: `${topicNamePrefix(namePrefix)}*.fifo` });
  inbox.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('sns.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [inbox.queueArn],
      conditions: { ArnLike: { 'aws:SourceArn': topics } },
    }),
  );
}

function topicNamePrefix(namePrefix: string): string {
  return `${namePrefix}-reports-`;
}

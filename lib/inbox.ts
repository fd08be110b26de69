import { Duration } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { DeduplicationScope, FifoThroughputLimit, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { queueNames } from '../lambdas/shared/names.ts';
import { suppressNag } from './nag-suppressions.ts';

export interface InboxProps {
  /** The prefix of the names of both queues. */
  readonly namePrefix: string;

  /** The timeout of the function that receives the messages. */
  readonly functionTimeout: Duration;
}

/** The number of failed tries after which a message becomes a dead letter and its message group continues. */
const MAX_RECEIVE_COUNT = 3;

/**
 * The FIFO queue for all requests to the refresher, and its dead-letter queue. The credential is the message
 * group, so SQS delivers one message of a credential at a time: one writer per credential, without reserved
 * concurrency.
 */
export class Inbox extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;
  /** How long a received or failed message stays hidden. */
  readonly visibilityTimeout: Duration;

  constructor(scope: Construct, id: string, props: InboxProps) {
    super(scope, id);
    const names = queueNames(props.namePrefix);

    // SQS-managed encryption: with a KMS key, every sender would need a grant on the key, and the CDK adds
    // none for EventBridge Scheduler. Messages hold no secret. The names are explicit because FIFO requires
    // ".fifo", and because operators type them.
    const common = {
      fifo: true,
      contentBasedDeduplication: true,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
    };

    this.deadLetters = new Queue(this, 'DeadLetters', {
      ...common,
      queueName: names.deadLetters,
      retentionPeriod: Duration.days(14),
    });
    suppressNag(this.deadLetters, {
      'Serverless-SQSRedrivePolicy': 'It is itself the dead-letter queue, and an alarm reports each message',
    });

    // The visibility timeout is longer than the function can run; otherwise SQS would deliver a message twice
    // at once. The CDK does not check this. Source: Lambda Developer Guide, "Using Lambda with Amazon SQS".
    this.visibilityTimeout = Duration.seconds(2 * props.functionTimeout.toSeconds());
    this.queue = new Queue(this, 'Queue', {
      ...common,
      queueName: names.inbox,
      // With this scope, a sender can suppress the message of another sender only if it knows the message
      // group and the whole body.
      deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
      fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
      // After a long outage old ticks have no value.
      retentionPeriod: Duration.hours(2),
      visibilityTimeout: this.visibilityTimeout,
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MAX_RECEIVE_COUNT },
    });
  }

  /**
   * Allows a service to send messages on behalf of all resources whose ARNs match. One statement serves all
   * of them, because a queue policy holds at most 20. Source: SQS Developer Guide, "Amazon SQS policy
   * quotas".
   */
  allowSenders(service: 'events' | 'sns', sourceArnPattern: string): void {
    this.queue.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal(`${service}.amazonaws.com`)],
        actions: ['sqs:SendMessage'],
        resources: [this.queue.queueArn],
        conditions: { ArnLike: { 'aws:SourceArn': sourceArnPattern } },
      }),
    );
  }
}

import { Duration } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { DeduplicationScope, FifoThroughputLimit, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { queueNames } from '../lambdas/shared/names.ts';
import { suppressNag } from './nag-suppressions.ts';

export interface InboxProps {
  /** Prefix of the names of both queues. */
  readonly namePrefix: string;

  /** Timeout of the function that receives the messages. */
  readonly functionTimeout: Duration;
}

/** After this many failed tries a message becomes a dead letter, and its group continues. */
const MAX_RECEIVE_COUNT = 3;

/**
 * The FIFO queue for all requests to the refresher, and its dead letters. The credential is the message group, so SQS
 * delivers one message of a credential at a time: one writer per credential, without reserved concurrency.
 */
export class Inbox extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;
  /** How long a received or failed message stays hidden. */
  readonly visibilityTimeout: Duration;

  constructor(scope: Construct, id: string, props: InboxProps) {
    super(scope, id);
    const names = queueNames(props.namePrefix);

    // SQS-managed encryption: with a KMS key every sender would need a grant on it, and the CDK omits
    // the scheduler's. Messages hold no secret. The names are explicit because FIFO requires ".fifo", and
    // because operators type them.
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

    // Longer than the function may run, otherwise SQS would deliver a message twice at once (the CDK does not
    // check). Source: Lambda Developer Guide, "Using Lambda with Amazon SQS".
    this.visibilityTimeout = Duration.seconds(2 * props.functionTimeout.toSeconds());
    this.queue = new Queue(this, 'Queue', {
      ...common,
      queueName: names.inbox,
      // A sender can suppress a message of another sender only if it knows its group and its whole body.
      deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
      fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
      // After a long outage old ticks have no value.
      retentionPeriod: Duration.hours(2),
      visibilityTimeout: this.visibilityTimeout,
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MAX_RECEIVE_COUNT },
    });
  }

  /**
   * Allows a service to send messages on behalf of the resources whose ARNs match: one statement for all of them,
   * because a policy holds 20. Source: SQS Developer Guide, "Amazon SQS policy quotas".
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

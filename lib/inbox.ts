import { Duration } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { DeduplicationScope, FifoThroughputLimit, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { queueNames } from '../lambdas/shared/names.ts';
import { FUNCTION_TIMEOUT_BEYOND_INTERVAL } from './config/limits.ts';
import type { ParsedRefresherProps } from './config/props-schema.ts';
import { suppressNag } from './nag-suppressions.ts';

/**
 * The FIFO queue for all requests to the refresher, and its dead-letter queue. The credential id is the
 * message group, so SQS delivers the messages of a credential one at a time. Therefore each credential has a
 * single writer, without reserved concurrency.
 */
export class Inbox extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;
  /** The time for which SQS does not deliver a received or failed message again. */
  readonly visibilityTimeout: Duration;
  /** The timeout of the function that receives the messages. */
  readonly functionTimeout: Duration;

  /** @internal */
  constructor(scope: Construct, { namePrefix, checkEvery }: ParsedRefresherProps) {
    super(scope, 'Inbox');
    this.functionTimeout = Duration.seconds(checkEvery + FUNCTION_TIMEOUT_BEYOND_INTERVAL);
    const names = queueNames(namePrefix);

    // The encryption is SQS-managed. With a KMS key, every sender would need a grant on the key, and the CDK
    // adds no grant for EventBridge Scheduler. Messages hold no secret. The queue names are explicit, because
    // the name of a FIFO queue must end with ".fifo", and because operators type the names in commands.
    const commonProps = {
      fifo: true,
      contentBasedDeduplication: true,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
    };

    this.deadLetters = new Queue(this, 'DeadLetters', {
      ...commonProps,
      queueName: names.deadLetters,
      retentionPeriod: Duration.days(14),
    });
    suppressNag(this.deadLetters, {
      'Serverless-SQSRedrivePolicy':
        'This queue is itself the dead-letter queue, and an alarm reports each message',
    });

    // The visibility timeout is longer than the function timeout, so that SQS does not deliver a message
    // again while the function processes this message. The CDK does not compare the two timeouts. Source:
    // Lambda Developer Guide, "Using Lambda with Amazon SQS".
    this.visibilityTimeout = Duration.seconds(2 * this.functionTimeout.toSeconds());
    this.queue = new Queue(this, 'Queue', {
      ...commonProps,
      queueName: names.inbox,
      // With this scope, a sender can suppress the message of another sender only if it knows the message
      // group and the whole body.
      deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
      fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
      // After a long outage, old ticks are useless.
      retentionPeriod: Duration.hours(2),
      visibilityTimeout: this.visibilityTimeout,
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: 3 },
    });
  }

  /**
   * Allows a service to send messages on behalf of all resources whose ARNs match the pattern. One statement
   * covers all these resources, because a queue policy has at most 20 statements. Source: SQS Developer
   * Guide, "Amazon SQS policy quotas".
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

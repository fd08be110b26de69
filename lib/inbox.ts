import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { suppressNag } from './nag-suppressions.ts';

export interface InboxProps {
  /** Begin of the names of both queues. */
  readonly namePrefix: string;

  /** Timeout of the function that takes the messages. */
  readonly functionTimeout: Duration;
}

/** After this many failed tries a message is a defect's: it goes to the dead letters and its group moves on. */
const MAX_RECEIVE_COUNT = 3;

/**
 * The FIFO queue through which everything reaches the refresher, and its dead letters. With the
 * credential as message group it is the lock: one writer per credential, on any account.
 */
export class Inbox extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;
  /** How long a message that was taken, or failed, stays hidden. */
  readonly visibilityTimeout: Duration;

  constructor(scope: Construct, id: string, props: InboxProps) {
    super(scope, id);

    // SQS-managed encryption: with a KMS key every sender would need a grant on it, and CDK forgets
    // the scheduler's. Nothing that passes here is secret. Names are explicit because a name without
    // ".fifo" is refused, and because operators type them.
    const common = {
      fifo: true,
      contentBasedDeduplication: true,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
    };

    this.deadLetters = new Queue(this, 'DeadLetters', {
      ...common,
      queueName: `${props.namePrefix}-dead-letters.fifo`,
      retentionPeriod: Duration.days(14),
    });

    // Longer than the function may run, or a message would be handed out twice at once (CDK does not
    // check). Source: Lambda Developer Guide, "Using Lambda with Amazon SQS".
    this.visibilityTimeout = Duration.seconds(2 * props.functionTimeout.toSeconds());

    suppressNag(this.deadLetters, {
      'Serverless-SQSRedrivePolicy': 'It is where failed messages go, and an alarm tells of each',
    });

    this.queue = new Queue(this, 'Queue', {
      ...common,
      queueName: `${props.namePrefix}-inbox.fifo`,
      // Ticks of a long trouble are worth nothing afterwards.
      retentionPeriod: Duration.hours(2),
      visibilityTimeout: this.visibilityTimeout,
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MAX_RECEIVE_COUNT },
    });
  }
}

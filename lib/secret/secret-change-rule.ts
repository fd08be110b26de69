import { Stack } from 'aws-cdk-lib';
import { EventField, type IRuleTarget, Match, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { InboxMessage } from '../../lambdas/shared/message.ts';
import type { Inbox } from '../inbox.ts';
import { suppressNag } from '../nag-suppressions.ts';
import type { RefresherParts } from '../refresher-parts.ts';
import { shortDigest } from '../short-digest.ts';

/**
 * Notifies the refresher of a new current version of a secret, so that the refresher uses a corrected key at
 * once. Each credential has its own rule, because the message group of a target is a constant. AWS documents
 * the event, but the event was not tested in a real account. Without the event, the refresher uses the new
 * key at the next tick.
 */
export class SecretChangeRule extends Construct {
  readonly rule: Rule;

  /** @internal */
  constructor(scope: Construct, credential: string, secret: ISecret, parts: RefresherParts) {
    super(scope, 'SecretChangeRule');
    this.rule = new Rule(this, 'Rule', {
      ruleName: ruleName(parts.namePrefix, credential),
      description: `Notifies the token refresher of a change of the secret of ${credential}`,
      // Source: Secrets Manager User Guide, "Secret Label Updated event".
      eventPattern: {
        source: ['aws.secretsmanager'],
        detailType: ['Secret Label Updated'],
        resources: arnPattern(secret),
        detail: { labelUpdated: ['AWSCURRENT'] },
      },
      targets: [inboxTarget(parts.inbox.queue, credential)],
    });
    suppressNag(this.rule, {
      'Serverless-EventBusDLQ':
        'EventBridge retries for a day, and ticks detect the change of a secret even without the event',
    });
  }
}

/** Allows all rules of this refresher to send messages to the inbox. */
export function allowSecretChangeRules(inbox: Inbox, namePrefix: string): void {
  const resourceName = `${namePrefix}-*`;
  inbox.allowSenders(
    'events',
    Stack.of(inbox).formatArn({ service: 'events', resource: 'rule', resourceName }),
  );
}

/**
 * The target class of the CDK would add one statement per rule to the queue policy; `Inbox.allowSenders` adds
 * one statement for all rules.
 */
function inboxTarget(inbox: IQueue, credential: string): IRuleTarget {
  const message: InboxMessage = {
    credential,
    cause: 'credentials-changed',
    at: EventField.time,
    // SQS discards a message that equals an earlier message. The id differs between two events, but not
    // between two deliveries of one event. A consumer cannot predict the id, and therefore cannot suppress
    // the message.
    id: EventField.eventId,
  };
  return {
    bind: () => ({
      arn: inbox.queueArn,
      input: RuleTargetInput.fromObject(message),
      sqsParameters: { messageGroupId: credential },
      targetResource: inbox,
    }),
  };
}

/**
 * If only the name of a secret is known, its ARN ends with six unknown characters, so the pattern ends with a
 * wildcard. The pattern also matches a secret whose name is this name followed by "-" and more characters; a
 * change of that secret causes one additional check of the credential.
 */
function arnPattern(secret: ISecret): string[] {
  return secret.secretFullArn === undefined ? Match.prefix(`${secret.secretArn}-`) : [secret.secretFullArn];
}

/** EventBridge allows names of 64 characters. */
function ruleName(namePrefix: string, credential: string): string {
  const name = `${namePrefix}-${credential}`;
  return name.length <= 64 ? name : `${name.slice(0, 55)}-${shortDigest(credential)}`;
}

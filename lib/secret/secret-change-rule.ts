import { Stack } from 'aws-cdk-lib';
import { EventField, type IRuleTarget, Match, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { InboxMessage } from '../../lambdas/shared/message.ts';
import type { Inbox } from '../inbox.ts';
import { suppressNag } from '../nag-suppressions.ts';
import { shortDigest } from '../short-digest.ts';

export interface SecretChangeRuleProps {
  readonly credential: string;
  readonly secret: ISecret;
  readonly inbox: IQueue;
  /** Prefix of the rule's name. */
  readonly namePrefix: string;
}

/** EventBridge allows names of 64 characters. */
const MAX_RULE_NAME = 64;

/**
 * Notifies the refresher of a new current version of a secret, so that it tries a corrected key at once. One rule per
 * credential, because the message group of a target is a constant. The event is documented but was not tested in a
 * real account; without it the refresher tries the new key at the next tick.
 */
export class SecretChangeRule extends Construct {
  readonly rule: Rule;

  constructor(scope: Construct, id: string, props: SecretChangeRuleProps) {
    super(scope, id);
    const { credential, secret, inbox } = props;
    this.rule = new Rule(this, 'Rule', {
      ruleName: ruleName(props.namePrefix, credential),
      description: `Notifies the token refresher of a change of the secret of ${credential}`,
      // Source: Secrets Manager User Guide, "Secret Label Updated event".
      eventPattern: {
        source: ['aws.secretsmanager'],
        detailType: ['Secret Label Updated'],
        resources: arnPattern(secret),
        detail: { labelUpdated: ['AWSCURRENT'] },
      },
      targets: [inboxTarget(inbox, credential)],
    });
    suppressNag(this.rule, {
      'Serverless-EventBusDLQ':
        'The event only saves time, and EventBridge retries for a day: a later event has no value',
    });
  }
}

/** Allows the rules of this refresher, by their names, to send to the inbox. */
export function allowSecretChangeRules(inbox: Inbox, namePrefix: string): void {
  const resourceName = `${namePrefix}-*`;
  inbox.allowSenders(
    'events',
    Stack.of(inbox).formatArn({ service: 'events', resource: 'rule', resourceName }),
  );
}

/** The target of the CDK would add a statement to the queue's policy for each rule (`Inbox.allowSenders`). */
function inboxTarget(inbox: IQueue, credential: string): IRuleTarget {
  const message: InboxMessage = {
    credential,
    cause: 'credentials-changed',
    at: EventField.time,
    // Deduplication by content: an event delivered twice has one id, and a consumer cannot predict it.
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
 * The ARN of a secret known by name only ends with six unknown characters. A secret whose name continues with "-"
 * matches, too, which costs one tick of the credential.
 */
function arnPattern(secret: ISecret): string[] {
  return secret.secretFullArn === undefined ? Match.prefix(`${secret.secretArn}-`) : [secret.secretFullArn];
}

function ruleName(namePrefix: string, credential: string): string {
  const name = `${namePrefix}-${credential}`;
  if (name.length <= MAX_RULE_NAME) return name;
  const digest = shortDigest(credential);
  return `${name.slice(0, MAX_RULE_NAME - digest.length - 1)}-${digest}`;
}

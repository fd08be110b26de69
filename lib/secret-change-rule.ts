import { createHash } from 'node:crypto';
import { Stack } from 'aws-cdk-lib';
import { EventField, type IRuleTarget, Match, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { InboxMessage } from '../lambdas/shared/message.ts';
import { suppressNag } from './nag-suppressions.ts';

export interface SecretChangeRuleProps {
  readonly credential: string;
  readonly secret: ISecret;
  readonly inbox: IQueue;
  /** Begin of the rule's name. */
  readonly namePrefix: string;
}

/** EventBridge allows names of 64 characters. */
const LONGEST_RULE_NAME = 64;

/**
 * Tells the refresher that a secret has a new current version, so that a corrected key is tried at
 * once. One rule for each credential: the message group of a target is a constant, and the refresher
 * takes a message only in the group of its credential. Documented, not seen live: it makes things
 * faster, and a hold on refused keys ends without it as well, at the next tick.
 */
export class SecretChangeRule extends Construct {
  readonly rule: Rule;

  constructor(scope: Construct, id: string, props: SecretChangeRuleProps) {
    super(scope, id);
    const { credential, secret, inbox } = props;
    const message: InboxMessage = {
      credential,
      cause: 'credentials-changed',
      // Two changes differ, and an event delivered twice does not: what deduplication by content needs.
      at: EventField.time,
    };
    const target: IRuleTarget = {
      // Not the target of CDK: it adds a statement to the queue's policy for each rule, and a policy
      // holds 20. Source: SQS Developer Guide, "Amazon SQS policy quotas".
      bind: () => ({
        arn: inbox.queueArn,
        input: RuleTargetInput.fromObject(message),
        sqsParameters: { messageGroupId: credential },
        targetResource: inbox,
      }),
    };
    this.rule = new Rule(this, 'Rule', {
      ruleName: ruleName(props.namePrefix, credential),
      description: `Tells the token refresher that the secret of ${credential} has changed`,
      // Source: Secrets Manager User Guide, "Secret Label Updated event".
      eventPattern: {
        source: ['aws.secretsmanager'],
        detailType: ['Secret Label Updated'],
        resources: arnPattern(secret),
        detail: { labelUpdated: ['AWSCURRENT'] },
      },
      targets: [target],
    });
    suppressNag(this.rule, {
      'Serverless-EventBusDLQ':
        'The event only makes things faster, and EventBridge tries again for a day: one that is late beyond that is worth nothing',
    });
  }
}

/** Lets the rules of this refresher, known by their names, put messages into the inbox: one statement for all. */
export function allowSecretChangeRules(inbox: IQueue, namePrefix: string): void {
  const rules = Stack.of(inbox).formatArn({
    service: 'events',
    resource: 'rule',
    resourceName: `${namePrefix}-*`,
  });
  inbox.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('events.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [inbox.queueArn],
      conditions: { ArnLike: { 'aws:SourceArn': rules } },
    }),
  );
}

/**
 * The end of the ARN of a secret known by name only: six characters that nobody knows. A secret whose
 * name goes on with "-" would match too, which costs one look at the credential and nothing else.
 */
function arnPattern(secret: ISecret): string[] {
  return secret.secretFullArn === undefined ? Match.prefix(`${secret.secretArn}-`) : [secret.secretFullArn];
}

function ruleName(namePrefix: string, credential: string): string {
  const name = `${namePrefix}-${credential}`;
  if (name.length <= LONGEST_RULE_NAME) return name;
  const digest = createHash('sha256').update(credential).digest('hex').slice(0, 8);
  return `${name.slice(0, LONGEST_RULE_NAME - digest.length - 1)}-${digest}`;
}

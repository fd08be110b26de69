import type { CliContext } from '../cli-context.ts';
import { check, type Finding, ok, watch, wrong } from './finding.ts';

const CLOUDWATCH = 'cloudwatch.amazonaws.com';

interface Statement {
  readonly Effect?: string;
  readonly Principal?:
    | string
    | { readonly Service?: string | readonly string[]; readonly AWS?: string | readonly string[] };
  readonly Action?: string | readonly string[];
}

/** From an alarm to a person: may CloudWatch publish, may it use the key, and does anybody listen? */
export async function checkDelivery(context: CliContext, topic: string): Promise<readonly Finding[]> {
  const { GetTopicAttributesCommand } = await import('@aws-sdk/client-sns');
  const { Attributes = {} } = await context.aws.use('sns:GetTopicAttributes', topic, (sns) =>
    sns.send(new GetTopicAttributesCommand({ TopicArn: topic })),
  );
  const findings: Finding[] = [];
  if (!allows(Attributes['Policy'], 'sns:Publish'))
    findings.push(
      wrong(
        `CloudWatch may not publish to ${topic}: alarms vanish.`,
        'Deploy the stack again: the policy of the topic was changed.',
      ),
    );
  findings.push(...listeners(topic, Attributes));
  const key = Attributes['KmsMasterKeyId'];
  if (key !== undefined && key !== '') findings.push(...(await check(() => keyLets(context, topic, key))));
  return findings;
}

function listeners(topic: string, attributes: Readonly<Record<string, string>>): readonly Finding[] {
  const confirmed = Number(attributes['SubscriptionsConfirmed'] ?? 0);
  const pending = Number(attributes['SubscriptionsPending'] ?? 0);
  const waiting = watch(
    `${pending === 1 ? 'A subscription is' : `${pending} subscriptions are`} not confirmed yet.`,
    'Open the mail of SNS ("AWS Notification - Subscription Confirmation"; look among the spam too) and confirm.',
  );
  if (confirmed > 0)
    return [
      ok(
        `${confirmed === 1 ? 'One confirmed subscription' : `${confirmed} confirmed subscriptions`} of the alarm topic.`,
      ),
      ...(pending > 0 ? [waiting] : []),
    ];
  return [
    wrong(
      'The alarm topic has no confirmed subscription.',
      pending > 0
        ? (waiting.fix ?? '')
        : `Set alarmEmail in cdk.json and deploy, or: aws sns subscribe --topic-arn ${topic} --protocol email --notification-endpoint <you>`,
    ),
  ];
}

async function keyLets(context: CliContext, topic: string, key: string): Promise<readonly Finding[]> {
  if (key.endsWith('alias/aws/sns'))
    return [
      wrong(
        `${topic} is encrypted with alias/aws/sns, which CloudWatch can never use: alarms vanish.`,
        'Deploy the stack again.',
      ),
    ];
  const { GetKeyPolicyCommand } = await import('@aws-sdk/client-kms');
  const { Policy } = await context.aws.use('kms:GetKeyPolicy', key, (kms) =>
    kms.send(new GetKeyPolicyCommand({ KeyId: key, PolicyName: 'default' })),
  );
  // Source: SNS Developer Guide, "Enable compatibility between event sources from AWS services and encrypted topics".
  return allows(Policy, 'kms:Decrypt') && allows(Policy, 'kms:GenerateDataKey')
    ? [ok('CloudWatch may publish, and use the key of the topic.')]
    : [
        wrong(
          'CloudWatch may not use the key of the topic: alarms vanish silently.',
          'Deploy the stack again: the policy of the key was changed.',
        ),
      ];
}

/** Whether a policy has a statement that lets CloudWatch do this; conditions are not weighed. */
function allows(policy: string | undefined, action: string): boolean {
  let statements: readonly Statement[];
  try {
    const parsed = JSON.parse(policy ?? '{}') as { readonly Statement?: Statement | readonly Statement[] };
    statements = [parsed.Statement ?? []].flat();
  } catch {
    return false;
  }
  return statements.some(
    (statement) =>
      statement.Effect === 'Allow' &&
      isCloudWatch(statement.Principal) &&
      [statement.Action ?? []].flat().some((pattern) => matches(pattern, action)),
  );
}

function isCloudWatch(principal: Statement['Principal']): boolean {
  if (principal === undefined) return false;
  if (typeof principal === 'string') return principal === '*';
  return [principal.Service ?? []].flat().includes(CLOUDWATCH) || [principal.AWS ?? []].flat().includes('*');
}

function matches(pattern: string, action: string): boolean {
  const [wanted, got] = [pattern.toLowerCase(), action.toLowerCase()];
  return wanted.endsWith('*') ? got.startsWith(wanted.slice(0, -1)) : wanted === got;
}

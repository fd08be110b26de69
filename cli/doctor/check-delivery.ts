import type { Aws } from '../aws/aws.ts';
import type { CliContext } from '../cli-context.ts';
import { REVERT_DRIFT_COMMAND, type Report } from './finding.ts';

const CLOUDWATCH_PRINCIPAL = 'cloudwatch.amazonaws.com';

interface Statement {
  readonly Effect?: string;
  readonly Principal?: string | Readonly<Record<string, string | readonly string[]>>;
  readonly Action?: string | readonly string[];
}

/** Checks that CloudWatch can publish to a topic, and that the topic has confirmed subscriptions. */
export async function checkDelivery({ aws }: CliContext, topic: string, report: Report): Promise<void> {
  const { Attributes = {} } = await aws.call('sns:GetTopicAttributes', topic, { TopicArn: topic });
  const key = Attributes['KmsMasterKeyId'];
  if (!policyAllows(Attributes['Policy'], 'sns:Publish'))
    report.failed(`CloudWatch may not publish to ${topic}: no notification is sent.`, REVERT_DRIFT_COMMAND);
  checkSubscriptions(topic, Attributes, report);
  if (key) await checkTopicKey(aws, topic, key, report);
}

const CONFIRM_SUBSCRIPTION_FIX =
  'Open the email "AWS Notification - Subscription Confirmation", which may be in the spam folder, and confirm.';

function checkSubscriptions(topic: string, attributes: Readonly<Record<string, string>>, report: Report) {
  const confirmedCount = Number(attributes['SubscriptionsConfirmed'] ?? 0);
  const pendingCount = Number(attributes['SubscriptionsPending'] ?? 0);
  const subscribeFix = `Set alarmEmail in cdk.json and deploy, or run: aws sns subscribe --topic-arn ${topic} --protocol email --notification-endpoint <you>`;
  if (confirmedCount === 0)
    return report.failed(
      'The alarm topic has no confirmed subscription.',
      pendingCount > 0 ? CONFIRM_SUBSCRIPTION_FIX : subscribeFix,
    );
  if (confirmedCount > 1) report.ok(`Confirmed subscriptions of the alarm topic: ${confirmedCount}.`);
  else
    report.warning(
      'The alarm topic has only one confirmed subscription; if that channel fails, you receive no notification.',
      'Add a second channel, such as a chat or a second email address: docs/notifications.md',
    );
  if (pendingCount > 0)
    report.warning(`Subscriptions that are not confirmed: ${pendingCount}.`, CONFIRM_SUBSCRIPTION_FIX);
}

async function checkTopicKey(aws: Aws, topic: string, key: string, report: Report): Promise<void> {
  if (key.endsWith('alias/aws/sns'))
    return report.failed(
      `${topic} is encrypted with alias/aws/sns, which CloudWatch can never use: no notification is sent.`,
      REVERT_DRIFT_COMMAND,
    );
  const { Policy } = await aws.call('kms:GetKeyPolicy', key, { KeyId: key, PolicyName: 'default' });
  // CloudWatch needs both actions. Source: SNS Developer Guide, "Enable compatibility between event sources
  // from AWS services and encrypted topics".
  if (policyAllows(Policy, 'kms:Decrypt') && policyAllows(Policy, 'kms:GenerateDataKey'))
    return report.ok('CloudWatch may publish, and may use the key of the topic.');
  report.failed(
    'CloudWatch may not use the key of the topic: no notification is sent.',
    REVERT_DRIFT_COMMAND,
  );
}

/** Returns whether a policy allows CloudWatch to perform an action. Conditions are not evaluated. */
function policyAllows(policy: string | undefined, action: string): boolean {
  try {
    const { Statement: statements = [] } = JSON.parse(policy ?? '{}') as {
      readonly Statement?: Statement | readonly Statement[];
    };
    return [statements].flat().some((statement) => statementAllows(statement, action));
  } catch {
    return false;
  }
}

function statementAllows({ Effect, Principal = '', Action = [] }: Statement, action: string): boolean {
  const principals = typeof Principal === 'string' ? [Principal] : Object.values(Principal).flat();
  const includesCloudWatch = principals.includes('*') || principals.includes(CLOUDWATCH_PRINCIPAL);
  return (
    Effect === 'Allow' && includesCloudWatch && [Action].flat().some((each) => matchesAction(each, action))
  );
}

/** Returns whether a pattern in a policy statement matches an action. The pattern can end with `*`. */
function matchesAction(pattern: string, action: string): boolean {
  const [expected, actual] = [pattern.toLowerCase(), action.toLowerCase()];
  return expected.endsWith('*') ? actual.startsWith(expected.slice(0, -1)) : expected === actual;
}

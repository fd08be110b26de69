import type { AlarmChapter } from '../../lambdas/shared/names.ts';
import { listStackAlarms, type StackAlarm } from '../aws/stack-alarms.ts';
import { type CliContext, printResult, printWarning, requireConfirmation } from '../cli-context.ts';
import { AwsCallError, CommandFailedError, EXIT_CODE, NotFoundError } from '../cli-error.ts';
import { paragraphLines } from '../terminal/layout.ts';
import { withProgress } from '../terminal/progress.ts';
import { formatSpan, iso, MINUTE, SECOND } from '../time.ts';

/**
 * The alarm that the command sets to ALARM. Every stack has this alarm, and CloudWatch sets it back to OK at
 * the next evaluation, because missing data counts as OK.
 */
const TESTED_ALARM: AlarmChapter = 'RefusedMessages';

const TEST_STATE_REASON = 'TEST of the notifications, sent with "alarm-test". No action is required.';

/**
 * The longest time to wait until the alarm is OK again. "Metric alarms return to their actual state quickly,
 * often within seconds" (CloudWatch API Reference, SetAlarmState).
 */
const MAX_WAIT_FOR_OK = 5 * MINUTE;

/** `alarm-test`: sends two test notifications through an alarm of the stack to all subscriptions. */
export async function runAlarmTest(context: CliContext, _: undefined, { yes }: { readonly yes?: true }) {
  const { aws, clock } = context;
  const alarm = await findTestedAlarm(context);
  const topics = alarm.actions.filter((action) => action.includes(':sns:'));
  const subscriptions = (await Promise.all(topics.map((topic) => listSubscriptions(context, topic)))).flat();
  const confirmedSubscriptions = subscriptions.filter((each) => each.confirmed);
  for (const { protocol, endpoint } of subscriptions.filter((each) => !each.confirmed))
    printWarning(
      context,
      `The subscription ${protocol} ${endpoint} is not confirmed and receives nothing. Open its confirmation link.`,
    );
  if (confirmedSubscriptions.length === 0)
    throw new CommandFailedError(
      `The topic of the alarm ${alarm.name} has no confirmed subscription, so no notification would arrive.`,
      'Confirm or add a subscription: docs/notifications.md',
    );
  const { terminal } = context;
  terminal.err(`${testPlanLines(terminal.width, alarm.name, confirmedSubscriptions).join('\n')}\n`);
  await requireConfirmation(
    context,
    `Send two notifications to ${confirmedSubscriptions.length} subscriptions?`,
    yes,
  );

  const sentAt = clock.now();
  const setAlarmStateInput = {
    AlarmName: alarm.name,
    StateValue: 'ALARM',
    StateReason: TEST_STATE_REASON,
  } as const;
  await aws.call('cloudwatch:SetAlarmState', alarm.name, setAlarmStateInput);
  const okAt = await waitForOk(context, alarm);
  await requireNoFailedNotification(context, alarm, sentAt);
  printReport(context, alarm, subscriptions, sentAt, okAt);
  return EXIT_CODE.ok;
}

/** Reads the alarm to test. @throws NotFoundError; CommandFailedError if it cannot send a notification now */
async function findTestedAlarm(context: CliContext): Promise<StackAlarm> {
  const { stack } = context;
  const name = `${stack}-${TESTED_ALARM}`;
  const alarm = (await listStackAlarms(context)).find((each) => each.name === name);
  if (alarm === undefined)
    throw new NotFoundError(
      `There is no alarm ${name} in ${context.aws.region}.`,
      `Pass --stack <name of the stack>. If the name of the stack is ${stack}, run: npx cdk deploy --revert-drift`,
    );
  if (alarm.state === 'ALARM')
    throw new CommandFailedError(
      `${name} is already in ALARM state, and only a change of its state sends a notification.`,
      'Resolve the alarm first: docs/runbook.md#refusedmessages',
    );
  if (alarm.actions.length === 0 || !alarm.actionsEnabled)
    throw new CommandFailedError(
      `${name} sends no notifications.`,
      `For the fix, run: ${context.program} doctor`,
    );
  return alarm;
}

function testPlanLines(
  width: number,
  name: string,
  confirmedSubscriptions: readonly Subscription[],
): readonly string[] {
  const text = `CloudWatch sets the alarm ${name} to ALARM, and back to OK at its next evaluation. Each of the two changes sends a notification, usually within a minute. Tokens are not affected; "status" exits with 1 while the alarm is in ALARM state.`;
  return [
    ...paragraphLines(text, width),
    '',
    ...confirmedSubscriptions.flatMap((each) =>
      paragraphLines(`${each.protocol} ${each.endpoint}: ${describeDelivery(each, name)}`, width, '– '),
    ),
    '',
  ];
}

/** Waits until CloudWatch sets the alarm back to OK. @returns the time, or undefined after MAX_WAIT_FOR_OK */
async function waitForOk(context: CliContext, { name }: StackAlarm): Promise<number | undefined> {
  const { aws, clock, signal } = context;
  const end = clock.now() + MAX_WAIT_FOR_OK;
  const interruptionTexts = [
    'Interrupted: the first notification is sent.',
    'CloudWatch sets the alarm back to OK at its next evaluation.',
  ] as const;
  return withProgress(context, interruptionTexts, async (show) => {
    show(`The first notification is sent. Waiting until CloudWatch sets ${name} back to OK`);
    while (clock.now() < end) {
      await clock.sleepUntil(clock.now() + SECOND, signal);
      const { MetricAlarms: [alarm] = [] } = await aws.call('cloudwatch:DescribeAlarms', name, {
        AlarmNames: [name],
      });
      if (alarm?.StateValue !== 'ALARM') return clock.now();
    }
    return undefined;
  });
}

/** Checks that the alarm history contains no failed notification. @throws CommandFailedError */
async function requireNoFailedNotification(
  context: CliContext,
  { name }: StackAlarm,
  sentAt: number,
): Promise<void> {
  try {
    const { AlarmHistoryItems = [] } = await context.aws.call('cloudwatch:DescribeAlarmHistory', name, {
      AlarmName: name,
      HistoryItemType: 'Action',
      StartDate: new Date(sentAt + context.aws.clockOffset - 2 * SECOND),
    });
    const failedNotification = AlarmHistoryItems.find(({ HistorySummary = '' }) =>
      /^Failed/i.test(HistorySummary),
    );
    if (failedNotification !== undefined)
      throw new CommandFailedError(
        `CloudWatch did not notify the topic: ${failedNotification.HistorySummary}.`,
        `For the fix, run: ${context.program} doctor`,
      );
  } catch (error) {
    if (!(error instanceof AwsCallError)) throw error;
    printWarning(
      context,
      `The command could not check whether CloudWatch published the notifications: ${error.message}`,
    );
  }
}

function printReport(
  context: CliContext,
  { name }: StackAlarm,
  subscriptions: readonly Subscription[],
  sentAt: number,
  okAt: number | undefined,
): void {
  const { terminal } = context;
  const notificationText =
    okAt === undefined
      ? `The first notification is sent. The second one follows when CloudWatch evaluates ${name} again.`
      : `Both notifications are sent: ${name} is OK again after ${formatSpan(okAt - sentAt)}.`;
  printResult(
    context,
    { alarm: name, reason: TEST_STATE_REASON, sentAt: iso(sentAt), okAt: iso(okAt), subscriptions },
    [
      ...paragraphLines(notificationText, terminal.width, `${terminal.paint('green', '✔')} `),
      ...paragraphLines(
        'Check that every subscription received both notifications, because this command cannot check the delivery. If a notification is missing, see docs/notifications.md#troubleshooting',
        terminal.width,
        '  ',
      ),
    ],
  );
}

interface Subscription {
  readonly protocol: string;
  /** The email address, the name of the function or queue, or the host of the webhook. */
  readonly endpoint: string;
  readonly confirmed: boolean;
}

const AMAZON_Q_ENDPOINT = 'global.sns-api.chatbot.amazonaws.com';

async function listSubscriptions({ aws }: CliContext, topic: string): Promise<readonly Subscription[]> {
  const pages = await aws.pages('sns:ListSubscriptionsByTopic', topic, { TopicArn: topic });
  return pages.flatMap(({ Subscriptions = [] }) =>
    Subscriptions.map(({ Protocol: protocol = '', Endpoint = '', SubscriptionArn = '' }) => ({
      protocol,
      endpoint: formatEndpoint(protocol, Endpoint),
      confirmed: SubscriptionArn.startsWith('arn:'),
    })),
  );
}

/** Formats an endpoint for display. The URL of a webhook may contain a secret, so only its host is shown. */
function formatEndpoint(protocol: string, endpoint: string): string {
  if (protocol.startsWith('http')) return URL.canParse(endpoint) ? new URL(endpoint).host : 'a URL';
  return endpoint.startsWith('arn:') ? (endpoint.split(':').at(-1) ?? '') : endpoint;
}

function describeDelivery({ protocol, endpoint }: Subscription, alarm: string): string {
  if (endpoint === AMAZON_Q_ENDPOINT) return 'a message of Amazon Q in Slack or Microsoft Teams';
  const deliveryTextByProtocol: Readonly<Record<string, string>> = {
    email: `an email from no-reply@sns.amazonaws.com, subject: ALARM: "${alarm}" in …`,
    sms: 'an SMS',
    lambda: 'the message that the function sends, such as a chat message',
    sqs: 'a message in the queue',
  };
  return deliveryTextByProtocol[protocol] ?? 'a message';
}

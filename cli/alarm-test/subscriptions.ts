import type { CliContext } from '../cli-context.ts';

/** A subscription of the alarm topic. */
export interface Subscription {
  readonly protocol: string;
  /** The email address, the name of the function or queue, or the host of the webhook. */
  readonly endpoint: string;
  readonly confirmed: boolean;
}

const AMAZON_Q_ENDPOINT = 'global.sns-api.chatbot.amazonaws.com';

/** Returns all subscriptions of a topic. @throws AwsCallError */
export async function listSubscriptions(
  { aws }: CliContext,
  topic: string,
): Promise<readonly Subscription[]> {
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

/** Describes the notification that a subscription receives from an alarm. */
export function describeDelivery({ protocol, endpoint }: Subscription, alarm: string): string {
  if (endpoint === AMAZON_Q_ENDPOINT) return 'a message of Amazon Q in Slack or Microsoft Teams';
  const deliveryTextByProtocol: Readonly<Record<string, string>> = {
    email: `an email from no-reply@sns.amazonaws.com, subject: ALARM: "${alarm}" in …`,
    sms: 'an SMS',
    lambda: 'the message that the function sends, such as a chat message',
    sqs: 'a message in the queue',
  };
  return deliveryTextByProtocol[protocol] ?? 'a message';
}

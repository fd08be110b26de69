import type { SNSEvent } from 'aws-lambda';
import { phoneText } from './message.ts';
import { DeliveryError, post, readSecret } from './send.ts';

/** The handler checks the path, because text after the webhook token selects a different message format. */
const WEBHOOK_PATH = /^\/api(?:\/v\d+)?\/webhooks\/\d+\/([\w-]+)$/;

/**
 * Sends notifications of the alarm topic to a Discord channel.
 * DISCORD_SECRET_ID is the name of the secret that contains the URL of a webhook of this channel.
 * Sources: Discord developer documentation, "Execute Webhook" and "Rate Limits".
 */
export async function handler(event: SNSEvent): Promise<void> {
  const webhookUrl = await readSecret(process.env['DISCORD_SECRET_ID']);
  // The handler uses `URL.parse`, because an error of `new URL` would contain the secret URL.
  const url = URL.parse(webhookUrl);
  const secret = WEBHOOK_PATH.exec(url?.pathname ?? '')?.[1];
  if (!url || !secret)
    throw new DeliveryError(
      'The secret is not the URL of a Discord webhook. Store the URL that Discord shows for the webhook.',
    );
  // Without the parameter `wait`, Discord reports no error for a message that it did not save.
  url.searchParams.set('wait', 'true');
  for (const { Sns } of event.Records) {
    const body = { content: phoneText(Sns), allowed_mentions: { parse: [] } };
    await post({ service: 'Discord', url, secret, body });
  }
}

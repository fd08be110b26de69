import type { SNSEvent } from 'aws-lambda';
import { phoneText } from './message.ts';
import { DeliveryError, post, readSecret } from './send.ts';

/** Checked, because anything after the token selects another message format. */
const WEBHOOK_PATH = /^\/api(?:\/v\d+)?\/webhooks\/\d+\/([\w-]+)$/;

/**
 * Sends notifications of the alarm topic to a Discord channel.
 * The secret DISCORD_SECRET_ID holds the URL of a webhook of this channel.
 * Sources: Discord developer documentation, "Execute Webhook" and "Rate Limits".
 */
export async function handler(event: SNSEvent): Promise<void> {
  const webhook = await readSecret(process.env['DISCORD_SECRET_ID']);
  // Not `new URL`: its error contains the input.
  const url = URL.parse(webhook);
  const secret = WEBHOOK_PATH.exec(url?.pathname ?? '')?.[1];
  if (!url || !secret) throw new DeliveryError('The secret is not the URL of a Discord webhook.');
  // Without it, Discord reports no error for a message that it did not save.
  url.searchParams.set('wait', 'true');
  for (const { Sns } of event.Records) {
    const body = { content: phoneText(Sns), allowed_mentions: { parse: [] } };
    await post({ service: 'Discord', url, secret, body });
  }
}

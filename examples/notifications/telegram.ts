import type { SNSEvent } from 'aws-lambda';
import { phoneText } from './message.ts';
import { DeliveryError, post, readSecret } from './send.ts';

/** The numbers and letters that BotFather returns. Checked, because the token becomes a part of the URL. */
const BOT_TOKEN = /^\d+:[\w-]+$/;

/**
 * Sends notifications of the alarm topic to a Telegram chat.
 * The secret TELEGRAM_SECRET_ID holds the bot token; TELEGRAM_CHAT_ID is the chat, which is no secret.
 * Sources: Telegram Bot API, "Making requests", "sendMessage" and "ResponseParameters".
 */
export async function handler(event: SNSEvent): Promise<void> {
  const secret = await readSecret(process.env['TELEGRAM_SECRET_ID']);
  if (!BOT_TOKEN.test(secret)) throw new DeliveryError('The secret is not a bot token of Telegram.');
  const host = process.env['TELEGRAM_HOST'] ?? 'https://api.telegram.org';
  const url = new URL(`${host}/bot${secret}/sendMessage`);
  for (const { Sns } of event.Records) {
    // Without parse_mode the text is plain: nothing in it needs to be escaped.
    const body = {
      chat_id: process.env['TELEGRAM_CHAT_ID'],
      text: phoneText(Sns),
      link_preview_options: { is_disabled: true },
    };
    await post({ service: 'Telegram', url, secret, body });
  }
}

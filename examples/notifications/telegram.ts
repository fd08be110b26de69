import type { SNSEvent } from 'aws-lambda';
import { phoneText } from './message.ts';
import { DeliveryError, post, readSecret } from './send.ts';

/**
 * The format of the bot token that BotFather returns. The handler checks the bot token, because it becomes a
 * part of the URL.
 */
const BOT_TOKEN_PATTERN = /^\d+:[\w-]+$/;

/**
 * Sends notifications of the alarm topic to a Telegram chat. TELEGRAM_SECRET_ID is the name of the secret
 * that contains the bot token. TELEGRAM_CHAT_ID is the id of the chat.
 * Sources: Telegram Bot API, "Making requests", "sendMessage" and "ResponseParameters".
 */
export async function handler(event: SNSEvent): Promise<void> {
  const secret = await readSecret(process.env['TELEGRAM_SECRET_ID']);
  if (!BOT_TOKEN_PATTERN.test(secret))
    throw new DeliveryError(
      'The secret is not a bot token of Telegram. Store the token that BotFather returned.',
    );
  const host = process.env['TELEGRAM_HOST'] ?? 'https://api.telegram.org';
  const url = new URL(`${host}/bot${secret}/sendMessage`);
  for (const { Sns } of event.Records) {
    // Without parse_mode, Telegram treats the text as plain text, so nothing must be escaped.
    const body = {
      chat_id: process.env['TELEGRAM_CHAT_ID'],
      text: phoneText(Sns),
      link_preview_options: { is_disabled: true },
    };
    await post({ service: 'Telegram', url, secret, body });
  }
}

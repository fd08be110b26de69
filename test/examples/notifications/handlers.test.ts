import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FakeAws } from '../../../simulator/aws/fake-aws.ts';
import { listen, type RunningServer, type SimulatedRequest } from '../../../simulator/http.ts';
import { bundleExample, run } from '../programs.ts';
import { alarmMessage, fleetMessage } from './messages.ts';

const TOKEN = '7000000001:FAKE-bot_token';
const WEBHOOK_TOKEN = 'FAKE-webhook_token';
const WEBHOOK = `https://discord.com/api/webhooks/42/${WEBHOOK_TOKEN}`;
const NO_WEBHOOK = 'is not the URL of a Discord webhook.';

/** The output of the test harness for a handler that returns nothing. */
const ONLY_THE_RESULT = 'undefined\n';

const aws = new FakeAws({ clock: { now: () => Date.now() } });
const requests: SimulatedRequest[] = [];
let reply: { readonly status: number; readonly body: object };
let chat: RunningServer;
let awsServer: RunningServer;
let programs: { readonly telegram: string; readonly discord: string };

beforeAll(async () => {
  awsServer = await aws.listen();
  programs = {
    telegram: await bundleExample('notifications/telegram'),
    discord: await bundleExample('notifications/discord'),
  };
  chat = await listen((request) => {
    requests.push(request);
    return { status: reply.status, headers: {}, body: JSON.stringify(reply.body) };
  });
});
beforeEach(() => {
  requests.length = 0;
  reply = { status: 200, body: { ok: true } };
  aws.putSecret('notifications/telegram', `${TOKEN}\n`);
  aws.putSecret('notifications/discord', `${chat.url}/api/webhooks/42/${WEBHOOK_TOKEN}`);
});
afterAll(() => Promise.all([awsServer.close(), chat.close()]));

/** Runs the handler in a separate process. @returns its exit code, and everything that Lambda would log */
async function notify(service: 'telegram' | 'discord', message: string) {
  const environment = {
    AWS_ENDPOINT_URL: awsServer.url,
    TELEGRAM_HOST: chat.url,
    TELEGRAM_SECRET_ID: 'notifications/telegram',
    TELEGRAM_CHAT_ID: '-100200300',
    DISCORD_SECRET_ID: 'notifications/discord',
  };
  const event = JSON.stringify({ Records: [{ Sns: { Subject: 'a subject', Message: message } }] });
  const program = run(programs[service], environment, `example.handler(${event})`);
  const code = await program.exitCode;
  const { out, err } = program.output();
  return { code, log: out + err };
}

const alarm = alarmMessage({ name: 'BrokerTokens-kis-main-ExpiringSoon', credential: 'kis-main' });

describe('The example handler', () => {
  it('telegram.ts sends an alarm to the chat with the bot token from the secret', async () => {
    expect(await notify('telegram', alarm)).toEqual({ code: 0, log: ONLY_THE_RESULT });
    const [{ method, path, body } = { method: '', path: '', body: '' }, ...others] = requests;
    expect([`${method} ${path}`, ...others]).toEqual([`POST /bot${TOKEN}/sendMessage`]);
    expect(JSON.parse(body)).toEqual({
      chat_id: '-100200300',
      text: expect.stringMatching(/^🔴 ALARM: kis-main ExpiringSoon\n/),
      link_preview_options: { is_disabled: true },
    });
  });

  it('discord.ts sends a notification of the fleet monitor to the webhook, and waits for the reply of Discord', async () => {
    expect(await notify('discord', fleetMessage({}))).toEqual({ code: 0, log: ONLY_THE_RESULT });
    const [{ method, path, body } = { method: '', path: '', body: '' }, ...others] = requests;
    expect([`${method} ${path}`, ...others]).toEqual([`POST /api/webhooks/42/${WEBHOOK_TOKEN}?wait=true`]);
    expect(JSON.parse(body)).toEqual({
      content: expect.stringMatching(/^🔴 kis-2: action required\n/),
      allowed_mentions: { parse: [] },
    });
  });

  it.each([
    ['telegram', TOKEN, 404, { description: `Not Found: /bot${TOKEN}` }, 'HTTP 404: Not Found: /bot***'],
    ['discord', WEBHOOK_TOKEN, 401, { message: `Invalid ${WEBHOOK_TOKEN}` }, 'HTTP 401: Invalid ***'],
  ] as const)(
    '%s.ts fails with the error text of the service, and neither its error nor its log contains the secret token',
    async (service, token, status, body, text) => {
      reply = { status, body };
      const { code, log } = await notify(service, alarm);
      expect(code).toBe(1);
      expect(log).toMatch(/DeliveryError: (Telegram|Discord) rejected the message with HTTP/);
      expect(log).toContain(text);
      expect(log).not.toContain(token);
    },
  );

  it.each([
    ['telegram', 'no bot token', '{"token":"FAKE-in-json"}', 'is not a bot token of Telegram.'],
    ['telegram', 'empty', ' ', 'notifications/telegram is empty.'],
    ['discord', 'no URL', `discord.com/api/webhooks/42/${WEBHOOK_TOKEN}`, NO_WEBHOOK],
    ['discord', 'a URL of the Slack format', `${WEBHOOK}/slack`, NO_WEBHOOK],
    ['discord', 'the URL of another page', `https://discord.com/channels/42/${WEBHOOK_TOKEN}`, NO_WEBHOOK],
  ] as const)(
    '%s.ts rejects a secret that is %s, and does not print the secret',
    async (service, _, secret, error) => {
      aws.putSecret(`notifications/${service}`, secret);
      const { code, log } = await notify(service, alarm);
      expect(code).toBe(1);
      expect(log).toContain(`The secret ${error}`);
      expect(log).not.toContain('FAKE');
      expect(requests).toEqual([]);
    },
  );
});

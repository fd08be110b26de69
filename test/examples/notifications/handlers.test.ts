import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FakeAws } from '../../../simulator/aws/fake-aws.ts';
import { listen, type RunningServer, type SimulatedRequest } from '../../../simulator/http.ts';
import { bundleExample, run } from '../programs.ts';
import { alarmMessage, fleetMessage, snsEvent } from './messages.ts';

const TOKEN = '7000000001:FAKE-bot_token';
const WEBHOOK_TOKEN = 'FAKE-webhook_token';

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
  const event = JSON.stringify(snsEvent(message));
  const program = run(programs[service], environment, `example.handler(${event})`);
  const code = await program.exitCode;
  const { out, err } = program.output();
  return { code, log: out + err };
}

const alarm = alarmMessage({ name: 'BrokerTokens-kis-main-ExpiringSoon', credential: 'kis-main' });

describe('telegram.ts', () => {
  it('sends an alarm to the chat with the bot token from the secret', async () => {
    const { code, log } = await notify('telegram', alarm);
    expect({ code, log }).toEqual({ code: 0, log: ONLY_THE_RESULT });
    expect(requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `POST /bot${TOKEN}/sendMessage`,
    ]);
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual({
      chat_id: '-100200300',
      text: expect.stringMatching(/^🔴 ALARM: kis-main ExpiringSoon\n/),
      link_preview_options: { is_disabled: true },
    });
  });

  it('fails with the error text of Telegram, and neither its error nor its log contains the bot token', async () => {
    reply = { status: 404, body: { ok: false, error_code: 404, description: `Not Found: /bot${TOKEN}` } };
    const { code, log } = await notify('telegram', alarm);
    expect(code).toBe(1);
    expect(log).toContain('DeliveryError: Telegram rejected the message with HTTP 404: Not Found: /bot***');
    expect(log).not.toContain(TOKEN);
  });

  it('rejects a secret that is not a bot token, and does not print the secret', async () => {
    aws.putSecret('notifications/telegram', '{"token":"FAKE-in-json"}');
    const { code, log } = await notify('telegram', alarm);
    expect(code).toBe(1);
    expect(log).toContain('The secret is not a bot token of Telegram.');
    expect(log).not.toContain('FAKE-in-json');
    expect(requests).toEqual([]);
  });

  it('rejects an empty secret with an error that contains the name of the secret', async () => {
    aws.putSecret('notifications/telegram', ' ');
    const { log } = await notify('telegram', alarm);
    expect(log).toContain('The secret notifications/telegram is empty.');
  });
});

describe('discord.ts', () => {
  it('sends a notification of the fleet monitor to the webhook, and waits for the reply of Discord', async () => {
    const { code, log } = await notify('discord', fleetMessage({}));
    expect({ code, log }).toEqual({ code: 0, log: ONLY_THE_RESULT });
    expect(requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `POST /api/webhooks/42/${WEBHOOK_TOKEN}?wait=true`,
    ]);
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual({
      content: expect.stringMatching(/^🔴 kis-2: action required\n/),
      allowed_mentions: { parse: [] },
    });
  });

  it('fails with the error text of Discord, and neither its error nor its log contains the webhook token', async () => {
    reply = { status: 401, body: { message: `Invalid Webhook Token ${WEBHOOK_TOKEN}`, code: 50027 } };
    const { code, log } = await notify('discord', alarm);
    expect(code).toBe(1);
    expect(log).toContain(
      'DeliveryError: Discord rejected the message with HTTP 401: Invalid Webhook Token ***',
    );
    expect(log).not.toContain(WEBHOOK_TOKEN);
  });

  it.each([
    ['no URL', `discord.com/api/webhooks/42/${WEBHOOK_TOKEN}`],
    ['the URL of the Slack format', `https://discord.com/api/webhooks/42/${WEBHOOK_TOKEN}/slack`],
    ['the URL of another page', `https://discord.com/channels/42/${WEBHOOK_TOKEN}`],
  ])('rejects a secret that is %s, and does not print it', async (_, secret) => {
    aws.putSecret('notifications/discord', secret);
    const { code, log } = await notify('discord', alarm);
    expect(code).toBe(1);
    expect(log).toContain('The secret is not the URL of a Discord webhook.');
    expect(log).not.toContain(WEBHOOK_TOKEN);
    expect(requests).toEqual([]);
  });
});

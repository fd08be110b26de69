import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../bin/bundle.ts';
import type { InboxMessage } from '../../lambdas/shared/message.ts';
import { FakeAwsError } from '../../simulator/aws/wire.ts';
import { listen, type RunningServer } from '../../simulator/http.ts';
import { LambdaHost } from '../../simulator/lambda-host.ts';
import { createSqsEvent, KIS_KEY, KIWOOM_KEY, LoopbackWorld, names } from '../../simulator/world.ts';
import { createTemporaryDirectory } from '../temp-dir.ts';

/**
 * These tests run the bundled function on every path, including failures. The tests search the
 * log, the metrics, the replies to the queue and the parameters for app keys and tokens.
 */
const START = Date.parse('2026-11-23T09:00:00+09:00');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const directory = createTemporaryDirectory('canary');

let world: LoopbackWorld;
let lambda: LambdaHost;
/** A fake broker that repeats the request in the error text of its reply. */
let echo: RunningServer;
let echoes = 0;
const outputs = new Set<string>();
let messageCount = 0;

beforeAll(async () => {
  await bundle({
    entry: join(import.meta.dirname, '../../lambdas/refresher/handler.ts'),
    directory: join(directory, 'lambda'),
    metafile: join(directory, 'meta.json'),
  });
  world = await LoopbackWorld.start({
    start: START,
    credentials: [
      { id: 'kis-main', broker: 'kis' },
      { id: 'kiwoom-main', broker: 'kiwoom' },
    ],
    kiwoom: { reissue: 'supersede' },
  });
  echo = await listen(({ path, headers, body }) => {
    const text = `${path} ${JSON.stringify(headers)} ${body}`;
    echoes += 1;
    const malformed = { access_token: text, token: text, token_type: body, expires_dt: text };
    const refused = {
      error_description: text,
      error_code: echoes % 3 === 1 ? 'EGW00103' : 'EGW99999',
      return_code: 3,
      return_msg: `${text}[8001:${body}]`,
    };
    return {
      status: echoes % 3 === 0 ? 200 : 403,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(echoes % 3 === 0 ? malformed : refused),
    };
  });
  lambda = host(world.environment);
});
afterAll(async () => {
  await lambda.stop();
  await world.stop();
  await echo.close();
});

function host(environment: Readonly<Record<string, string>>): LambdaHost {
  return new LambdaHost({ bundle: join(directory, 'lambda/index.js'), environment, clock: world.clock });
}

async function run(message: InboxMessage | string, on: LambdaHost = lambda): Promise<void> {
  const event = typeof message === 'string' ? createSqsEvent(message, 'kis-main') : world.event(message);
  const { response, log } = await on.invoke(event, 450_000);
  messageCount += 1;
  for (const text of [response, log]) outputs.add(JSON.stringify(text));
  for (const { id } of world.credentials) {
    for (const name of [names(id).state, names(id).config])
      for (const { value } of world.aws.parameterVersions(name)) outputs.add(value);
  }
  world.clock.advance(2 * MINUTE);
}

const IDS = ['kis-main', 'kiwoom-main'] as const;

async function runBrokerPaths(): Promise<void> {
  for (const credential of IDS) {
    const broker = world.broker(credential);
    // The first tick issues a token, and the second tick is idle.
    await run({ credential, cause: 'schedule' });
    await run({ credential, cause: 'schedule' });
    await run({ credential, cause: 'forced', reason: KIS_KEY.secret });
    await run({ credential, cause: 'rejected', generation: 1 });
    broker.set({ refuseData: credential === 'kis-main' ? 'EGW00201' : '1700' });
    await run({ credential, cause: 'rejected', generation: 9 });
    broker.set({ refuseData: null });
    broker.kill(world.published(credential).token ?? '');
    await run({ credential, cause: 'rejected', generation: 9 });
    await run({ credential, cause: 'revoke' });
    await run({ credential, cause: 'revoke', reissue: false });
    await run({ credential, cause: 'forced' });
    for (const outage of ['html', 'http-500', 'refused', 'cut'] as const) {
      broker.set({ outage });
      world.clock.advance(20 * HOUR);
      await run({ credential, cause: 'forced' });
      await run({ credential, cause: 'revoke' });
      broker.set({ outage: 'none' });
    }
    for (const code of [
      'AccessDeniedException',
      'InvalidKeyId',
      'DecryptionFailure',
      'ThrottlingException',
    ]) {
      const isThrottled = code === 'ThrottlingException';
      // Throttling is tested with only one broker, because the SDK retries throttled calls in real time.
      if (isThrottled && credential === 'kiwoom-main') continue;
      for (const failing of ['GetParameters', 'GetSecretValue', 'PutParameter', 'GetParameter']) {
        let errorsLeft = isThrottled ? 6 : Number.POSITIVE_INFINITY;
        world.aws.errorOf = (operation) => {
          if (operation !== failing || errorsLeft <= 0) return undefined;
          errorsLeft -= 1;
          return new FakeAwsError(code, 'message of the fake');
        };
        world.clock.advance(25 * HOUR);
        await run({ credential, cause: 'forced' });
        await run({ credential, cause: 'revoke' });
      }
      world.aws.errorOf = () => undefined;
    }
  }
}

async function runInvalidInputs(): Promise<void> {
  const text = `appkey=${KIS_KEY.appkey} appsecret=${KIS_KEY.secret}`;
  for (const invalid of [text, JSON.stringify(text), JSON.stringify({ [KIS_KEY.secret]: KIS_KEY.appkey })]) {
    world.putSecret('kis', invalid);
    await run({ credential: 'kis-main', cause: 'credentials-changed' });
  }
  world.putSecret('kis', KIS_KEY);
  for (const body of [text, JSON.stringify({ credential: text, cause: KIS_KEY.secret, generation: text })])
    await run(body);
  world.aws.putParameter(names('kis-main').state, JSON.stringify({ note: 'a damaged state' }));
  await run({ credential: 'kis-main', cause: 'schedule' });
  world.putSecret('kis', { appkey: 'PSFAKEwrongKey0000000000000', secret: KIS_KEY.secret });
  await run({ credential: 'kis-main', cause: 'credentials-changed' });
  world.putSecret('kis', KIS_KEY);

  const echoed = host({
    ...world.environment,
    BROKER_URL_KIS_PAPER: echo.url,
    BROKER_URL_KIWOOM_PAPER: echo.url,
  });
  for (const credential of IDS) {
    for (const cause of ['forced', 'revoke', 'forced', 'forced', 'forced'] as const) {
      world.clock.advance(25 * HOUR);
      await run({ credential, cause }, echoed);
      await run({ credential, cause: 'rejected', generation: 99 }, echoed);
    }
  }
  await echoed.stop();
}

/** Returns the app keys and tokens: complete, as halves, in Base64, and URL-encoded. */
function sensitiveTexts(): string[] {
  const tokens = [...world.kis.tokens, ...world.kiwoom.tokens].map(({ token }) => token);
  const keys = [KIS_KEY, KIWOOM_KEY].flatMap(({ appkey, secret }) => [appkey, secret]);
  return [...keys, 'PSFAKEwrongKey0000000000000', ...tokens].flatMap((secret) => [
    secret,
    secret.slice(0, Math.max(14, secret.length / 2)),
    secret.slice(-Math.max(14, secret.length / 2)),
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
    encodeURIComponent(secret),
  ]);
}

describe('On every path, the refresher', () => {
  it('writes no app key and no token to its log, metrics, replies, state or config', async () => {
    await runBrokerPaths();
    await runInvalidInputs();
    const out = [...outputs].join('\n');
    expect(messageCount).toBeGreaterThan(60);
    // If one of these outcomes is missing in the output, the test did not run every path.
    const outcomes = [
      'published',
      'unpublished',
      'unavailable',
      'malformed',
      'rejected',
      'revoked',
      'unconfigured',
    ];
    expect(outcomes.filter((outcome) => !out.includes(outcome))).toEqual([]);
    const secrets = new Set(sensitiveTexts());
    expect(secrets.size).toBeGreaterThan(20);
    expect([...secrets].filter((secret) => out.includes(secret))).toEqual([]);
  });
});

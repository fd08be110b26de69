import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../bin/bundle.ts';
import type { InboxMessage } from '../../lambdas/shared/message.ts';
import { FakeAwsError } from '../../simulator/aws/wire.ts';
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
let echo: Server;
let echoes = 0;
const outputs = new Set<string>();
const paths: string[] = [];

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
  echo = createServer((request, response) => {
    // This fake broker repeats the request in the error text of its reply.
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      const text = `${request.url} ${JSON.stringify(request.headers)} ${body}`;
      echoes += 1;
      const malformed = { access_token: text, token: text, token_type: body, expires_dt: text };
      const refused = {
        error_description: text,
        error_code: echoes % 3 === 1 ? 'EGW00103' : 'EGW99999',
        return_code: 3,
        return_msg: `${text}[8001:${body}]`,
      };
      response.writeHead(echoes % 3 === 0 ? 200 : 403, { 'content-type': 'application/json' });
      response.end(JSON.stringify(echoes % 3 === 0 ? malformed : refused));
    });
  });
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  lambda = host(world.environment);
});
afterAll(async () => {
  await lambda.stop();
  await world.stop();
  await new Promise((resolve) => echo.close(resolve));
});

function host(environment: Readonly<Record<string, string>>): LambdaHost {
  return new LambdaHost({ bundle: join(directory, 'lambda/index.js'), environment, clock: world.clock });
}

async function run(path: string, message: InboxMessage | string, on: LambdaHost = lambda): Promise<void> {
  const event = typeof message === 'string' ? createSqsEvent(message, 'kis-main') : world.event(message);
  const { response, log } = await on.invoke(event, 450_000);
  paths.push(path);
  for (const text of [response, log]) outputs.add(JSON.stringify(text));
  for (const { id } of world.credentials) {
    for (const name of [names(id).state, names(id).config])
      for (const { value } of world.aws.parameterVersions(name)) outputs.add(value);
  }
  world.clock.advance(2 * MINUTE);
}

const IDS = ['kis-main', 'kiwoom-main'] as const;
const tick = (credential: string) => ({ credential, cause: 'schedule' }) as const;

async function runBrokerPaths(): Promise<void> {
  for (const credential of IDS) {
    const broker = world.broker(credential);
    await run('first issue', tick(credential));
    await run('idle', tick(credential));
    await run('forced', { credential, cause: 'forced', reason: KIS_KEY.secret });
    await run('report of a live token', { credential, cause: 'rejected', generation: 1 });
    broker.set({ refuseData: credential === 'kis-main' ? 'EGW00201' : '1700' });
    await run('report without a verdict', { credential, cause: 'rejected', generation: 9 });
    broker.set({ refuseData: null });
    broker.kill(world.published(credential).token ?? '');
    await run('report of a dead token', { credential, cause: 'rejected', generation: 9 });
    await run('revoke', { credential, cause: 'revoke' });
    await run('revoke and pause', { credential, cause: 'revoke', reissue: false });
    await run('resume', { credential, cause: 'forced' });
    for (const outage of ['html', 'http-500', 'refused', 'cut'] as const) {
      broker.set({ outage });
      world.clock.advance(20 * HOUR);
      await run(outage, { credential, cause: 'forced' });
      await run(`revoke under ${outage}`, { credential, cause: 'revoke' });
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
        await run(`${code} at ${failing}`, { credential, cause: 'forced' });
        await run(`revoke with ${code} at ${failing}`, { credential, cause: 'revoke' });
      }
      world.aws.errorOf = () => undefined;
    }
  }
}

async function runInvalidInputs(): Promise<void> {
  const text = `appkey=${KIS_KEY.appkey} appsecret=${KIS_KEY.secret}`;
  for (const invalid of [text, JSON.stringify(text), JSON.stringify({ [KIS_KEY.secret]: KIS_KEY.appkey })]) {
    world.putSecret('kis', invalid);
    await run('a secret without a key', { credential: 'kis-main', cause: 'credentials-changed' });
  }
  world.putSecret('kis', KIS_KEY);
  for (const body of [text, JSON.stringify({ credential: text, cause: KIS_KEY.secret, generation: text })])
    await run('an invalid message', body);
  world.aws.putParameter(names('kis-main').state, JSON.stringify({ note: 'a damaged state' }));
  await run('a damaged state', tick('kis-main'));
  world.putSecret('kis', { appkey: 'PSFAKEwrongKey0000000000000', secret: KIS_KEY.secret });
  await run('rejected keys', { credential: 'kis-main', cause: 'credentials-changed' });
  world.putSecret('kis', KIS_KEY);

  const url = `http://127.0.0.1:${(echo.address() as AddressInfo).port}`;
  const echoed = host({ ...world.environment, BROKER_URL_KIS_PAPER: url, BROKER_URL_KIWOOM_PAPER: url });
  for (const credential of IDS) {
    for (const cause of ['forced', 'revoke', 'forced', 'forced', 'forced'] as const) {
      world.clock.advance(25 * HOUR);
      await run(`${cause} at a broker that repeats the request`, { credential, cause }, echoed);
      await run(
        'a report at a broker that repeats the request',
        { credential, cause: 'rejected', generation: 99 },
        echoed,
      );
    }
  }
  await echoed.stop();
}

/** Returns the app keys and tokens: complete, as halves, in Base64, and URL-encoded. */
function sensitiveTexts(): string[] {
  const tokens = [...world.kis.tokens, ...world.kiwoom.tokens].map(({ token }) => token);
  const whole = [
    KIS_KEY.appkey,
    KIS_KEY.secret,
    KIWOOM_KEY.appkey,
    KIWOOM_KEY.secret,
    'PSFAKEwrongKey0000000000000',
    ...tokens,
  ];
  return whole.flatMap((secret) => [
    secret,
    secret.slice(0, Math.max(14, secret.length / 2)),
    secret.slice(-Math.max(14, secret.length / 2)),
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
    encodeURIComponent(secret),
  ]);
}

describe('The refresher on every path', () => {
  it('writes no app key and no token to its log, metrics, replies, state or config', async () => {
    await runBrokerPaths();
    await runInvalidInputs();
    const out = [...outputs].join('\n');
    expect(paths.length).toBeGreaterThan(60);
    // If one of these outcomes is missing in the output, the test did not run every path.
    for (const outcome of [
      'published',
      'unpublished',
      'unavailable',
      'malformed',
      'rejected',
      'revoked',
      'unconfigured',
    ])
      expect([outcome, out.includes(outcome)]).toEqual([outcome, true]);
    const secrets = new Set(sensitiveTexts());
    expect(secrets.size).toBeGreaterThan(20);
    expect([...secrets].filter((secret) => out.includes(secret))).toEqual([]);
  });
});

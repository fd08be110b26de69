import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatState } from '../../lambdas/store/state-codec.ts';
import { FakeAws } from '../../simulator/aws/fake-aws.ts';
import { KisSimulator } from '../../simulator/brokers/kis.ts';
import { KiwoomSimulator } from '../../simulator/brokers/kiwoom.ts';
import { listen, type RunningServer } from '../../simulator/http.ts';
import { publishedToken } from '../sample-state.ts';
import {
  KIS_KEY,
  KIWOOM_KEY,
  kisIssueCall,
  kiwoomIssueCall,
  send,
} from '../simulator/brokers/broker-harness.ts';
import { bundleExample, run } from './programs.ts';

const clock = { now: () => Date.now() };
const aws = new FakeAws({ clock });
const kis = new KisSimulator({ clock, market: 'paper', keys: [KIS_KEY] });
const kiwoom = new KiwoomSimulator({
  clock,
  market: 'paper',
  keys: [KIWOOM_KEY],
  options: { reissue: 'supersede' },
});
const servers: RunningServer[] = [];
let urls: { readonly aws: string; readonly kis: string; readonly kiwoom: string };

beforeAll(async () => {
  for (const each of [aws, kis, kiwoom]) servers.push(await each.listen());
  const [first = '', second = '', third = ''] = servers.map(({ url }) => url);
  urls = { aws: first, kis: second, kiwoom: third };
});

afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
});

function publish(credential: string, generation: number, token: string): void {
  aws.putParameter(`/broker-tokens/${credential}/token`, token, 'SecureString');
  const published = publishedToken(token, Date.now());
  aws.putParameter(`/broker-tokens/${credential}/state`, formatState({ generation, published, issues: [] }));
}

/**
 * Requests a token from the simulated broker, and repeats the request until the broker issues a token. The
 * broker rejects requests within the minimum interval.
 */
async function issued(broker: 'kis' | 'kiwoom'): Promise<string> {
  for (;;) {
    const reply = await send(urls[broker], broker === 'kis' ? kisIssueCall() : kiwoomIssueCall());
    const { access_token, token } = (await reply.json()) as Record<string, string>;
    if (access_token || token) return access_token || token || '';
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('The example', () => {
  it('kis-lambda.ts requests a price with the token and the app key', async () => {
    const { appkey, secret } = KIS_KEY;
    aws.putSecret('kis-key', JSON.stringify({ appkey, appsecret: secret }));
    publish('kis-main', 1, await issued('kis'));
    aws.clearCalls();
    const environment = {
      AWS_ENDPOINT_URL: urls.aws,
      KIS_HOST: urls.kis,
      BROKER_TOKENS_CREDENTIAL: 'kis-main',
      BROKER_TOKENS_APP_KEY_KIS_MAIN: 'kis-key',
    };
    // The handler runs twice in one execution environment.
    const both = '[await example.handler(), await example.handler()]';
    const program = run(await bundleExample('kis-lambda'), environment, both);
    expect(await program.exitCode, program.output().err).toBe(0);
    const [first, second] = JSON.parse(program.output().out) as readonly { readonly price: string }[];
    expect(Number(first?.price)).toBeGreaterThan(0);
    expect(second).toEqual(first);
    expect(aws.calls.map(({ operation }) => operation)).toEqual(['GetParameters', 'GetSecretValue']);
  });

  it('kiwoom-container.ts uses the new token after a replacement, and stops after SIGTERM', async () => {
    publish('kiwoom-main', 1, await issued('kiwoom'));
    const environment = {
      AWS_ENDPOINT_URL: urls.aws,
      KIWOOM_HOST: urls.kiwoom,
      BROKER_TOKENS_CREDENTIAL: 'kiwoom-main',
    };
    const program = run(await bundleExample('kiwoom-container'), environment);
    await until(() => program.output().out.includes('"return_code":0'));
    // When the simulated Kiwoom issues a new token, it invalidates the token that the program uses.
    publish('kiwoom-main', 2, await issued('kiwoom'));
    const before = program.output().out.length;
    await until(() => program.output().out.length > before + 10);
    program.process.kill('SIGTERM');
    expect(await program.exitCode).toBe(0);
    const { out, err } = program.output();
    const codes = [...out.matchAll(/"return_code":(\d+)/g)].map(([, code]) => code);
    expect(codes.length).toBeGreaterThan(1);
    expect(new Set(codes)).toEqual(new Set(['0']));
    expect(err).toBe('');
  });

  it('kiwoom-container.ts logs why the token is missing, and continues', async () => {
    const environment = { AWS_ENDPOINT_URL: urls.aws, BROKER_TOKENS_CREDENTIAL: 'nobody' };
    const program = run(await bundleExample('kiwoom-container'), environment);
    await until(() => program.output().err.split('\n').length > 2);
    program.process.kill('SIGTERM');
    expect(await program.exitCode).toBe(0);
    expect(program.output().err).toContain('/broker-tokens/nobody/token');
  });

  it('extension-lambda.ts reads the token through the extension', async () => {
    publish('kiwoom-main', 1, 'FAKE-token');
    const extension = await listen(({ path }) => {
      const name = new URL(path, 'http://localhost').searchParams.get('name') ?? '';
      const Value = aws.parameter(name)?.value;
      return { status: 200, headers: {}, body: JSON.stringify({ Parameter: { Name: name, Value } }) };
    });
    servers.push(extension);
    const environment = {
      PARAMETERS_SECRETS_EXTENSION_HTTP_PORT: new URL(extension.url).port,
      AWS_SESSION_TOKEN: 'FAKE',
      BROKER_TOKENS_CREDENTIAL: 'kiwoom-main',
    };
    const program = run(await bundleExample('extension-lambda'), environment, 'example.handler()');
    expect(await program.exitCode, program.output().err).toBe(0);
    expect(JSON.parse(program.output().out)).toEqual({ authorization: 'Bearer FAKE-token' });
  });

  it('cross-account.ts reads the token with an assumed role', async () => {
    publish('kis-main', 1, 'FAKE-token');
    const sts = await listen(({ body }) => {
      const asked = new URLSearchParams(body);
      expect(asked.get('RoleArn')).toBe('arn:aws:iam::111122223333:role/read-kis-main');
      const credentials = `<AccessKeyId>ASIAFAKEFAKEFAKEFAKE</AccessKeyId><SecretAccessKey>FAKE</SecretAccessKey>
        <SessionToken>FAKE</SessionToken><Expiration>2126-01-01T00:00:00Z</Expiration>`;
      const answer = `<AssumeRoleResponse><AssumeRoleResult><Credentials>${credentials}</Credentials></AssumeRoleResult></AssumeRoleResponse>`;
      return { status: 200, headers: { 'content-type': 'text/xml' }, body: answer };
    });
    servers.push(sts);
    const environment = {
      AWS_ENDPOINT_URL_SSM: urls.aws,
      AWS_ENDPOINT_URL_STS: sts.url,
      READER_ROLE: 'arn:aws:iam::111122223333:role/read-kis-main',
    };
    const read = '(await example.readerOfOtherAccount("kis-main").get()).value';
    const program = run(await bundleExample('cross-account'), environment, read);
    expect(await program.exitCode, program.output().err).toBe(0);
    expect(JSON.parse(program.output().out)).toBe('FAKE-token');
  });
});

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { formatState } from '../../lambdas/store/state-codec.ts';
import { FakeAws } from '../../simulator/aws/fake-aws.ts';
import { listen, type RunningServer, type SimulatedRequest } from '../../simulator/http.ts';
import { type Brokers, SECRETS, startBrokers } from '../deploy/brokers.ts';
import { publishedToken } from '../sample-state.ts';
import { bundleExample, run } from './programs.ts';

/** A test exceeds this limit only if a program hangs. */
const LIMIT = { timeout: 100_000 };

const aws = new FakeAws({ clock: { now: () => Date.now() } });
const servers: RunningServer[] = [];
let brokers: Brokers;
let AWS_ENDPOINT_URL: string;

/** Starts a fake service that runs until the end of the tests. @returns its URL */
async function serve(answer: (request: SimulatedRequest) => string): Promise<string> {
  const server = await listen((request) => ({ status: 200, headers: {}, body: answer(request) }));
  servers.push(server);
  return server.url;
}

beforeAll(async () => {
  brokers = await startBrokers();
  brokers.kiwoom.set({ tokenCallInterval: 0 });
  servers.push(await aws.listen());
  AWS_ENDPOINT_URL = servers[0]?.url ?? '';
});

afterAll(() => Promise.all([brokers, ...servers].map((server) => server?.close())));

function publish(credential: string, generation: number, token: string): void {
  aws.putParameter(`/broker-tokens/${credential}/token`, token, 'SecureString');
  const published = publishedToken(token, Date.now());
  aws.putParameter(`/broker-tokens/${credential}/state`, formatState({ generation, published, issues: [] }));
}

describe('The example', () => {
  it('kis-lambda.ts requests a price with the token and the app key', async () => {
    aws.putSecret('kis-key', SECRETS.kis);
    publish('kis-main', 1, await brokers.issue('kis'));
    aws.clearCalls();
    const environment = {
      AWS_ENDPOINT_URL,
      KIS_HOST: brokers.urls.kis,
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
    publish('kiwoom-main', 1, await brokers.issue('kiwoom'));
    const environment = {
      AWS_ENDPOINT_URL,
      KIWOOM_HOST: brokers.urls.kiwoom,
      BROKER_TOKENS_CREDENTIAL: 'kiwoom-main',
    };
    const program = run(await bundleExample('kiwoom-container'), environment);
    await vi.waitUntil(() => program.output().out.includes('"return_code":0'), LIMIT);
    // When the simulated Kiwoom issues a new token, it invalidates the token that the program uses.
    publish('kiwoom-main', 2, await brokers.issue('kiwoom'));
    const before = program.output().out.length;
    await vi.waitUntil(() => program.output().out.length > before + 10, LIMIT);
    program.process.kill('SIGTERM');
    expect(await program.exitCode).toBe(0);
    const { out, err } = program.output();
    const codes = [...out.matchAll(/"return_code":(\d+)/g)].map(([, code]) => code);
    expect(codes.length).toBeGreaterThan(1);
    expect(new Set(codes)).toEqual(new Set(['0']));
    expect(err).toBe('');
  });

  it('kiwoom-container.ts logs why the token is missing, and continues', async () => {
    const environment = { AWS_ENDPOINT_URL, BROKER_TOKENS_CREDENTIAL: 'unknown' };
    const program = run(await bundleExample('kiwoom-container'), environment);
    await vi.waitUntil(() => program.output().err.split('\n').length > 2, LIMIT);
    program.process.kill('SIGTERM');
    expect(await program.exitCode).toBe(0);
    expect(program.output().err).toContain('/broker-tokens/unknown/token');
  });

  it('extension-lambda.ts reads the token through the extension', async () => {
    publish('kiwoom-main', 1, 'FAKE-token');
    const extension = await serve(({ path }) => {
      const name = new URL(path, 'http://localhost').searchParams.get('name') ?? '';
      return JSON.stringify({ Parameter: { Name: name, Value: aws.parameter(name)?.value } });
    });
    const environment = {
      PARAMETERS_SECRETS_EXTENSION_HTTP_PORT: new URL(extension).port,
      AWS_SESSION_TOKEN: 'FAKE',
      BROKER_TOKENS_CREDENTIAL: 'kiwoom-main',
    };
    const program = run(await bundleExample('extension-lambda'), environment, 'example.handler()');
    expect(await program.exitCode, program.output().err).toBe(0);
    expect(JSON.parse(program.output().out)).toEqual({ authorization: 'Bearer FAKE-token' });
  });

  it('cross-account.ts reads the token with an assumed role', async () => {
    publish('kis-main', 1, 'FAKE-token');
    const sts = await serve(({ body }) => {
      expect(new URLSearchParams(body).get('RoleArn')).toBe('arn:aws:iam::111122223333:role/read-kis-main');
      const credentials = `<AccessKeyId>ASIAFAKEFAKEFAKEFAKE</AccessKeyId><SecretAccessKey>FAKE</SecretAccessKey>
        <SessionToken>FAKE</SessionToken><Expiration>2126-01-01T00:00:00Z</Expiration>`;
      return `<AssumeRoleResponse><AssumeRoleResult><Credentials>${credentials}</Credentials></AssumeRoleResult></AssumeRoleResponse>`;
    });
    const environment = {
      AWS_ENDPOINT_URL_SSM: AWS_ENDPOINT_URL,
      AWS_ENDPOINT_URL_STS: sts,
      READER_ROLE: 'arn:aws:iam::111122223333:role/read-kis-main',
    };
    const read = '(await example.readerOfOtherAccount("kis-main").get()).value';
    const program = run(await bundleExample('cross-account'), environment, read);
    expect(await program.exitCode, program.output().err).toBe(0);
    expect(JSON.parse(program.output().out)).toBe('FAKE-token');
  });
});

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { FakeAwsError } from '../../simulator/aws/wire.ts';
import { SimulatedCloud } from './cloud.ts';
import { runAtConsole } from './console.ts';
import { type ProcessResult, tokens } from './run-tokens.ts';

let cloud: SimulatedCloud;

beforeAll(async () => {
  cloud = await SimulatedCloud.start();
  await cloud.tick('kis-main', 'kiwoom-main');
});

afterAll(() => cloud.stop());

afterEach(() => cloud.errors.clear());

const NO_KEYS = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' };

/** Asserts the exit code, an empty standard output, and one line on standard error that matches `text`. */
function expectOneLine({ code, out, err }: ProcessResult, expected: number, text: RegExp): void {
  expect({ code, out }).toEqual({ code: expected, out: '' });
  expect(err.trimEnd().split('\n')).toHaveLength(1);
  expect(err).toMatch(/^✖ /);
  expect(err).toMatch(text);
  expect(err).not.toMatch(/^\s+at |node:internal|\.[jt]s:\d/m);
}

describe('the command line exits with 2', () => {
  test.each([
    ['for an unknown command', ['stauts'], /unknown command 'stauts'\s+\(Did you mean status\?\)/],
    ['for an unknown option', ['status', '--jsno'], /unknown option '--jsno'\s+\(Did you mean --json\?\)/],
    ['without a credential', ['explain'], /missing required argument 'id'/],
    ['for a second credential', ['status', 'kis-main', 'kiwoom-main'], /too many arguments/],
    ['for an invalid id', ['status', 'KIS main'], /"KIS main" is not a credential id/],
    ['for an invalid time', ['explain', 'kis-main', '--at', 'noon'], /a time such as "14:30"/],
    ['for an invalid duration', ['refresh', 'kis-main', '--timeout', '5 minutes'], /such as "90s", "10m"/],
    ['for an invalid prefix', ['status', '--prefix', 'broker-tokens/'], /The value must start with "\/"/],
    ['for a key as an argument', ['credentials', 'put', 'kis-main', 'FAKE-key'], /too many arguments/],
  ])('%s', async (_, args, text) => {
    const { code, out, err } = await runAtConsole(cloud, args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(text);
  });
});

test('a failed command with --json prints its error as JSON on standard output', async () => {
  const { code, out, err } = await runAtConsole(cloud, ['status', 'kis-mian', '--json']);
  expect(code).toBe(3);
  const fix = expect.stringContaining('Did you mean "kis-main"?');
  expect(JSON.parse(out)).toEqual({
    error: { code: 'NotFound', message: expect.stringContaining('kis-mian'), fix },
  });
  expect(err).toContain('Did you mean');
});

test('the command line rejects a BROKER_URL_* variable whose host is neither the broker nor loopback', async () => {
  const environment = { BROKER_URL_KIS_LIVE: 'https://example.com' };
  const ended = await tokens(cloud, ['status'], { environment });
  expectOneLine(ended, 3, /BROKER_URL_KIS_LIVE must be an http\(s\) URL on loopback/);
});

describe('a command that cannot call AWS exits with code 3 and a one-line error', () => {
  const processes: readonly [string, readonly string[], Record<string, string>, RegExp][] = [
    ['without credentials', [], NO_KEYS, /There are no AWS credentials: .*aws sts get-caller-identity/],
    [
      'for a profile that does not exist',
      ['--profile', 'nowhere'],
      NO_KEYS,
      /The profile "nowhere" has no AWS credentials/,
    ],
    ['without a region', [], { AWS_REGION: '' }, /No AWS region is set\. Pass --region <region>/],
    [
      'without a network',
      // Port 1 has no server.
      ['--endpoint-url', 'http://127.0.0.1:1'],
      {},
      /AWS cannot be reached for ssm:GetParametersByPath in ap-northeast-2: ECONNREFUSED/,
    ],
  ];
  test.each(processes)('%s', async (_, args, environment, text) => {
    expectOneLine(await tokens(cloud, ['status', ...args], { environment }), 3, text);
  });

  test.each([
    ['expired login', 'ExpiredTokenException', /login has expired\. Log in again: aws sso login/],
    ['unknown key', 'UnrecognizedClientException', /AWS rejected the credentials in ap-northeast-2/],
    ['wrong clock', 'RequestTimeTooSkewed', /rejected the time of this machine.*timedatectl/],
    ['rate limit', 'ThrottlingException', /AWS throttled ssm:GetParametersByPath.*three times/],
    [
      'AWS failure',
      'InternalServerError',
      /ssm:GetParametersByPath on parameter\/broker-tokens in ap-northeast-2 failed: InternalServerError/,
    ],
  ])('if the call fails with this error: %s', async (_, code, text) => {
    cloud.errors.set('ssm:GetParametersByPath', new FakeAwsError(code, 'message of the fake'));
    expectOneLine(await runAtConsole(cloud, ['status']), 3, text);
  });

  test('after three attempts of a throttled AWS call', async () => {
    cloud.errors.set('ssm:GetParametersByPath', new FakeAwsError('ThrottlingException', 'Rate exceeded'));
    cloud.actions.length = 0;
    await runAtConsole(cloud, ['status']);
    expect(cloud.actions).toEqual(Array(3).fill('ssm:GetParametersByPath'));
  });
});

describe('the error of a denied AWS call names action, resource and principal', () => {
  const REFRESH = ['refresh', 'kiwoom-main', '--timeout', '30s'];
  test.each([
    ['status', ['status'], 'ssm:GetParametersByPath'],
    ['explain', ['explain', 'kis-main'], 'ssm:GetParameters'],
    ['refresh', REFRESH, 'sqs:GetQueueUrl'],
    ['refresh', REFRESH, 'sqs:SendMessage'],
    ['probe', ['probe', 'kis-main', '--yes'], 'secretsmanager:GetSecretValue'],
  ] as const)('in the command %s (%s)', async (_, args, action) => {
    cloud.deny(action);
    const { code, err } = await runAtConsole(cloud, args);
    expect(code).toBe(3);
    const line = `^✖ Not allowed: ${action} on arn:.*docs/cli\\.md.*You are arn:aws:iam::123456789012:user/operator\\.$`;
    expect(err.trimEnd().split('\n').at(-1)).toMatch(new RegExp(line));
  });

  test('in the output of "show --reveal" if KMS denies the decryption', async () => {
    const message =
      'User: arn:aws:sts::123456789012:assumed-role/reader/me is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:ap-northeast-2:123456789012:key/k because no identity-based policy allows the kms:Decrypt action';
    cloud.errors.set('ssm:GetParameters', new FakeAwsError('AccessDeniedException', message));
    const ended = await runAtConsole(cloud, ['show', 'kis-main', '--reveal']);
    expectOneLine(ended, 3, /Not allowed: kms:Decrypt on arn:aws:kms:ap-northeast-2:123456789012:key\/k\./);
  });

  test('in the output of status if the alarms cannot be read', async () => {
    cloud.deny('cloudwatch:DescribeAlarms');
    const { code, out } = await runAtConsole(cloud, ['status']);
    expect({ code, out: out.replace(/\s+/g, ' ') }).toEqual({
      code: 0,
      out: expect.stringMatching(/kis-main.*Alarms cannot be read: Not allowed: cloudwatch:DescribeAlarms/),
    });
  });
});

describe('the error for an unknown credential or prefix', () => {
  const UNKNOWN = /There is no credential "kis-mian" under \/broker-tokens in ap-northeast-2\. /;
  test.each(['status', 'explain', 'refresh', 'revoke', 'resume', 'show', 'probe'])(
    'contains the unknown id, the prefix, the region and the most similar id (command "%s")',
    async (command) => {
      const ended = await runAtConsole(cloud, [command, 'kis-mian']);
      expectOneLine(ended, 3, new RegExp(`${UNKNOWN.source}Did you mean "kis-main"\\?`));
    },
  );

  const cases: readonly [string, readonly string[], number, RegExp][] = [
    [
      'lists the existing credentials if no id is similar',
      ['show', 'another-thing'],
      3,
      /Credentials: kis-main, kiwoom-main\./,
    ],
    [
      'states that nothing is deployed below the prefix',
      ['status', '--prefix', '/elsewhere'],
      3,
      /Nothing is deployed under \/elsewhere in ap-northeast-2.*--region.*npx cdk deploy/,
    ],
    [
      'states that nothing is deployed below the prefix if the credential does not exist either',
      ['status', 'kis-main', '--prefix', '/elsewhere'],
      3,
      /Nothing is deployed under \/elsewhere/,
    ],
    [
      'names the missing queue if the stack does not exist',
      ['refresh', 'kiwoom-main', '--stack', 'MyTokens', '--timeout', '1m'],
      3,
      /There is no queue MyTokens-inbox\.fifo in ap-northeast-2\. Pass --stack/,
    ],
  ];
  test.each(cases)('%s', async (_, args, code, text) => {
    const ended = await runAtConsole(cloud, args);
    expect(ended.code).toBe(code);
    expect(ended.err).toMatch(text);
  });

  test('contains the command that lists the credentials if the caller has no permission to list parameters', async () => {
    cloud.deny('ssm:GetParametersByPath');
    const ended = await runAtConsole(cloud, ['show', 'kis-mian']);
    expectOneLine(
      ended,
      3,
      /There is no credential "kis-mian".*To list the credentials, run: npx broker-tokens/,
    );
  });
});

test('the command line prints the fix for an invalid config parameter', async () => {
  const { aws } = cloud.refresher.world;
  const name = '/broker-tokens/kis-main/config';
  const before = aws.parameter(name)?.value ?? '';
  aws.putParameter(name, '{"version":1,"broker":"kiss"}');
  try {
    const text = /The parameter \/broker-tokens\/kis-main\/config is invalid.*npx cdk deploy --revert-drift/;
    expectOneLine(await runAtConsole(cloud, ['explain', 'kis-main']), 1, text);
    const { code, out } = await runAtConsole(cloud, ['status']);
    const status = out.replace(/\s+/g, ' ');
    expect({ code, status }).toMatchObject({
      code: 1,
      status: expect.stringContaining('The config parameter is invalid'),
    });
  } finally {
    aws.putParameter(name, before);
  }
});

import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { FakeAwsError } from '../../simulator/aws/wire.ts';
import { SimulatedCloud } from './cloud.ts';
import { runAtConsole } from './console.ts';
import { type ProcessResult, tokens } from './run-tokens.ts';

const cloud = await SimulatedCloud.start();
await cloud.tick('kis-main', 'kiwoom-main');

afterAll(() => cloud.stop());

afterEach(() => cloud.errors.clear());

const run = (...args: readonly string[]) => runAtConsole(cloud, args);

/** Asserts the exit code, an empty standard output, and one line on standard error that matches `text`. */
function expectOneLine(ended: ProcessResult, code: number, text: RegExp): void {
  expect(ended).toEqual({ code, out: '', err: expect.stringMatching(text) });
  expect(ended.err).toMatch(/^✖ .*\n$/);
  expect(ended.err).not.toMatch(/^\s+at |node:internal|\.[jt]s:\d/m);
}

describe('the command line exits with code 2', () => {
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
    expect(await run(...args)).toEqual({ code: 2, out: '', err: expect.stringMatching(text) });
  });
});

test('a failed command with the option "--json" prints the error as JSON on standard output', async () => {
  const { code, out, err } = await run('status', 'kis-mian', '--json');
  expect(code).toBe(3);
  const fix = expect.stringContaining('Did you mean "kis-main"?');
  const message = expect.stringContaining('kis-mian');
  expect(JSON.parse(out)).toEqual({ error: { code: 'NotFound', message, fix } });
  expect(err).toContain('Did you mean');
});

describe('a command that cannot call AWS exits with code 3 and a one-line error', () => {
  const NO_KEYS = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' };
  const processes: readonly [string, readonly string[], Record<string, string>, RegExp][] = [
    ['without credentials', [], NO_KEYS, /There are no AWS credentials: .*aws sts get-caller-identity/],
    ['for an unknown profile', ['--profile', 'no'], NO_KEYS, /The profile "no" has no AWS credentials/],
    ['without a region', [], { AWS_REGION: '' }, /No AWS region is set\. Pass --region <region>/],
    [
      'without a network',
      // Port 1 has no server.
      ['--endpoint-url', 'http://127.0.0.1:1'],
      {},
      /AWS cannot be reached for ssm:GetParametersByPath in ap-northeast-2: ECONNREFUSED/,
    ],
    [
      'for a BROKER_URL_* variable whose host is neither the broker nor loopback',
      [],
      { BROKER_URL_KIS_LIVE: 'https://example.com' },
      /BROKER_URL_KIS_LIVE must be an http\(s\) URL on loopback/,
    ],
  ];
  test.each(processes)('%s', async (_, args, environment, text) => {
    expectOneLine(await tokens(cloud, ['status', ...args], { environment }), 3, text);
  });

  test.each([
    ['ExpiredTokenException', /login has expired\. Log in again: aws sso login/],
    ['UnrecognizedClientException', /AWS rejected the credentials in ap-northeast-2/],
    ['RequestTimeTooSkewed', /rejected the time of this machine.*timedatectl/],
    [
      'InternalServerError',
      /ssm:GetParametersByPath on parameter\/broker-tokens in ap-northeast-2 failed: InternalServerError/,
    ],
  ])('if the call fails with the error %s', async (code, text) => {
    cloud.errors.set('ssm:GetParametersByPath', new FakeAwsError(code, 'message of the fake'));
    expectOneLine(await run('status'), 3, text);
  });

  test('after three attempts of a throttled AWS call', async () => {
    cloud.errors.set('ssm:GetParametersByPath', new FakeAwsError('ThrottlingException', 'Rate exceeded'));
    cloud.actions.length = 0;
    expectOneLine(await run('status'), 3, /AWS throttled ssm:GetParametersByPath.*three times/);
    expect(cloud.actions).toEqual(Array(3).fill('ssm:GetParametersByPath'));
  });
});

describe('the error of a denied AWS call names the action, the resource and the principal', () => {
  test.each([
    ['ssm:GetParametersByPath', ['status']],
    ['ssm:GetParameters', ['explain', 'kis-main']],
    ['sqs:GetQueueUrl', ['refresh', 'kiwoom-main', '--timeout', '30s']],
    ['sqs:SendMessage', ['refresh', 'kiwoom-main', '--timeout', '30s']],
    ['secretsmanager:GetSecretValue', ['probe', 'kis-main', '--yes']],
  ])('for the action %s in the command %j', async (action, args) => {
    cloud.deny(action);
    const { code, err } = await run(...args);
    expect(code).toBe(3);
    const line = `^✖ Not allowed: ${action} on arn:.*docs/cli\\.md.*You are arn:aws:iam::123456789012:user/operator\\.$`;
    expect(err.trimEnd().split('\n').at(-1)).toMatch(new RegExp(line));
  });

  test('in the output of "show --reveal" if KMS denies the decryption', async () => {
    const message =
      'User: arn:aws:sts::123456789012:assumed-role/reader/me is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:ap-northeast-2:123456789012:key/k because no identity-based policy allows the kms:Decrypt action';
    cloud.errors.set('ssm:GetParameters', new FakeAwsError('AccessDeniedException', message));
    const text = /Not allowed: kms:Decrypt on arn:aws:kms:ap-northeast-2:123456789012:key\/k\./;
    expectOneLine(await run('show', 'kis-main', '--reveal'), 3, text);
  });

  test('in the output of "status" if the alarms cannot be read', async () => {
    cloud.deny('cloudwatch:DescribeAlarms');
    const text = /kis-main.*Alarms\s+cannot\s+be\s+read:\s+Not\s+allowed:\s+cloudwatch:DescribeAlarms/s;
    expect(await run('status')).toMatchObject({ code: 0, out: expect.stringMatching(text) });
  });
});

describe('the error for an unknown credential or prefix', () => {
  test.each(['status', 'explain', 'refresh', 'revoke', 'resume', 'show', 'probe'])(
    'contains the unknown id, the prefix, the region and the most similar id (command "%s")',
    async (command) => {
      const text =
        /There is no credential "kis-mian" under \/broker-tokens in ap-northeast-2\. Did you mean "kis-main"\?/;
      expectOneLine(await run(command, 'kis-mian'), 3, text);
    },
  );

  const cases: readonly [string, readonly string[], RegExp][] = [
    [
      'lists the existing credentials if no id is similar',
      ['show', 'another-thing'],
      /Credentials: kis-main, kiwoom-main\./,
    ],
    [
      'states that nothing is deployed below the prefix',
      ['status', '--prefix', '/elsewhere'],
      /Nothing is deployed under \/elsewhere in ap-northeast-2.*--region.*npx cdk deploy/,
    ],
    [
      'states that nothing is deployed below the prefix if the credential does not exist either',
      ['status', 'kis-main', '--prefix', '/elsewhere'],
      /Nothing is deployed under \/elsewhere/,
    ],
    [
      'names the missing queue if the stack does not exist',
      ['refresh', 'kiwoom-main', '--stack', 'MyTokens', '--timeout', '1m'],
      /There is no queue MyTokens-inbox\.fifo in ap-northeast-2\. Pass --stack/,
    ],
  ];
  test.each(cases)('%s', async (_, args, text) => {
    expect(await run(...args)).toMatchObject({ code: 3, err: expect.stringMatching(text) });
  });

  test('suggests the command "status" if the caller has no permission to list parameters', async () => {
    cloud.deny('ssm:GetParametersByPath');
    const text = /There is no credential "kis-mian".*To list the credentials, run: npx broker-tokens/;
    expectOneLine(await run('show', 'kis-mian'), 3, text);
  });
});

test('the command line prints the fix for an invalid config parameter', async () => {
  const { aws } = cloud.refresher.world;
  const name = '/broker-tokens/kis-main/config';
  const before = aws.parameter(name)?.value ?? '';
  aws.putParameter(name, '{"version":1,"broker":"kiss"}');
  const explained = await run('explain', 'kis-main');
  const status = await run('status');
  aws.putParameter(name, before);
  const text = /The parameter \/broker-tokens\/kis-main\/config is invalid.*npx cdk deploy --revert-drift/;
  expectOneLine(explained, 1, text);
  expect(status).toMatchObject({
    code: 1,
    out: expect.stringMatching(/The config\s+parameter\s+is\s+invalid/),
  });
});

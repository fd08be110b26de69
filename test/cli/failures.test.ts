import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { FakeAwsError } from '../../simulator/aws/wire.ts';
import { Cloud } from './cloud.ts';
import { atConsole } from './console.ts';
import { expectOneLine } from './expect-line.ts';
import { tokens } from './run-tokens.ts';

let cloud: Cloud;

beforeAll(async () => {
  cloud = await Cloud.start();
  await cloud.tick('kis-main', 'kiwoom-main');
});

afterAll(() => cloud.stop());

afterEach(() => cloud.trouble.clear());

const NO_KEYS = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' };

describe('without the way to AWS, a command ends with one line that says what to do', () => {
  test('no credentials', async () => {
    const ended = await tokens(cloud, ['status'], { environment: NO_KEYS });
    expectOneLine(ended, 3, /No AWS credentials: .*aws sts get-caller-identity.*--profile/);
  });

  test('a profile that does not exist', async () => {
    const ended = await tokens(cloud, ['status', '--profile', 'nobody'], { environment: NO_KEYS });
    expectOneLine(ended, 3, /No AWS credentials by the profile "nobody"/);
  });

  test('no region', async () => {
    const ended = await tokens(cloud, ['status'], { environment: { AWS_REGION: '' } });
    expectOneLine(ended, 3, /No AWS region\. Pass --region <region>/);
  });

  test('no network', async () => {
    const port = await portWithoutServer();
    const ended = await tokens(cloud, ['status', '--endpoint-url', `http://127.0.0.1:${port}`]);
    expectOneLine(
      ended,
      3,
      /AWS cannot be reached for ssm:GetParametersByPath in ap-northeast-2: ECONNREFUSED/,
    );
  });

  test.each([
    ['a login that has run out', 'ExpiredTokenException', /login has run out\. Log in again: aws sso login/],
    ['keys that AWS does not know', 'UnrecognizedClientException', /AWS does not know these credentials/],
    ['a clock that is off', 'RequestTimeTooSkewed', /refuses the time of this machine.*timedatectl/],
    ['throttling', 'ThrottlingException', /AWS throttles ssm:GetParametersByPath.*even after three tries/],
    [
      'a bad day of AWS',
      'InternalServerError',
      /ssm:GetParametersByPath on parameter\/broker-tokens in ap-northeast-2 failed: InternalServerError/,
    ],
  ])('%s', async (_, code, text) => {
    cloud.trouble.set('ssm:GetParametersByPath', new FakeAwsError(code, 'as the emulator says'));
    expectOneLine(await atConsole(cloud, ['status']), 3, text);
  });

  test('throttling is tried three times before it is told', async () => {
    cloud.trouble.set('ssm:GetParametersByPath', new FakeAwsError('ThrottlingException', 'Rate exceeded'));
    cloud.asked.length = 0;
    await atConsole(cloud, ['status']);
    expect(cloud.asked).toEqual(Array(3).fill('ssm:GetParametersByPath'));
  });
});

describe('without a permission, the line names it and what it is on', () => {
  test.each([
    ['status', ['status'], 'ssm:GetParametersByPath'],
    ['explain', ['explain', 'kis-main'], 'ssm:GetParameters'],
    ['refresh', ['refresh', 'kiwoom-main', '--timeout', '30s'], 'sqs:GetQueueUrl'],
    ['refresh', ['refresh', 'kiwoom-main', '--timeout', '30s'], 'sqs:SendMessage'],
    ['show --reveal', ['show', 'kis-main', '--reveal'], 'ssm:GetParameters'],
    ['probe', ['probe', 'kis-main', '--yes'], 'secretsmanager:GetSecretValue'],
  ] as const)('%s: %s', async (_, args, action) => {
    cloud.deny(action);
    const { code, err } = await atConsole(cloud, args);
    expect(code).toBe(3);
    expect(err.trimEnd().split('\n').at(-1)).toMatch(
      new RegExp(
        `^✖ Not allowed: ${action} on arn:.*docs/operator\\.md.*You are arn:aws:iam::123456789012:user/somebody\\.$`,
      ),
    );
  });

  test('a SecureString that KMS does not decrypt names kms:Decrypt', async () => {
    const message =
      'User: arn:aws:sts::123456789012:assumed-role/reader/me is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:ap-northeast-2:123456789012:key/k because no identity-based policy allows the kms:Decrypt action';
    cloud.trouble.set('ssm:GetParameters', new FakeAwsError('AccessDeniedException', message));
    expectOneLine(
      await atConsole(cloud, ['show', 'kis-main', '--reveal']),
      3,
      /Not allowed: kms:Decrypt on arn:aws:kms:ap-northeast-2:123456789012:key\/k\./,
    );
  });

  test('alarms that may not be seen do not keep status from its work', async () => {
    cloud.deny('cloudwatch:DescribeAlarms');
    const { code, out } = await atConsole(cloud, ['status']);
    expect(code).toBe(0);
    expect(out).toContain('kis-main');
    expect(out.replace(/\s+/g, ' ')).toContain(
      'Alarms cannot be seen: Not allowed: cloudwatch:DescribeAlarms',
    );
  });
});

describe('what is not there', () => {
  test('nothing is deployed here', async () => {
    const ended = await tokens(cloud, ['status', '--prefix', '/elsewhere']);
    expectOneLine(
      ended,
      3,
      /Nothing is deployed under \/elsewhere in ap-northeast-2.*--region.*npx cdk deploy/,
    );
  });

  test('a name that is nearly one', async () => {
    expectOneLine(
      await tokens(cloud, ['explain', 'kis-mian']),
      3,
      /There is no credential "kis-mian".*Did you mean "kis-main"\? There are: kis-main, kiwoom-main\./,
    );
  });

  test('a name that is like none', async () => {
    expectOneLine(await atConsole(cloud, ['show', 'another-thing']), 3, /There are: kis-main, kiwoom-main\./);
  });

  test('a name where they may not be listed', async () => {
    cloud.deny('ssm:GetParametersByPath');
    expectOneLine(
      await atConsole(cloud, ['show', 'another-thing']),
      3,
      /There is no credential "another-thing".*See them: npx broker-tokens status/,
    );
  });

  test('a stack of another name', async () => {
    const ended = await atConsole(cloud, [
      'refresh',
      'kiwoom-main',
      '--stack',
      'MyTokens',
      '--timeout',
      '1m',
    ]);
    expect(ended.code).toBe(3);
    expect(ended.err).toMatch(/There is no queue MyTokens-inbox\.fifo in ap-northeast-2\. Pass --stack/);
  });

  test('a config that somebody edited', async () => {
    const { aws } = cloud.refresher.world;
    const name = '/broker-tokens/kis-main/config';
    const before = aws.parameter(name)?.value ?? '';
    aws.putParameter(name, '{"version":1,"broker":"kiss"}');
    try {
      expectOneLine(
        await atConsole(cloud, ['explain', 'kis-main']),
        1,
        /The parameter \/broker-tokens\/kis-main\/config cannot be understood.*Deploy the stack again/,
      );
      const { code, out } = await atConsole(cloud, ['status']);
      expect({ code, out: out.replace(/\s+/g, ' ') }).toEqual({
        code: 1,
        out: expect.stringContaining('Its config parameter cannot be understood'),
      });
    } finally {
      aws.putParameter(name, before);
    }
  });
});

async function portWithoutServer(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 1;
}

import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { AwsError } from '../../simulator/aws/wire.ts';
import { temporaryDirectory } from '../temporary.ts';
import { Cloud } from './cloud.ts';
import { type Ended, tokens } from './command.ts';
import { atConsole } from './console.ts';

let cloud: Cloud;

beforeAll(async () => {
  cloud = await Cloud.start();
  await cloud.tick('kis-main', 'kiwoom-main');
});

afterAll(() => cloud.stop());

afterEach(() => cloud.trouble.clear());

const NO_KEYS = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' };

/** One line on standard error that ends with what to do, nothing on standard output, and the code. */
function expectOneLine({ code, out, err }: Ended, expected: number, text: RegExp): void {
  expect({ code, out }).toEqual({ code: expected, out: '' });
  expect(err.trimEnd().split('\n')).toHaveLength(1);
  expect(err).toMatch(/^✖ /);
  expect(err).toMatch(text);
  expect(err).not.toMatch(/^\s+at |node:internal|\.[jt]s:\d/m);
}

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
    cloud.trouble.set('ssm:GetParametersByPath', new AwsError(code, 'as the emulator says'));
    expectOneLine(await atConsole(cloud, ['status']), 3, text);
  });

  test('throttling is tried three times before it is told', async () => {
    cloud.trouble.set('ssm:GetParametersByPath', new AwsError('ThrottlingException', 'Rate exceeded'));
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
    cloud.trouble.set('ssm:GetParameters', new AwsError('AccessDeniedException', message));
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

describe('a command line that is not understood ends with 2', () => {
  test.each([
    ['a command that does not exist', ['stauts'], /unknown command 'stauts'\s+\(Did you mean status\?\)/],
    [
      'an option that does not exist',
      ['status', '--wacth'],
      /unknown option '--wacth'\s+\(Did you mean --watch\?\)/,
    ],
    ['a credential that is missing', ['explain'], /missing required argument 'id'/],
    ['one argument too many', ['status', 'kis-main', 'kiwoom-main'], /too many arguments/],
    ['an id that cannot be one', ['status', 'KIS main'], /"KIS main" is no credential's id/],
    [
      'a time that is none',
      ['explain', 'kis-main', '--at', 'noon'],
      /Such as "14:30" or "2026-11-30 09:00" \(KST\)/,
    ],
    [
      'a duration that is none',
      ['refresh', 'kis-main', '--timeout', '5 minutes'],
      /A duration is "90s", "10m" or "1h"/,
    ],
    ['a prefix that is none', ['status', '--prefix', 'broker-tokens/'], /It begins with "\/"/],
    ['an interval that is none', ['status', '--watch', '0'], /Whole seconds, 2 to 3600/],
  ])('%s', async (_, args, text) => {
    const { code, out, err } = await atConsole(cloud, args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(text);
  });

  test('help is no error, and says the exit codes', async () => {
    const { code, out, err } = await tokens(cloud, ['--help']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('Exit codes:');
  });
});

test('with --json an error is JSON on standard output, too', async () => {
  const { code, out, err } = await atConsole(cloud, ['status', 'kis-mian', '--json']);
  expect(code).toBe(3);
  expect(JSON.parse(out)).toEqual({
    error: {
      code: 'NotFound',
      message: expect.stringContaining('kis-mian'),
      fix: expect.stringContaining('Did you mean'),
    },
  });
  expect(err).toContain('Did you mean');
});

test('a broker address that is not this machine is refused', async () => {
  const ended = await tokens(cloud, ['status'], {
    environment: { BROKER_URL_KIS_LIVE: 'https://example.com' },
  });
  expectOneLine(ended, 3, /BROKER_URL_KIS_LIVE must be an http\(s\) URL on loopback/);
});

describe('profile and region are taken as the AWS CLI takes them', () => {
  const home = temporaryDirectory('home');
  mkdirSync(join(home, '.aws'));
  writeFileSync(join(home, '.aws', 'config'), '[profile trading]\nregion = us-west-2\n');
  writeFileSync(
    join(home, '.aws', 'credentials'),
    '[trading]\naws_access_key_id = FAKEofprofile\naws_secret_access_key = FAKE\n',
  );
  const NO_REGION = { HOME: home, AWS_REGION: '' };
  const cases: readonly [
    sentence: string,
    args: readonly string[],
    environment: Record<string, string>,
    key: string,
    region: string,
  ][] = [
    [
      '--profile gives keys and region',
      ['--profile', 'trading'],
      { ...NO_KEYS, ...NO_REGION },
      'FAKEofprofile',
      'us-west-2',
    ],
    [
      'AWS_PROFILE does, too',
      [],
      { ...NO_KEYS, ...NO_REGION, AWS_PROFILE: 'trading' },
      'FAKEofprofile',
      'us-west-2',
    ],
    [
      '--profile comes before keys in the environment',
      ['--profile', 'trading'],
      NO_REGION,
      'FAKEofprofile',
      'us-west-2',
    ],
    [
      'keys in the environment come before AWS_PROFILE',
      [],
      { ...NO_REGION, AWS_PROFILE: 'trading' },
      'FAKEaccesskey',
      'us-west-2',
    ],
    [
      '--region comes before all',
      ['--profile', 'trading', '--region', 'eu-west-1'],
      { HOME: home },
      'FAKEofprofile',
      'eu-west-1',
    ],
    [
      'AWS_REGION comes before the profile',
      ['--profile', 'trading'],
      { HOME: home },
      'FAKEofprofile',
      'ap-northeast-2',
    ],
  ];
  test.each(cases)('%s', async (_, args, environment, key, region) => {
    const { code, out, err } = await tokens(cloud, ['status', ...args], { environment });
    expect({ code, err, key: cloud.signedWith }).toEqual({ code: 0, err: '', key });
    expect(out).toContain(`· ${region} ·`);
  });
});

test('AWS_DEFAULT_REGION is heard, as the AWS CLI hears it', async () => {
  const environment = { AWS_REGION: '', AWS_DEFAULT_REGION: 'eu-west-3' };
  const { out } = await atConsole(cloud, ['status'], { environment });
  expect(out).toContain('· eu-west-3 ·');
});

async function portWithoutServer(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 1;
}

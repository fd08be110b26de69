import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../temp-dir.ts';
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

test('uses AWS_DEFAULT_REGION like the AWS CLI', async () => {
  const environment = { AWS_REGION: '', AWS_DEFAULT_REGION: 'eu-west-3' };
  const { out } = await atConsole(cloud, ['status'], { environment });
  expect(out).toContain('· eu-west-3 ·');
});

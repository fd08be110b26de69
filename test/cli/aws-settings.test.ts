import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createTemporaryDirectory } from '../temp-dir.ts';
import { SimulatedCloud } from './cloud.ts';
import { tokens } from './run-tokens.ts';

const cloud = await SimulatedCloud.start();
await cloud.tick('kis-main', 'kiwoom-main');

afterAll(() => cloud.stop());

const NO_KEYS = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' };

describe('in the command line, as in the AWS CLI,', () => {
  const home = createTemporaryDirectory('home');
  mkdirSync(join(home, '.aws'));
  writeFileSync(join(home, '.aws', 'config'), '[profile trading]\nregion = us-west-2\n');
  writeFileSync(
    join(home, '.aws', 'credentials'),
    '[trading]\naws_access_key_id = FAKEofprofile\naws_secret_access_key = FAKE\n',
  );
  const PROFILE = ['--profile', 'trading'];
  const NO_REGION = { HOME: home, AWS_REGION: '' };
  const cases: readonly [string, readonly string[], Record<string, string>, key: string, region: string][] = [
    ['--profile sets keys and region', PROFILE, { ...NO_KEYS, ...NO_REGION }, 'FAKEofprofile', 'us-west-2'],
    [
      'AWS_PROFILE sets keys and region',
      [],
      { ...NO_KEYS, ...NO_REGION, AWS_PROFILE: 'trading' },
      'FAKEofprofile',
      'us-west-2',
    ],
    ['--profile overrides keys in the environment', PROFILE, NO_REGION, 'FAKEofprofile', 'us-west-2'],
    [
      'keys in the environment override AWS_PROFILE',
      [],
      { ...NO_REGION, AWS_PROFILE: 'trading' },
      'FAKEaccesskey',
      'us-west-2',
    ],
    [
      '--region overrides every other region',
      [...PROFILE, '--region', 'eu-west-1'],
      { HOME: home },
      'FAKEofprofile',
      'eu-west-1',
    ],
    [
      'AWS_REGION overrides the region of the profile',
      PROFILE,
      { HOME: home },
      'FAKEofprofile',
      'ap-northeast-2',
    ],
    [
      'AWS_DEFAULT_REGION sets the region if AWS_REGION is not set',
      [],
      { AWS_REGION: '', AWS_DEFAULT_REGION: 'eu-west-3' },
      'FAKEaccesskey',
      'eu-west-3',
    ],
  ];
  test.each(cases)('%s', async (_, args, environment, key, region) => {
    const { code, out, err } = await tokens(cloud, ['status', ...args], { environment });
    expect({ code, err, key: cloud.lastAccessKeyId }).toEqual({ code: 0, err: '', key });
    expect(out).toContain(`· ${region} ·`);
  });
});

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
  const option = '--profile trading';
  const AWS_PROFILE = 'trading';
  const noRegion = { AWS_REGION: '' };
  const nothing = { ...NO_KEYS, ...noRegion };
  test.each([
    ['--profile sets keys and region', option, nothing, 'profile', 'us-west-2'],
    ['AWS_PROFILE sets keys and region', '', { ...nothing, AWS_PROFILE }, 'profile', 'us-west-2'],
    ['--profile overrides keys in the environment', option, noRegion, 'profile', 'us-west-2'],
    ['keys in the environment override AWS_PROFILE', '', { ...noRegion, AWS_PROFILE }, 'key', 'us-west-2'],
    ['--region overrides every other region', `${option} --region eu-west-1`, {}, 'profile', 'eu-west-1'],
    ['AWS_REGION overrides the region of the profile', option, {}, 'profile', 'ap-northeast-2'],
    [
      'AWS_DEFAULT_REGION sets the region if AWS_REGION is not set',
      '',
      { ...noRegion, AWS_DEFAULT_REGION: 'eu-west-3' },
      'key',
      'eu-west-3',
    ],
  ])('%s', async (_, options, variables, source, region) => {
    const args = ['status', ...options.split(' ').filter(Boolean)];
    const { code, out, err } = await tokens(cloud, args, { environment: { HOME: home, ...variables } });
    const key = source === 'key' ? 'FAKEaccesskey' : 'FAKEofprofile';
    expect({ code, err, key: cloud.lastAccessKeyId }).toEqual({ code: 0, err: '', key });
    expect(out).toContain(`· ${region} ·`);
  });
});

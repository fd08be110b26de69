import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PublishedToken, State } from '../../lambdas/shared/state.ts';
import { formatState } from '../../lambdas/store/state-codec.ts';
import { publishedToken } from '../sample-state.ts';
import { cleanEnvironment, type Emulator, startMiniStack } from './emulators.ts';
import { COMMAND_DIRECTORY } from './python.ts';

const EXAMPLE = join(import.meta.dirname, '..', '..', 'examples', 'token.sh');
const HOUR = 3_600_000;

let aws: Emulator;
let ssm: SSMClient;

beforeAll(async () => {
  aws = await startMiniStack();
  ssm = new SSMClient({ endpoint: aws.endpoint });
});

afterAll(() => aws?.stop());

type Change = Partial<Pick<PublishedToken, 'health'>> & Pick<State, 'paused'>;

async function publish(credential: string, { health = 'live', paused }: Change = {}, left = 24 * HOUR) {
  const put = (name: string, Value: string, Type: 'String' | 'SecureString') =>
    ssm.send(new PutParameterCommand({ Name: `/broker-tokens/${credential}/${name}`, Value, Type }));
  await put('token', 'FAKE-token', 'SecureString');
  const published = publishedToken('FAKE-token', Date.now() + left - 24 * HOUR, { health });
  await put('state', formatState({ generation: 1, published, issues: [], paused }), 'String');
}

/** Runs the example in the shell of this machine, with the real AWS CLI. */
function token(credential: string) {
  const { status, stdout, stderr } = spawnSync('sh', [EXAMPLE, credential], {
    encoding: 'utf8',
    env: cleanEnvironment({
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_DEFAULT_REGION: 'ap-northeast-2',
      PATH: `${COMMAND_DIRECTORY}:${process.env['PATH']}`,
    }),
  });
  return { status, stdout, stderr };
}

describe('examples/token.sh', () => {
  it.each(['live', 'suspect'] as const)('prints a %s token and nothing else', async (health) => {
    await publish(health, { health });
    expect(token(health)).toEqual({ status: 0, stdout: 'FAKE-token\n', stderr: '' });
  });

  it.each<[string, Change, number, string]>([
    ['dead', { health: 'dead' }, 24 * HOUR, 'dead: the token is dead and not replaced yet'],
    ['paused', { paused: true }, 24 * HOUR, 'paused was revoked on request; an operator must resume it'],
    ['expired', {}, -1, 'expired: the token expired at 20'],
  ])(
    'prints no token and the reason for a credential that is %s',
    async (credential, changes, left, reason) => {
      await publish(credential, changes, left);
      const { status, stdout, stderr } = token(credential);
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(stderr).toContain(reason);
    },
  );

  it('reports a missing token and an unknown credential', async () => {
    await ssm.send(
      new PutParameterCommand({
        Name: '/broker-tokens/new/state',
        Value: formatState({ generation: 0, issues: [] }),
        Type: 'String',
      }),
    );
    expect(token('new')).toMatchObject({ status: 1, stdout: '' });
    expect(token('new').stderr).toContain('no token has been issued yet');
    expect(token('nobody')).toMatchObject({ stdout: '' });
    expect(token('nobody').stderr).toContain('ParameterNotFound');
  });
});

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { missingEnvironmentMessage, programPath } from './python.ts';
import { ClientStack, type Reply, ROOT } from './stack.ts';

const COMMAND = ['domestic', 'stocks', 'info', '--code', '005930', '--mode', 'demo', '--format', 'json'];
const ADAPTER = join(ROOT, 'examples', 'clients', 'kiwoomcli.py');

let stack: ClientStack;

beforeEach(async () => {
  stack = await ClientStack.start();
});

afterEach(() => stack.stop());

/** Runs kiwoomcli. */
async function requestPrice(
  program: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<Reply> {
  try {
    const { stdout } = await promisify(execFile)(program, [...args, ...COMMAND], { env });
    return stdout.includes('+70000') ? { price: 70_000 } : { error: stdout };
  } catch (error) {
    return { error };
  }
}

describe('the client kiwoomcli', () => {
  it('with its adapter issues no token itself, and uses a new published token after at most two failed commands', async ({
    skip,
  }) => {
    const python = programPath('kwcli', 'python') ?? skip(missingEnvironmentMessage('kwcli'));
    const variables = { BROKER_TOKENS_CREDENTIAL: 'kiwoom-paper' };
    const environment = { ...stack.environment('kiwoom-paper'), ...variables };
    expect(await requestPrice(python, [ADAPTER], environment)).toHaveProperty('price');

    await stack.kill('kiwoom-paper');
    const { failed, last } = await stack.requestUntilPrice(() =>
      requestPrice(python, [ADAPTER], environment),
    );
    expect(last).toHaveProperty('price');
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.length).toBeLessThanOrEqual(2);
    expect(stack.tokenCalls()).toEqual([]);
    expect(stack.localStack.kiwoom.tokens).toHaveLength(2);
  });

  it('without its adapter sends an issue call if the token in the environment of the client is dead', async ({
    skip,
  }) => {
    const program = programPath('kwcli', 'kiwoomcli') ?? skip(missingEnvironmentMessage('kwcli'));
    const environment = {
      ...stack.environment('kiwoom-paper'),
      KIWOOM_TOKEN_STORE: 'memory',
      KIWOOM_ACCESS_TOKEN: stack.published('kiwoom-paper'),
      KIWOOM_ACCESS_TOKEN_EXPIRES_AT: new Date(Date.now() + 3_600_000).toISOString(),
      // The broker rejects this key. With the real key, the client would replace the published token.
      APP_KEY_MOCK: '-',
      APP_SECRET_MOCK: '-',
    };
    expect(await requestPrice(program, [], environment)).toHaveProperty('price');
    expect(stack.tokenCalls()).toEqual([]);

    await stack.kill('kiwoom-paper');
    expect(await requestPrice(program, [], environment)).toHaveProperty('error');
    expect(stack.tokenCalls()).toEqual(['/oauth2/token']);
  });
});

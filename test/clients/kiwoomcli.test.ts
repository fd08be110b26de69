import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { missingEnvironmentMessage, programOf } from './python.ts';
import { ClientStack, ROOT } from './stack.ts';

const run = promisify(execFile);
const COMMAND = ['domestic', 'stocks', 'info', '--code', '005930', '--mode', 'demo', '--format', 'json'];
const ADAPTER = join(ROOT, 'examples', 'clients', 'kiwoomcli.py');

let stack: ClientStack;

beforeEach(async () => {
  stack = await ClientStack.start();
});

afterEach(() => stack.stop());

/** Returns the paths of the issue and revoke calls that the client sent. */
const tokenCalls = () => stack.hosts.calledPaths.filter((path) => path.includes('oauth2'));

/** Runs kiwoomcli. @returns whether it printed the price */
async function quote(program: string, args: readonly string[], environment: Record<string, string>) {
  try {
    const { stdout } = await run(program, [...args, ...COMMAND], { env: environment });
    return stdout.includes('+70000');
  } catch {
    return false;
  }
}

describe('the client kiwoomcli', () => {
  it('with its adapter issues no token, and uses a new token after at most two failed commands', async ({
    skip,
  }) => {
    const python = programOf('kwcli', 'python') ?? skip(missingEnvironmentMessage('kwcli'));
    const environment = {
      ...stack.environment('kiwoom-paper'),
      BROKER_TOKENS_CREDENTIAL: 'kiwoom-paper',
    };
    expect(await quote(python, [ADAPTER], environment)).toBe(true);

    await stack.kill('kiwoom-paper');
    let failed = 0;
    while (failed < 5 && !(await quote(python, [ADAPTER], environment))) {
      failed += 1;
      await stack.localStack.waitUntilIdle();
    }
    expect(failed).toBeGreaterThan(0);
    expect(failed).toBeLessThanOrEqual(2);
    expect(tokenCalls()).toEqual([]);
    expect(stack.localStack.kiwoom.tokens).toHaveLength(2);
  });

  it('without its adapter sends an issue call if the token in its environment is dead', async ({ skip }) => {
    const program = programOf('kwcli', 'kiwoomcli') ?? skip(missingEnvironmentMessage('kwcli'));
    const environment = {
      ...stack.environment('kiwoom-paper'),
      KIWOOM_TOKEN_STORE: 'memory',
      KIWOOM_ACCESS_TOKEN: stack.published('kiwoom-paper'),
      KIWOOM_ACCESS_TOKEN_EXPIRES_AT: new Date(Date.now() + 3_600_000).toISOString(),
      // The broker rejects this key. With the real key, the client would replace the published token.
      APP_KEY_MOCK: '-',
      APP_SECRET_MOCK: '-',
    };
    expect(await quote(program, [], environment)).toBe(true);
    expect(tokenCalls()).toEqual([]);

    await stack.kill('kiwoom-paper');
    expect(await quote(program, [], environment)).toBe(false);
    expect(tokenCalls()).toEqual(['/oauth2/token']);
  });
});

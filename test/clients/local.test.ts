import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTokenReader, type TokenReader } from '../../reader/index.ts';
import { cleanEnvironment } from '../deploy/emulators.ts';
import { PYTHON_CACHE, programPath } from './python.ts';
import { PYTHONPATH, ROOT } from './stack.ts';

const run = promisify(execFile);
const PYTHON = programPath('tools', 'python') ?? '';
const START_LIMIT = 60_000;

let local: ChildProcess;
let environment: Record<string, string>;

beforeAll(async () => {
  const ports = ['--kis-port', '0', '--kiwoom-port', '0', '--aws-port', '0'];
  local = spawn(process.execPath, [join(ROOT, 'simulator', 'local.ts'), ...ports], {
    env: cleanEnvironment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const variables = await readVariables(local);
  // The TypeScript reader in this process uses the printed variables, too.
  Object.assign(process.env, variables);
  environment = cleanEnvironment({
    ...variables,
    ...PYTHON_CACHE,
    PYTHONPATH,
    PATH: `${dirname(PYTHON)}:${process.env['PATH']}`,
  });
}, START_LIMIT);

afterAll(() => local?.kill('SIGKILL'));

/** Reads the environment variables that `npm run local` prints. */
async function readVariables(child: ChildProcess): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  if (!child.stdout) throw new Error('the command has no output');
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) {
    const [, name, value] = /^export (\w+)=(\S+)$/.exec(line) ?? [];
    if (name && value) found[name] = value;
    if (line.includes('Press Ctrl-C')) break;
  }
  // The command would block if nothing read the remaining output.
  child.stdout.resume();
  return found;
}

/** Returns the token that the Python reader reads. */
async function pythonToken(credential: string): Promise<string> {
  const script = `from broker_token_reader import TokenReader as R; print(R("${credential}").get())`;
  const { stdout } = await run(PYTHON, ['-c', script], { env: environment });
  return stdout.trim();
}

async function shell(command: string): Promise<string> {
  const { stdout } = await run('sh', ['-c', command], { env: environment, cwd: ROOT });
  return stdout.trim();
}

/** Returns the shell code blocks of docs/local-development.md, without the commands for a deployed stack. */
function shellBlocks(): readonly string[] {
  const document = readFileSync(join(ROOT, 'docs', 'local-development.md'), 'utf8');
  const [page = ''] = document.split('\n## Practicing with a deployed stack\n');
  return [...page.matchAll(/```sh\n(.*?)\n```/gs)].map(([, block = '']) => block);
}

async function control(path: string, body: object): Promise<number> {
  const init = { method: 'POST', body: JSON.stringify(body) };
  return (await fetch(`${process.env['KIWOOM_HOST']}/simulator/${path}`, init)).status;
}

function requestPrice(tokens: TokenReader) {
  return tokens.fetch(`${process.env['KIWOOM_HOST']}/api/dostk/stkinfo`, {
    method: 'POST',
    headers: { 'content-type': 'application/json;charset=UTF-8', 'api-id': 'ka10001' },
    body: '{"stk_cd":"005930"}',
  });
}

describe('the command "npm run local"', () => {
  it.each(['kis-paper', 'kiwoom-paper'] as const)(
    'provides the same token of %s for the TypeScript reader, the Python reader and the AWS CLI',
    async (credential) => {
      const { value } = await createTokenReader({ credential }).get();
      expect(await pythonToken(credential)).toBe(value);
      const parameter = `/broker-tokens/${credential}/token`;
      const query = '--query Parameter.Value --output text';
      expect(await shell(`aws ssm get-parameter --name ${parameter} --with-decryption ${query}`)).toBe(value);
      expect(await shell(`sh examples/token.sh ${credential}`)).toBe(value);
    },
  );

  it('provides the app key, the caller identity and the report topic for the AWS CLI', async () => {
    const secret = '"$BROKER_TOKENS_APP_KEY_KIS_PAPER" --query SecretString --output text';
    const key = await shell(`aws secretsmanager get-secret-value --secret-id ${secret}`);
    expect(Object.keys(JSON.parse(key) as object)).toEqual(['appkey', 'appsecret']);
    const account = await shell('aws sts get-caller-identity --query Account --output text');
    expect(account).toBe('123456789012');
    const report = '{"credential":"kis-paper","cause":"rejected","generation":9}';
    const publish = (topic: string) =>
      shell(`aws sns publish --topic-arn ${topic} --message-group-id x --message '${report}'`);
    expect(await publish('"$BROKER_TOKENS_REPORT_TOPIC_KIS_PAPER"')).toMatch(/MessageId/);
    await expect(publish('arn:aws:sns:ap-northeast-2:123456789012:x')).rejects.toThrow(/NotFound/);
  });

  it('provides the services that the commands of docs/local-development.md call', async () => {
    const [start, ...commands] = shellBlocks();
    expect(start).toBe('npm ci\nnpm run local');
    for (const block of commands.slice(0, -1)) expect(await shell(`set -e\n${block}`)).not.toBe('');
    expect(commands.at(-1)).toContain('kill-token');
  });

  it('simulates an outage of the broker that an HTTP call starts', async () => {
    const tokens = createTokenReader({ credential: 'kiwoom-paper' });
    expect(await control('options', { outage: { data: 'html' } })).toBe(200);
    expect(await (await requestPrice(tokens)).text()).toContain('FAKE maintenance page');
    expect(await control('options', { outage: 'none' })).toBe(200);
    expect(await (await requestPrice(tokens)).json()).toMatchObject({ stk_cd: '005930', cur_prc: '+70000' });
  });

  it('replaces an invalid token after a consumer has reported that the broker rejects this token', async () => {
    const tokens = createTokenReader({ credential: 'kiwoom-paper' });
    const { value: dead } = await tokens.get();
    // The last code block starts an outage, ends the outage, and invalidates the token.
    expect(await shell(`set -e\n${shellBlocks().at(-1)}`)).toMatch(
      /"outage":"html".*"outage":"none".*\{\}$/s,
    );
    expect(await (await requestPrice(tokens)).json()).toMatchObject({ return_code: 3 });
    // If a broker rejects a token that is less than a minute old, the refresher verifies it again later.
    const deadline = Date.now() + 90_000;
    let reply = {};
    while (!('cur_prc' in reply) && Date.now() < deadline) {
      await sleep(2100);
      reply = (await (await requestPrice(tokens)).json()) as object;
    }
    expect(reply).toMatchObject({ return_code: 0, cur_prc: '+70000' });
    const { value } = await tokens.get();
    expect(value).not.toBe(dead);
    expect(await pythonToken('kiwoom-paper')).toBe(value);
    expect(await shell('sh examples/token.sh kiwoom-paper')).toBe(value);
  });

  it('exits with code 0 after Ctrl-C', async () => {
    const exit = once(local, 'exit');
    local.kill('SIGINT');
    expect(await exit).toEqual([0, null]);
  });
});

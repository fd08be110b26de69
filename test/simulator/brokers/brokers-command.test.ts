import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import { kisIssueCall, kiwoomIssueCall, send } from './broker-harness.ts';

const COMMAND = join(import.meta.dirname, '..', '..', '..', 'simulator', 'brokers.ts');
const running: ChildProcess[] = [];

afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

function brokers(...args: readonly string[]) {
  const child = spawn(process.execPath, [COMMAND, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  running.push(child);
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  let error = '';
  child.stderr.on('data', (data: Buffer) => {
    error += data.toString();
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number, lines, error }));
  const printed = async (wanted: RegExp): Promise<string> => {
    for (;;) {
      const line = lines.find((each) => wanted.test(each));
      if (line !== undefined) return line;
      if (child.exitCode !== null) throw new Error(`it ended: ${error}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  return { child, ended, printed, lines };
}

const FREE = ['--kis-port', '0', '--kiwoom-port', '0'];

/** Returns the address and the app key of a broker, which a user copies from the printed line. */
async function readPrintedBroker({ printed }: ReturnType<typeof brokers>, name: string) {
  const line = await printed(new RegExp(`^${name} `));
  const [, url = '', key = ''] = /(http:\S+) {2}(\{.*\})$/.exec(line) ?? [];
  return { url, key: JSON.parse(key) as Record<string, string> };
}

async function jsonOf(reply: Promise<Response>): Promise<Record<string, string>> {
  return (await (await reply).json()) as Record<string, string>;
}

describe('the command "npm run brokers"', () => {
  it('starts two simulated brokers that issue tokens for the printed keys, and stops on Ctrl-C', async () => {
    const command = brokers(...FREE, '--kiwoom', 'expiryFormat=text');
    const { child, ended, printed, lines } = command;
    const kis = await readPrintedBroker(command, 'kis');
    const kiwoom = await readPrintedBroker(command, 'kiwoom');
    const { access_token } = await jsonOf(send(kis.url, kisIssueCall(kis.key)));
    const { token, expires_dt } = await jsonOf(send(kiwoom.url, kiwoomIssueCall(kiwoom.key)));
    expect(expires_dt).toMatch(/^\d{4}-\d{2}-\d{2} /);
    await printed(/kis +issue +issued/);
    await printed(/kiwoom +issue +issued/);
    child.kill('SIGINT');
    expect(await ended).toMatchObject({ code: 0, error: '' });
    for (const secret of [access_token, token]) {
      expect(secret).toEqual(expect.any(String));
      expect(lines.join('\n')).not.toContain(secret);
    }
  });

  it('lists every broker option and HTTP control call in its help', async () => {
    const { ended } = brokers('--help');
    const { code, lines } = await ended;
    expect(code).toBe(0);
    expect(lines.join('\n')).toMatch(
      /--kis-port.*newTokenKillsOld.*expiryFormat.*POST \/simulator\/options.*POST \/simulator\/kill-token/s,
    );
  });

  it.each([
    [['--kis', 'jti=none'], 'kis.jti is "none"; accepted: own, other'],
    [['--kiwoom', 'jti=own'], 'kiwoom has no option "jti"'],
    [['--kis', 'jti'], '"jti" does not have the form name=value'],
    [['--kis-port', 'abc'], 'Give a whole number from 0 to 65535.'],
    [['--market', 'moon'], 'Allowed choices are paper, live'],
  ])('rejects %j and prints the allowed values', async (args, why) => {
    const { code, error } = await brokers(...args).ended;
    expect(code).toBe(1);
    expect(error).toContain(why);
    expect(error).not.toContain('    at ');
  });

  it('fails with an error that names the port if the port is in use', async () => {
    const { port } = new URL((await readPrintedBroker(brokers(...FREE), 'kis')).url);
    const { code, error } = await brokers('--kis-port', port, '--kiwoom-port', '0').ended;
    expect(code).toBe(1);
    expect(error).toBe(`port ${port} is in use: set --kis-port or --kiwoom-port; 0 selects a free port\n`);
  });
});

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { programPath } from './python.ts';
import { ClientStack, ROOT } from './stack.ts';

const run = promisify(execFile);
const PYTHON = programPath('tools', 'python') ?? '';

/**
 * Reads the token file as kis_auth.py does (open-trading-api 32e0db5): the script parses the file as YAML and
 * compares local times as text.
 */
const READ = `
import datetime, json, os, stat, sys, yaml
sys.path.insert(0, sys.argv[1])
from broker_token_reader import TokenReader
from kis_auth_token_file import write_token_file
path = write_token_file(TokenReader("kis-paper"))
content = yaml.load(open(path, encoding="UTF-8"), Loader=yaml.FullLoader)
form = "%Y-%m-%d %H:%M:%S"
end = datetime.datetime.strftime(content["valid-date"], form)
print(json.dumps({
    "path": os.path.relpath(path, os.path.expanduser("~")),
    "expected": "KIS/config/KIS" + datetime.datetime.today().strftime("%Y%m%d"),
    "token": content["token"],
    "valid": end > datetime.datetime.today().strftime(form),
    "end": datetime.datetime.strptime(end, form).timestamp(),
    "mode": stat.S_IMODE(os.stat(path).st_mode),
}))
`;

let stack: ClientStack;

beforeAll(async () => {
  stack = await ClientStack.start();
});

afterAll(() => stack?.stop());

it.each(['UTC', 'Asia/Seoul', 'America/New_York'])(
  'the token file for kis_auth.py contains the published token and its expiry in the local time of %s',
  async (zone) => {
    const { stdout } = await run(PYTHON, ['-c', READ, join(ROOT, 'examples', 'clients')], {
      env: { ...stack.environment('kis-paper'), TZ: zone },
    });
    const { path, expected, ...file } = JSON.parse(stdout) as Record<string, unknown>;
    expect(path).toBe(expected);
    const [token] = stack.localStack.kis.tokens;
    expect(file).toEqual({
      token: token?.token,
      valid: true,
      end: (token?.expiresAt ?? 0) / 1000,
      mode: 0o600,
    });
  },
);

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HOUR } from '../../cli/time.ts';
import { KIWOOM_KEY } from '../../simulator/world.ts';
import { SimulatedCloud } from './cloud.ts';
import { KEYS, runAtConsole } from './console.ts';
import { tokens } from './run-tokens.ts';

let cloud: SimulatedCloud;

/** Ctrl-T makes some prompt libraries display the hidden input. */
const CTRL_T = '\x14';
const NEW_KEY = { appkey: 'FAKEkiwoomNewAppKey', secret: 'FAKE-kiwoom-new-secretkey' };
const JSON_KEY = JSON.stringify({ appkey: NEW_KEY.appkey, secretkey: NEW_KEY.secret });

beforeEach(async () => {
  cloud = await SimulatedCloud.start({
    credentials: [
      { id: 'kis-main', broker: 'kis' },
      { id: 'kiwoom-main', broker: 'kiwoom' },
    ],
  });
  cloud.refresher.world.kiwoom.setKeys([KIWOOM_KEY, NEW_KEY]);
});

afterEach(async () => {
  for (const text of [NEW_KEY.appkey, NEW_KEY.secret]) expect(printed).not.toContain(text);
  await cloud.stop();
});

let printed = '';

/** Runs the command and collects all output, which must not contain the key. */
async function put(args: readonly string[], options: Parameters<typeof runAtConsole>[2] = {}) {
  const ended = await runAtConsole(cloud, ['credentials', 'put', ...args], options);
  printed += ended.out + ended.err;
  return ended;
}

describe('the command "credentials put"', () => {
  test('reads app key and secret without displaying them, and waits until the refresher has used them', async () => {
    await cloud.runTicksAgo(HOUR, 'kiwoom-main');
    const ended = await put(['kiwoom-main'], {
      isTerminal: true,
      typedKeys: [
        [/ appkey.*masked/, `  ${NEW_KEY.appkey} ${CTRL_T}${KEYS.enter}`],
        [/secretkey.*masked/, `${NEW_KEY.secret}\t${KEYS.enter}`],
      ],
    });
    expect(ended).toMatchObject({
      code: 0,
      out: expect.stringContaining(
        'The broker accepted the key of kiwoom-main: a new token is published (generation 2',
      ),
    });
    const issued = cloud.refresher.world.kiwoom.calls.findLast(({ kind }) => kind === 'issue');
    expect(issued).toMatchObject({ appkey: NEW_KEY.appkey, outcome: 'issued' });
  });

  test('reads the key as JSON from standard input', async () => {
    const { code, out, err } = await tokens(cloud, ['credentials', 'put', 'kiwoom-main', '--stdin'], {
      stdin: JSON_KEY,
    });
    printed += out + err;
    expect(code).toBe(0);
    expect(err).toMatch(/✔ Stored as version [\w-]+\./);
    expect(out).toContain('a new token is published (generation 1');
  });

  const invalid: readonly [title: string, stdin: string, text: RegExp][] = [
    ['a text that is not JSON', 'no json', /not JSON/],
    ['a key without a secret', '{"appkey":"FAKE"}', /"secretkey" is missing, empty or no text/],
    ['an empty text', '{"appkey":"FAKE","secretkey":"  "}', /"secretkey" is missing, empty or no text/],
    ['the fields of the other broker', '{"appkey":"FAKE","appsecret":"FAKE2"}', /"secretkey" is missing/],
    ['a placeholder', '{"appkey":"your-app-key","secretkey":"FAKE"}', /appkey is a placeholder/],
    [
      'a key that contains a line break',
      '{"appkey":"FAKE1","secretkey":"FAKE\\nFAKE"}',
      /secretkey holds white space/,
    ],
    ['a key whose two texts are the same', '{"appkey":"FAKE","secretkey":"FAKE"}', /both texts are the same/],
  ];
  test.each(invalid)('rejects %s and stores nothing', async (_, stdin, text) => {
    const { code, err } = await put(['kiwoom-main', '--stdin'], { stdin });
    expect(code).toBe(1);
    expect(err).toMatch(text);
    expect(err).toContain('Nothing was stored.');
    expect(cloud.actions).not.toContain('secretsmanager:PutSecretValue');
  });

  test('stores a key of unusual length, and prints a warning', async () => {
    const { code, err } = await put(['kis-main', '--stdin', '--no-wait'], {
      stdin: '{"appkey":"FAKEshort","appsecret":"FAKE"}',
    });
    expect(code).toBe(0);
    expect(err).toContain(
      'appkey has 9 characters instead of the usual 36; appsecret has 4 characters instead of the usual 180.',
    );
  });

  test('requires the option --stdin if its input is not a terminal', async () => {
    const { code, err } = await put(['kiwoom-main']);
    expect(code).toBe(2);
    expect(err).toContain('Pass --stdin');
  });

  test('rejects the option --stdin on a terminal', async () => {
    const { code, err } = await put(['kiwoom-main', '--stdin'], { isTerminal: true });
    expect(code).toBe(2);
    expect(err).toContain('a terminal would show the key');
  });

  test('stores nothing after Ctrl-C at the prompt', async () => {
    const { code, err } = await put(['kiwoom-main'], {
      isTerminal: true,
      typedKeys: [[/ appkey.*masked/, KEYS.ctrlC]],
    });
    expect(code).toBe(130);
    expect(err).toContain('Nothing was changed.');
    expect(cloud.actions).not.toContain('secretsmanager:PutSecretValue');
  });

  test('stores a key that the broker rejects, and prints the rejection', async () => {
    const { code, err } = await put(['kiwoom-main', '--stdin'], {
      stdin: '{"appkey":"FAKE-wrong","secretkey":"FAKE-wronger"}',
    });
    expect(code).toBe(1);
    expect(err).toMatch(/Stored, but the broker rejected the key.*8001/s);
  });

  test('stores the key even if the caller has no permission to send messages to the inbox', async () => {
    cloud.deny('sqs:SendMessage');
    const { code, out } = await put(['kiwoom-main', '--stdin'], { stdin: JSON_KEY });
    expect(code).toBe(0);
    expect(out).toMatch(/was not notified \(Not allowed: sqs:SendMessage.*within an hour/);
  });

  test('creates the missing secret if the config contains the secret ARN without the suffix', async () => {
    await cloud.changeConfig('kiwoom-main', {
      secretArn: 'arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:broker-tokens/new',
    });
    const { code, err } = await put(['kiwoom-main', '--stdin', '--yes', '--no-wait'], { stdin: JSON_KEY });
    expect({ code, err: err.replace(/version .*/, 'version') }).toEqual({
      code: 0,
      err: '✔ Stored as version\n',
    });
    expect(cloud.actions).toContain('secretsmanager:CreateSecret');
  });

  test('does not create a deleted secret again, because the new secret would have a different ARN', async () => {
    await cloud.changeConfig('kiwoom-main', {
      secretArn: 'arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:gone-AbCdEf',
    });
    const { code, err } = await put(['kiwoom-main', '--stdin', '--yes'], { stdin: JSON_KEY });
    expect(code).toBe(3);
    expect(err).toContain('does not exist');
    expect(cloud.actions).not.toContain('secretsmanager:CreateSecret');
  });
});

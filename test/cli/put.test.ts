import { beforeEach, describe, expect, test } from 'vitest';
import { HOUR } from '../../cli/time.ts';
import { KIWOOM_KEY } from '../../simulator/world.ts';
import { KIS_AND_KIWOOM, SimulatedCloud } from './cloud.ts';
import { type ConsoleOptions, KEYS, runAtConsole } from './console.ts';
import { tokens } from './run-tokens.ts';

let cloud: SimulatedCloud;

/** Ctrl-T makes some prompt libraries display the hidden input. */
const CTRL_T = '\x14';
const NEW_KEY = { appkey: 'FAKEkiwoomNewAppKey', secret: 'FAKE-kiwoom-new-secretkey' };
const JSON_KEY = JSON.stringify({ appkey: NEW_KEY.appkey, secretkey: NEW_KEY.secret });
const ARN_PREFIX = 'arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:';

beforeEach(async () => {
  cloud = await SimulatedCloud.start(KIS_AND_KIWOOM);
  cloud.refresher.world.kiwoom.setKeys([KIWOOM_KEY, NEW_KEY]);
  return () => cloud.stop();
});

/** Runs the command, and checks that its output does not contain the key. */
async function put(args: readonly string[], options: ConsoleOptions = {}) {
  const ended = await runAtConsole(cloud, ['credentials', 'put', ...args], options);
  for (const text of [NEW_KEY.appkey, NEW_KEY.secret]) expect(ended.out + ended.err).not.toContain(text);
  return ended;
}

describe('the command "credentials put"', () => {
  test('reads the app key and the app secret without displaying them, and waits until the refresher has used them', async () => {
    await cloud.runTicksAgo(HOUR, 'kiwoom-main');
    const ended = await put(['kiwoom-main'], {
      isTerminal: true,
      typedKeys: [
        [/ appkey.*masked/, `  ${NEW_KEY.appkey} ${CTRL_T}${KEYS.enter}`],
        [/secretkey.*masked/, `${NEW_KEY.secret}\t${KEYS.enter}`],
      ],
    });
    const text = 'The broker accepted the key of kiwoom-main: a new token is published (generation 2';
    expect(ended).toMatchObject({ code: 0, out: expect.stringContaining(text) });
    const issued = cloud.refresher.world.kiwoom.calls.findLast(({ kind }) => kind === 'issue');
    expect(issued).toMatchObject({ appkey: NEW_KEY.appkey, outcome: 'issued' });
  });

  test('reads the key as JSON from standard input', async () => {
    const options = { stdin: JSON_KEY };
    const ended = await tokens(cloud, ['credentials', 'put', 'kiwoom-main', '--stdin'], options);
    expect(ended).toMatchObject({
      code: 0,
      out: expect.stringContaining('a new token is published (generation 1'),
      err: expect.stringMatching(/✔ Stored as version [\w-]+\./),
    });
  });

  const invalid: readonly [title: string, stdin: string, text: RegExp][] = [
    ['a text that is not JSON', 'no json', /not JSON/],
    ['a key without a secret', '{"appkey":"FAKE"}', /"secretkey" is missing, empty or no text/],
    ['an empty text', '{"appkey":"FAKE","secretkey":"  "}', /"secretkey" is missing, empty or no text/],
    ['the fields of the other broker', '{"appkey":"FAKE","appsecret":"FAKE2"}', /"secretkey" is missing/],
    ['a placeholder', '{"appkey":"your-app-key","secretkey":"FAKE"}', /appkey is a placeholder/],
    [
      'a line break in the key',
      '{"appkey":"FAKE1","secretkey":"FAKE\\nFAKE"}',
      /secretkey holds white space/,
    ],
    ['a key whose two texts are the same', '{"appkey":"FAKE","secretkey":"FAKE"}', /both texts are the same/],
  ];
  test.each(invalid)('rejects %s and stores nothing', async (_, stdin, text) => {
    const { code, err } = await put(['kiwoom-main', '--stdin'], { stdin });
    expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(text) });
    expect(err).toContain('Nothing was stored.');
    expect(cloud.actions).not.toContain('secretsmanager:PutSecretValue');
  });

  test('stores a key of unusual length, and prints a warning', async () => {
    const stdin = '{"appkey":"FAKEshort","appsecret":"FAKE"}';
    const text =
      'appkey has 9 characters instead of the usual 36; appsecret has 4 characters instead of the usual 180.';
    const ended = await put(['kis-main', '--stdin', '--no-wait'], { stdin });
    expect(ended).toMatchObject({ code: 0, err: expect.stringContaining(text) });
  });

  const inputs: readonly [title: string, string[], ConsoleOptions, code: number, text: string][] = [
    ['requires "--stdin" if standard input is not a terminal', [], {}, 2, 'Pass --stdin'],
    [
      'rejects "--stdin" on a terminal',
      ['--stdin'],
      { isTerminal: true },
      2,
      'a terminal would show the key',
    ],
    [
      'stores nothing after Ctrl-C at the prompt',
      [],
      { isTerminal: true, typedKeys: [[/ appkey.*masked/, KEYS.ctrlC]] },
      130,
      'Nothing was changed.',
    ],
  ];
  test.each(inputs)('%s', async (_, args, options, code, text) => {
    const ended = await put(['kiwoom-main', ...args], options);
    expect(ended).toMatchObject({ code, err: expect.stringContaining(text) });
    expect(cloud.actions).not.toContain('secretsmanager:PutSecretValue');
  });

  test('stores a key that the broker rejects, and prints the rejection', async () => {
    const stdin = '{"appkey":"FAKE-wrong","secretkey":"FAKE-wronger"}';
    const { code, err } = await put(['kiwoom-main', '--stdin'], { stdin });
    expect(code).toBe(1);
    expect(err).toMatch(/Stored, but the broker rejected the key.*8001/s);
  });

  test('stores the key if the caller has no permission to send messages to the inbox', async () => {
    cloud.deny('sqs:SendMessage');
    const { code, out } = await put(['kiwoom-main', '--stdin'], { stdin: JSON_KEY });
    expect(code).toBe(0);
    expect(out).toMatch(/was not notified \(Not allowed: sqs:SendMessage.*within an hour/);
  });

  test('creates the missing secret if the config contains the secret ARN without the suffix', async () => {
    cloud.changeConfig('kiwoom-main', { secretArn: `${ARN_PREFIX}broker-tokens/new` });
    const ended = await put(['kiwoom-main', '--stdin', '--yes', '--no-wait'], { stdin: JSON_KEY });
    expect(ended).toMatchObject({ code: 0, err: expect.stringMatching(/^✔ Stored as version .*\n$/) });
    expect(cloud.actions).toContain('secretsmanager:CreateSecret');
  });

  test('does not create a deleted secret again, because the new secret would have a different ARN', async () => {
    cloud.changeConfig('kiwoom-main', { secretArn: `${ARN_PREFIX}gone-AbCdEf` });
    const ended = await put(['kiwoom-main', '--stdin', '--yes'], { stdin: JSON_KEY });
    expect(ended).toMatchObject({ code: 3, err: expect.stringContaining('does not exist') });
    expect(cloud.actions).not.toContain('secretsmanager:CreateSecret');
  });
});

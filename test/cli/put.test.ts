import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HOUR } from '../../cli/time.ts';
import { KIS_KEY, KIWOOM_KEY } from '../../simulator/world.ts';
import { Cloud } from './cloud.ts';
import { atConsole, KEYS } from './console.ts';
import { tokens } from './run-tokens.ts';

let cloud: Cloud;

/** Prompts like to show what was typed, on request. */
const CTRL_T = '\x14';
const NEW_KEY = { appkey: 'FAKEkiwoomNewAppKey', secret: 'FAKE-kiwoom-new-secretkey' };
const JSON_KEY = JSON.stringify({ appkey: NEW_KEY.appkey, secretkey: NEW_KEY.secret });

beforeEach(async () => {
  cloud = await Cloud.start({
    credentials: [
      { id: 'kis-main', broker: 'kis' },
      { id: 'kiwoom-main', broker: 'kiwoom' },
    ],
  });
  cloud.refresher.world.kiwoom.setKeys([KIWOOM_KEY, NEW_KEY]);
});

afterEach(async () => {
  for (const said of [NEW_KEY.appkey, NEW_KEY.secret]) expect(seen).not.toContain(said);
  await cloud.stop();
});

let seen = '';

/** Everything that was said is looked through for the key. */
async function put(args: readonly string[], options: Parameters<typeof atConsole>[2] = {}) {
  const ended = await atConsole(cloud, ['credentials', 'put', ...args], options);
  seen += ended.out + ended.err;
  return ended;
}

describe('credentials put', () => {
  test('asks for both texts without an echo, trims them, and the refresher uses them at once', async () => {
    await cloud.tickAgo(HOUR, 'kiwoom-main');
    const ended = await put(['kiwoom-main'], {
      screen: true,
      typed: [
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

  test('reads JSON from standard input, as a process', async () => {
    const { code, out, err } = await tokens(cloud, ['credentials', 'put', 'kiwoom-main', '--stdin'], {
      stdin: JSON_KEY,
    });
    seen += out + err;
    expect(code).toBe(0);
    expect(err).toMatch(/✔ Stored as version [\w-]+\./);
    expect(out).toContain('a new token is published (generation 1');
  });

  test('takes no key as an argument', async () => {
    const { code } = await put(['kiwoom-main', 'an-argument-that-could-be-a-key']);
    expect(code).toBe(2);
  });

  const refused: readonly [sentence: string, stdin: string, text: RegExp][] = [
    ['what is no JSON', 'no json', /not JSON/],
    ['half a key', '{"appkey":"FAKE"}', /"secretkey" is missing, empty or no text/],
    ['an empty text', '{"appkey":"FAKE","secretkey":"  "}', /"secretkey" is missing, empty or no text/],
    ['the fields of the other broker', '{"appkey":"FAKE","appsecret":"FAKE2"}', /"secretkey" is missing/],
    ['a placeholder', '{"appkey":"your-app-key","secretkey":"FAKE"}', /appkey is a placeholder/],
    [
      'a key with a line break within',
      '{"appkey":"FAKE1","secretkey":"FAKE\\nFAKE"}',
      /secretkey holds white space/,
    ],
    ['the same text twice', '{"appkey":"FAKE","secretkey":"FAKE"}', /both texts are the same/],
  ];
  test.each(refused)('refuses %s, and stores nothing', async (_, stdin, text) => {
    const { code, err } = await put(['kiwoom-main', '--stdin'], { stdin });
    expect(code).toBe(1);
    expect(err).toMatch(text);
    expect(err).toContain('Nothing was stored.');
    expect(cloud.actions).not.toContain('secretsmanager:PutSecretValue');
  });

  test('tells an unusual length, and stores it all the same', async () => {
    const { code, err } = await put(['kis-main', '--stdin', '--no-wait'], {
      stdin: '{"appkey":"FAKEshort","appsecret":"FAKE"}',
    });
    expect(code).toBe(0);
    expect(err).toContain('appkey has 9 characters, usual are 36; appsecret has 4, usual are 180.');
  });

  test('without a terminal it says how to go about it', async () => {
    const { code, err } = await put(['kiwoom-main']);
    expect(code).toBe(2);
    expect(err).toContain('Pass --stdin');
  });

  test('at a terminal --stdin would show the key', async () => {
    const { code, err } = await put(['kiwoom-main', '--stdin'], { screen: true });
    expect(code).toBe(2);
    expect(err).toContain('what is typed would be seen');
  });

  test('Ctrl-C while it asks changes nothing', async () => {
    const { code, err } = await put(['kiwoom-main'], {
      screen: true,
      typed: [[/ appkey.*masked/, KEYS.ctrlC]],
    });
    expect(code).toBe(130);
    expect(err).toContain('Nothing was changed.');
    expect(cloud.actions).not.toContain('secretsmanager:PutSecretValue');
  });

  test('a key that the broker refuses is stored, and the command says so', async () => {
    const { code, err } = await put(['kiwoom-main', '--stdin'], {
      stdin: '{"appkey":"FAKE-wrong","secretkey":"FAKE-wronger"}',
    });
    expect(code).toBe(1);
    expect(err).toMatch(/Stored, but the broker refused the key.*8001/s);
  });

  test('stores the key without the permission to send to the inbox, and the refresher uses it within an hour', async () => {
    cloud.deny('sqs:SendMessage');
    const { code, out } = await put(['kiwoom-main', '--stdin'], { stdin: JSON_KEY });
    expect(code).toBe(0);
    expect(out).toMatch(/was not notified \(Not allowed: sqs:SendMessage.*within an hour/);
  });

  test('a secret that is known by name and not there yet is made', async () => {
    await cloud.configure('kiwoom-main', {
      secretArn: 'arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:broker-tokens/new',
    });
    const { code, err } = await put(['kiwoom-main', '--stdin', '--yes', '--no-wait'], { stdin: JSON_KEY });
    expect({ code, err: err.replace(/version .*/, 'version') }).toEqual({
      code: 0,
      err: '✔ Stored as version\n',
    });
    expect(cloud.actions).toContain('secretsmanager:CreateSecret');
  });

  test('a secret that was deleted is not made again under another ARN', async () => {
    await cloud.configure('kiwoom-main', {
      secretArn: 'arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:gone-AbCdEf',
    });
    const { code, err } = await put(['kiwoom-main', '--stdin', '--yes'], { stdin: JSON_KEY });
    expect(code).toBe(3);
    expect(err).toContain('does not exist');
    expect(cloud.actions).not.toContain('secretsmanager:CreateSecret');
  });
});

describe('credentials put --verify', () => {
  test('asks the broker first, revokes what Kiwoom gave, and stores the key', async () => {
    const { code, err } = await put(['kiwoom-main', '--stdin', '--verify', '--yes'], { stdin: JSON_KEY });
    expect(code).toBe(0);
    expect(err).toContain('Proving costs one issue call at Kiwoom.');
    expect(err).toMatch(/✔ Kiwoom accepted the key, and its token works: it expires/);
    const { calls } = cloud.refresher.world.kiwoom;
    expect(calls.map(({ kind, outcome }) => `${kind} ${outcome}`)).toEqual([
      'issue issued',
      'data ok',
      'revoke revoked',
      'issue issued',
    ]);
    const [proof, ours] = calls.filter(({ kind }) => kind === 'issue');
    // The broker's minimum interval lies between the proof and the refresher's own call.
    expect((ours?.at ?? 0) - (proof?.at ?? 0)).toBeGreaterThanOrEqual(2_000);
  }, 30_000);

  test('a wrong key is not stored', async () => {
    const { code, err } = await put(['kiwoom-main', '--stdin', '--verify', '--yes'], {
      stdin: '{"appkey":"FAKE-wrong","secretkey":"FAKE-wronger"}',
    });
    expect(code).toBe(1);
    expect(err).toMatch(/Not verified: the broker refused the key.*8001.*Nothing was stored\./s);
    expect(cloud.actions).not.toContain('secretsmanager:PutSecretValue');
  });

  test('an outage proves nothing, and nothing is stored', async () => {
    cloud.refresher.world.kiwoom.set({ outage: 'html' });
    const { code, err } = await put(['kiwoom-main', '--stdin', '--verify', '--yes'], { stdin: JSON_KEY });
    expect(code).toBe(1);
    expect(err).toContain('store it without --verify');
    expect(cloud.actions).not.toContain('secretsmanager:PutSecretValue');
  });

  test('the key in use is proven by its token: asking again could end that', async () => {
    await cloud.tickAgo(HOUR, 'kis-main');
    const stdin = JSON.stringify({ appkey: KIS_KEY.appkey, appsecret: KIS_KEY.secret });
    const { code, err } = await put(['kis-main', '--stdin', '--verify', '--yes'], { stdin });
    expect(code).toBe(1);
    expect(err).toContain('This app key is the current one');
    expect(cloud.refresher.world.kis.count('issue')).toBe(1);
  });

  test('says what it costs before it is done, and takes no for an answer', async () => {
    const { code, err } = await put(['kiwoom-main', '--verify'], {
      screen: true,
      typed: [
        [/ appkey.*masked/, `${NEW_KEY.appkey}${KEYS.enter}`],
        [/secretkey.*masked/, `${NEW_KEY.secret}${KEYS.enter}`],
        [/from this machine\?/, `n${KEYS.enter}`],
      ],
    });
    expect(code).toBe(1);
    expect(err).toContain('Proving costs one issue call at Kiwoom.');
    expect(err).toContain('Nothing was stored.');
    expect(cloud.refresher.world.kiwoom.count('issue')).toBe(0);
  });
});

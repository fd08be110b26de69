import { beforeEach, expect, test } from 'vitest';
import { names } from '../../simulator/world.ts';
import { SimulatedCloud } from './cloud.ts';
import { runAtConsole } from './console.ts';
import { tokens } from './run-tokens.ts';
import { changeState } from './states.ts';

let cloud: SimulatedCloud;

beforeEach(async () => {
  cloud = await SimulatedCloud.start();
  await cloud.tick('kis-main');
  return () => cloud.stop();
});

const show = (...args: readonly string[]) => runAtConsole(cloud, ['show', 'kis-main', ...args]);

test('the command "show" prints the expiry and the parameter name of the token, but not the token', async () => {
  const { code, out } = await show();
  expect(code).toBe(0);
  expect(out).toMatch(/expires +.* KST, in 23 h 59 min/);
  expect(out).toContain('/broker-tokens/kis-main/token');
});

test('the command "show --reveal" prints only the token to standard output', async () => {
  const revealed = await tokens(cloud, ['show', 'kis-main', '--reveal']);
  const [{ token } = { token: '' }] = cloud.refresher.world.kis.tokens;
  expect(revealed).toMatchObject({ code: 0, out: `${token}\n`, err: expect.stringContaining('generation') });
});

test('the command "show" reports a deleted token parameter', async () => {
  cloud.refresher.world.aws.deleteParameter(names('kis-main').token);
  const text = /missing.*The token parameter was deleted\. The next tick restores it\./s;
  expect(await show()).toMatchObject({ code: 1, out: expect.stringMatching(text) });
});

test.each([
  ['is dead', () => changeState(cloud, 'kis-main', {}, { health: 'dead' }), /is dead, so it is not printed/],
  [
    'was deleted',
    () => cloud.refresher.world.aws.deleteParameter(names('kis-main').token),
    /\/kis-main\/token does not exist/,
  ],
])('the command "show --reveal" does not print a token that %s', async (_, damage, text) => {
  damage();
  expect(await show('--reveal')).toEqual({ code: 1, out: '', err: expect.stringMatching(text) });
});

test('the command "show --reveal" fails after five reads of a token that does not match the state', async () => {
  cloud.refresher.world.aws.putParameter(names('kis-main').token, 'FAKE-other-token', 'SecureString');
  cloud.actions.length = 0;
  const err = expect.stringContaining('its fingerprint differs');
  expect(await show('--reveal')).toEqual({ code: 1, out: '', err });
  expect(cloud.actions).toEqual(Array(6).fill('ssm:GetParameters'));
});

import { afterEach, beforeEach, expect, test } from 'vitest';
import { names } from '../../simulator/world.ts';
import { SimulatedCloud } from './cloud.ts';
import { runAtConsole } from './console.ts';
import { tokens } from './run-tokens.ts';
import { changeState } from './states.ts';

let cloud: SimulatedCloud;

beforeEach(async () => {
  cloud = await SimulatedCloud.start();
  await cloud.tick('kis-main');
});

afterEach(() => cloud.stop());

test('the command "show" prints the expiry and the parameter name of the token, but not the token', async () => {
  const { code, out } = await runAtConsole(cloud, ['show', 'kis-main']);
  expect(code).toBe(0);
  expect(out).toMatch(/expires +.* KST, in 23 h 59 min/);
  expect(out).toContain('/broker-tokens/kis-main/token');
});

test('the command "show --reveal" prints only the token to standard output', async () => {
  const revealed = await tokens(cloud, ['show', 'kis-main', '--reveal']);
  const [{ token } = { token: '' }] = cloud.refresher.world.kis.tokens;
  expect(revealed).toMatchObject({ code: 0, out: `${token}\n`, err: expect.stringContaining('generation') });
});

test('the command "show --reveal" does not print a dead token', async () => {
  changeState(cloud, 'kis-main', {}, { health: 'dead' });
  const { code, out, err } = await runAtConsole(cloud, ['show', 'kis-main', '--reveal']);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toContain('is dead, so it is not printed');
});

test('the command "show" reports a deleted token parameter', async () => {
  cloud.refresher.world.aws.deleteParameter(names('kis-main').token);
  const { code, out } = await runAtConsole(cloud, ['show', 'kis-main']);
  expect(code).toBe(1);
  expect(out).toMatch(/missing.*The token parameter was deleted\. The next tick restores it\./s);
  const revealed = await runAtConsole(cloud, ['show', 'kis-main', '--reveal']);
  expect(revealed).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringContaining('/kis-main/token does not exist'),
  });
});

test('the command "show --reveal" fails after five reads of a token that does not match the state', async () => {
  cloud.refresher.world.aws.putParameter(names('kis-main').token, 'FAKE-other-token', 'SecureString');
  cloud.actions.length = 0;
  const { code, out, err } = await runAtConsole(cloud, ['show', 'kis-main', '--reveal']);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toContain('its fingerprint differs');
  expect(cloud.actions).toEqual(Array(6).fill('ssm:GetParameters'));
});

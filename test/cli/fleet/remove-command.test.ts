import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { names } from '../../../simulator/world.ts';
import { SimulatedCloud } from '../cloud.ts';
import { KEYS, runAtConsole } from '../console.ts';
import { tokens } from '../run-tokens.ts';
import { changeState } from '../states.ts';
import { enableFleet, enableTopics } from './fleet-harness.ts';
import { KIS } from './invalid-options.ts';

const cloud = await SimulatedCloud.start();
let schedules: ReturnType<typeof enableFleet>;

afterAll(() => cloud.stop());

beforeEach(async () => {
  cloud.errors.clear();
  schedules = enableFleet(cloud);
  await runAtConsole(cloud, ['add', 'kis-2', ...KIS]);
  const { aws } = cloud.refresher.world;
  aws.putSecret('broker-tokens/kis-2', JSON.stringify({ appkey: 'PSFAKEkis2', appsecret: 'FAKE' }));
});

const remove = (...args: readonly string[]) => runAtConsole(cloud, ['remove', 'kis-2', ...args]);
const remaining = () => cloud.refresher.world.aws.parameterNames().filter((name) => name.includes('kis-2'));

describe('the command "remove"', () => {
  test('deletes the schedule, waits 20 seconds for a tick that may be running, and deletes the parameters', async () => {
    await cloud.tick('kis-2');
    expect(remaining()).toContain(names('kis-2').state);
    const before = cloud.clock.now();
    const { code, out } = await remove('--yes');
    expect(code).toBe(0);
    expect(cloud.clock.now() - before).toBeGreaterThanOrEqual(20_000);
    expect(remaining()).toEqual([]);
    expect(schedules.size).toBe(0);
    expect(out).toMatch(
      /✔ kis-2 is removed\. Deleted: schedule BrokerTokens-fleet\/kis-2, .*Its secret stays\./s,
    );
  });

  test('deletes the report topic', async () => {
    const topics = enableTopics(cloud);
    await runAtConsole(cloud, ['add', 'kis-2', ...KIS]);
    expect(topics.size).toBe(1);
    const { out } = await remove('--yes');
    expect(topics.size).toBe(0);
    expect(out).toContain('topic arn:aws:sns:ap-northeast-2:123456789012:BrokerTokens-reports-kis-2.fifo');
  });

  test('waits at most 20 minutes for a running tick', async () => {
    await cloud.tick('kis-2');
    const start = cloud.clock.now();
    const { attempt } = cloud.state('kis-2');
    if (attempt === undefined) throw new Error('kis-2 has no attempt');
    changeState(cloud, 'kis-2', { attempt: { ...attempt, outcome: 'started', at: start } });
    expect((await remove('--yes')).code).toBe(0);
    // The tick never ends in this test, so the command waits for the timeout of Lambda.
    expect(cloud.clock.now() - start).toBeGreaterThanOrEqual(20 * 60_000);
    expect(remaining()).toEqual([]);
  });

  test('changes nothing if the operator does not confirm the prompt', async () => {
    const ended = await runAtConsole(cloud, ['remove', 'kis-2'], {
      isTerminal: true,
      typedKeys: [[/It has no live token/, `n${KEYS.enter}`]],
    });
    expect(ended).toMatchObject({
      code: 1,
      err: expect.stringContaining('Not confirmed. Nothing was changed.'),
    });
    expect(schedules.size).toBe(1);
    expect(remaining()).toContain(names('kis-2').config);
  });

  test('fails without the option "--yes" if standard input is not a terminal', async () => {
    expect(await remove()).toMatchObject({ code: 2, err: expect.stringContaining('Pass --yes.') });
  });

  test.each([
    [
      'does not remove a credential that the stack created',
      'kis-main',
      1,
      /The credential kis-main belongs to the stack, so it is not a fleet .* Delete the credential from cdk\.json/,
    ],
    [
      'suggests the most similar id for an unknown id',
      'kis-22',
      3,
      /There is no credential "kis-22" .* Did you mean "kis-2"\?/,
    ],
    ['rejects an invalid id', 'KIS', 2, /"KIS" is not a credential id/],
  ])('%s', async (_, id, code, text) => {
    const ended = await runAtConsole(cloud, ['remove', id, '--yes']);
    expect(ended).toMatchObject({ code, err: expect.stringMatching(text) });
  });

  test('removes a credential with an invalid config, and a credential without parameters', async () => {
    cloud.refresher.world.aws.putParameter(names('kis-2').config, '{"managedBy":"operator","broker":"?"}');
    expect((await remove('--yes', '--json')).out).toContain('"result":"removed"');
    expect(remaining()).toEqual([]);
    await runAtConsole(cloud, ['add', 'kis-2', ...KIS]);
    cloud.refresher.world.aws.deleteParameter(names('kis-2').config);
    expect((await remove('--yes')).code).toBe(0);
    expect(schedules.size).toBe(0);
  });

  test('prints the deleted resources after Ctrl-C, and deletes the remaining resources when the command runs again', async () => {
    const interrupted = await tokens(cloud, ['remove', 'kis-2', '--yes'], {
      onOutput: (output, interrupt) => output.includes('Waiting 20 s') && interrupt(),
    });
    expect(interrupted.code).toBe(130);
    expect(interrupted.err).toContain('the schedule is deleted, the parameters are not');
    expect(remaining()).toContain(names('kis-2').config);
    expect((await remove('--yes')).code).toBe(0);
    expect(remaining()).toEqual([]);
  });
});

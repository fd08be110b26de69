import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Cloud } from '../cloud.ts';
import { atConsole } from '../console.ts';
import { healthyStack, type Stack } from '../healthy-stack.ts';
import { enableFleet } from './fleet-harness.ts';

const ADD = ['add', 'kis-2', '--broker', 'kis', '--market', 'paper'];

let cloud: Cloud;
let stack: Stack;
let schedules: ReturnType<typeof enableFleet>;

beforeAll(async () => {
  cloud = await Cloud.start({ credentials: [{ id: 'kis-main', broker: 'kis' }] });
  const { aws } = cloud.refresher.world;
  aws.putSecret('broker-tokens/kis-2', JSON.stringify({ appkey: 'PSFAKEkis2', appsecret: 'FAKE' }));
});

afterAll(() => cloud.stop());

beforeEach(async () => {
  enableFleet(cloud);
  await atConsole(cloud, ADD);
  stack = healthyStack(cloud);
  stack.tickAge['kis-2'] = 60_000;
  const [like] = stack.alarms;
  if (like !== undefined)
    for (const chapter of [
      'FleetExpiringSoon',
      'FleetRefreshFailing',
      'FleetActionRequired',
      'FleetSchedulerDropped',
    ])
      stack.alarms.push({ ...like, AlarmName: `BrokerTokens-${chapter}` });
  schedules = enableFleet(cloud);
  await atConsole(cloud, ADD);
});

/** What is said of the added credential and the fleet, but for its key, which is not in question here. */
async function findings(): Promise<readonly { health: string; text: string; fix?: string }[]> {
  const { out } = await atConsole(cloud, ['doctor', '--json']);
  const { areas } = JSON.parse(out) as {
    areas: { area: string; findings: { health: string; text: string; fix?: string }[] }[];
  };
  return areas
    .filter(({ area }) => ['parameters', 'schedules', 'alarms'].includes(area))
    .flatMap((area) => area.findings);
}

const bad = async () => (await findings()).filter(({ health }) => health !== 'ok');

describe('doctor, with an added credential', () => {
  test('checks its schedule and the alarms of the fleet', async () => {
    expect(await bad()).toEqual([]);
    expect(await findings()).toContainEqual({ health: 'ok', text: 'kis-2: has a tick every 5 min.' });
  });

  test('names the command that creates a missing schedule again', async () => {
    schedules.clear();
    expect(await bad()).toEqual([
      {
        health: 'wrong',
        text: 'kis-2: has no schedule, so it has no ticks.',
        fix: expect.stringMatching(/ add kis-2, with the options it had, creates it again\./),
      },
    ]);
  });

  test('misses the alarms of the fleet, and none of its own', async () => {
    stack.alarms = stack.alarms.filter(({ AlarmName }) => AlarmName !== 'BrokerTokens-FleetActionRequired');
    expect((await bad()).map(({ text }) => text)).toEqual([
      'The alarm BrokerTokens-FleetActionRequired is missing.',
    ]);
  });
});

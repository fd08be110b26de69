import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { checkFleet } from '../../lambdas/fleet-monitor/check-fleet.ts';
import { AwsError } from '../../lambdas/store/aws-error.ts';
import { listFleetCredentials } from '../../lambdas/store/list-credentials.ts';
import { credentialsWithoutSchedule } from '../../lambdas/store/schedules.ts';
import { KIS_KEY, names } from '../../simulator/world.ts';
import { SimulatedCloud } from '../cli/cloud.ts';
import { runAtConsole } from '../cli/console.ts';
import { enableFleet } from '../cli/fleet/fleet-harness.ts';
import { HOUR, MINUTE } from './operation.ts';

const ID = 'kis-2';
const GROUP = 'BrokerTokens-fleet';

/** The tests depend on their order: they add a fleet credential, use it and remove it. */
describe('A fleet credential', () => {
  let cloud: SimulatedCloud;
  let schedules: ReturnType<typeof enableFleet>;
  let ssm: SSMClient;
  let scheduler: SchedulerClient;
  const run = (...args: readonly string[]) => runAtConsole(cloud, args);

  /** Runs the checks of the fleet monitor, `later` milliseconds after the time of the simulated cloud. */
  const fleetMonitor = async (later = 0) => {
    const credentials = await listFleetCredentials(ssm, '/broker-tokens');
    const ids = credentials.map(({ id }) => id);
    return checkFleet(
      credentials,
      await credentialsWithoutSchedule(scheduler, GROUP, ids),
      cloud.clock.now() + later,
    );
  };

  beforeAll(async () => {
    cloud = await SimulatedCloud.start({ credentials: [{ id: 'kis-main', broker: 'kis' }] });
    schedules = enableFleet(cloud);
    const client = {
      endpoint: cloud.url,
      region: 'ap-northeast-2',
      credentials: { accessKeyId: 'FAKE', secretAccessKey: 'FAKE' },
      maxAttempts: 1,
    };
    ssm = new SSMClient(client);
    scheduler = new SchedulerClient(client);
  });

  afterAll(async () => {
    ssm.destroy();
    scheduler.destroy();
    await cloud.stop();
  });

  test('that was not added causes a log line "refused message", which contains the command "tokens add"', async () => {
    const { refresher } = cloud;
    await refresher.deliver(refresher.world.event({ credential: ID, cause: 'schedule' }));
    expect(refresher.log.at(-1)).toMatchObject({
      message: 'refused message',
      fields: { problems: expect.stringContaining('"tokens add"') },
    });
    expect(await fleetMonitor()).toMatchObject({ credentials: 0, failureLevel: 0 });
  });

  test('without a stored app key causes no failure level above 0 in the first 15 minutes', async () => {
    expect((await run('add', ID, '--broker', 'kis', '--market', 'paper')).code).toBe(0);
    const { Target: target } = schedules.get(`${GROUP}/${ID}`) as { Target: { Input: string } };
    const message = JSON.parse(target.Input) as Record<string, unknown>;
    expect(message).toMatchObject({ credential: ID, cause: 'schedule' });
    await cloud.tick(ID);
    expect(cloud.state(ID).attempt?.outcome).toBe('unconfigured');
    expect(await fleetMonitor()).toMatchObject({ credentials: 1, failureLevel: 0 });
    expect(await fleetMonitor(16 * MINUTE)).toMatchObject({ failureLevel: 2, actionRequired: [ID] });
  });

  test('gets its first token as soon as the key is stored', async () => {
    const stdin = JSON.stringify({ appkey: KIS_KEY.appkey, appsecret: KIS_KEY.secret });
    cloud.refresher.world.aws.putSecret(`broker-tokens/${ID}`, '{}');
    const { code, out } = await runAtConsole(cloud, ['credentials', 'put', ID, '--stdin', '--yes'], {
      stdin,
    });
    expect(out).toContain('a new token is published (generation 1');
    expect(code).toBe(0);
    expect(cloud.refresher.world.published(ID).token).toMatch(/\S/);
    expect(await fleetMonitor()).toMatchObject({ failureLevel: 0, headroom: 100, expiring: [] });
  });

  test('without an enabled schedule or with less than half of the margin left is reported by the fleet monitor', async () => {
    const schedule = schedules.get(`${GROUP}/${ID}`) ?? {};
    schedules.set(`${GROUP}/${ID}`, { ...schedule, State: 'DISABLED' });
    expect(await fleetMonitor()).toMatchObject({ failureLevel: 1, withoutSchedule: [ID] });
    schedules.delete(`${GROUP}/${ID}`);
    expect(await fleetMonitor()).toMatchObject({ failureLevel: 1, withoutSchedule: [ID] });
    schedules.set(`${GROUP}/${ID}`, schedule);
    expect(await fleetMonitor(24 * HOUR - 29 * MINUTE)).toMatchObject({ expiring: [ID] });
  });

  test('causes one log line and two metrics when the handler of the fleet monitor runs', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', cloud.url);
    vi.stubEnv('PARAMETER_PREFIX', '/broker-tokens');
    vi.stubEnv('NAME_PREFIX', 'BrokerTokens');
    vi.stubEnv('SCHEDULE_GROUP', GROUP);
    vi.stubEnv('ALARM_TOPIC_ARN', 'arn:aws:sns:ap-northeast-2:123456789012:FAKE-alarms');
    let written = '';
    const stdout = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
      written += String(chunk);
      return true;
    });
    const { handler } = await import('../../lambdas/fleet-monitor/handler.ts');
    await handler();
    stdout.mockRestore();
    vi.unstubAllEnvs();
    const lines = written.split('\n').filter((text) => text.startsWith('{'));
    const [line, emf] = lines.map((text) => JSON.parse(text) as Record<string, unknown>);
    expect(line).toMatchObject({ message: 'fleet monitor', credentials: 1, headroom: 100, failureLevel: 0 });
    expect(emf).toMatchObject({
      service: 'broker-token-refresher',
      Stack: 'BrokerTokens',
      FleetHeadroom: 100,
      FleetFailureLevel: 0,
    });
    expect(JSON.stringify(emf)).toContain('[["service","Stack"]]');
    for (const secret of cloud.secrets) expect(written.includes(secret)).toBe(false);
  });

  test('makes the fleet monitor fail if AWS denies access to its schedule or its parameters', async () => {
    cloud.deny('scheduler:GetSchedule');
    await expect(fleetMonitor()).rejects.toThrow(AwsError);
    cloud.errors.clear();
    cloud.deny('ssm:GetParametersByPath');
    await expect(fleetMonitor()).rejects.toThrow('read the parameters under /broker-tokens');
    cloud.errors.clear();
  });

  test('is removed together with its parameters and its schedule', async () => {
    expect((await run('remove', ID, '--yes')).code).toBe(0);
    const { aws } = cloud.refresher.world;
    expect(aws.parameterNames().filter((name) => name.includes(ID))).toEqual([]);
    expect(aws.parameterNames()).toContain(names('kis-main').config);
    expect(schedules.size).toBe(0);
    expect(await fleetMonitor()).toMatchObject({ credentials: 0, headroom: 100 });
  });
});

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../bin/bundle.ts';
import { LambdaHost } from '../../simulator/lambda-host.ts';
import { createSqsEvent, LoopbackWorld } from '../../simulator/world.ts';
import { createTemporaryDirectory } from '../temp-dir.ts';

const START = Date.parse('2026-11-23T09:00:00+09:00');
const directory = createTemporaryDirectory('lambda');

let world: LoopbackWorld;
beforeAll(async () => {
  await bundle({
    entry: join(import.meta.dirname, '../../lambdas/refresher/handler.ts'),
    directory: join(directory, 'lambda'),
    metafile: join(directory, 'meta.json'),
  });
  world = await LoopbackWorld.start({
    start: START,
    credentials: [
      { id: 'kis-main', broker: 'kis' },
      { id: 'kiwoom-main', broker: 'kiwoom' },
    ],
  });
});
afterAll(() => world.stop());

const TIMEOUT = 450_000;

function host(changes: Readonly<Record<string, string>> = {}): LambdaHost {
  const environment = { ...world.environment, ...changes };
  return new LambdaHost({ bundle: join(directory, 'lambda/index.js'), environment, clock: world.clock });
}

describe('the deployed bundle', () => {
  it.each(['kis-main', 'kiwoom-main'])('publishes a token that the simulated %s accepts', async (id) => {
    const lambda = host();
    const { response, log } = await lambda.invoke(
      world.event({ credential: id, cause: 'schedule' }),
      TIMEOUT,
    );
    await lambda.stop();
    expect(response).toEqual({ batchItemFailures: [] });
    expect(world.broker(id).isAlive(world.published(id).token ?? '')).toBe(true);
    const service = 'broker-token-refresher';
    expect(log).toMatchObject([
      { message: 'decision', credential: id, action: 'issue', outcome: 'published' },
      { message: 'decision', action: 'keep', reason: 'Fresh' },
      { service, Credential: id, SecondsToExpiry: 86_400, Headroom: 86_400, FailureLevel: 0 },
      { service, Issued: 1 },
    ]);
  });

  it('writes its metrics in the embedded metric format with the dimensions of the alarms', async () => {
    const lambda = host();
    const tick = await lambda.invoke(world.event({ credential: 'kis-main', cause: 'schedule' }), TIMEOUT);
    const refused = await lambda.invoke(createSqsEvent('hello', 'kis-main'), TIMEOUT);
    await lambda.stop();
    const metricsWith = (Dimensions: string[]) => ({
      _aws: { CloudWatchMetrics: [{ Namespace: 'BrokerTokens', Dimensions: [Dimensions] }] },
    });
    const findMetrics = (log: typeof tick.log) => log.find((line) => '_aws' in line);
    expect(findMetrics(tick.log)).toMatchObject(metricsWith(['service', 'Stack', 'Credential']));
    expect(findMetrics(refused.log)).toMatchObject({
      ...metricsWith(['service', 'Stack']),
      RefusedMessages: 1,
    });
  });

  it('returns no batch item failures for an event without records', async () => {
    const lambda = host();
    const { response } = await lambda.invoke({ Records: [] }, TIMEOUT);
    await lambda.stop();
    expect(response).toEqual({ batchItemFailures: [] });
  });

  it.each([
    ['BROKER_URL_KIS_LIVE', 'https://evil.example', 'must be an http(s) URL on loopback'],
    ['PARAMETER_PREFIX', '', 'must match'],
    ['TOKEN_KEY_ARN', '', 'must match'],
  ])('does not start with the environment variable %s="%s"', async (name, value, message) => {
    const lambda = host({ [name]: value });
    await expect(lambda.invoke({ Records: [] }, TIMEOUT)).rejects.toThrow(`${name} ${message}`);
    await lambda.stop();
  });
});

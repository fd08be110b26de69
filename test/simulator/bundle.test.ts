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
afterAll(async () => {
  await world.stop();
});

function host(environment: Readonly<Record<string, string>>): LambdaHost {
  return new LambdaHost({ bundle: join(directory, 'lambda/index.js'), environment, clock: world.clock });
}

describe('the deployed bundle', () => {
  it.each(['kis-main', 'kiwoom-main'])('publishes a token that the simulated %s accepts', async (id) => {
    const lambda = host(world.environment);
    try {
      const { response, log } = await lambda.invoke(
        world.event({ credential: id, cause: 'schedule' }),
        450_000,
      );
      expect(response).toEqual({ batchItemFailures: [] });
      expect(world.broker(id).isAlive(world.published(id).token ?? '')).toBe(true);
      expect(log).toMatchObject([
        { message: 'decision', credential: id, action: 'issue', outcome: 'published' },
        { message: 'decision', action: 'keep', reason: 'Fresh' },
        {
          service: 'broker-token-refresher',
          Credential: id,
          SecondsToExpiry: 86_400,
          Headroom: 86_400,
          FailureLevel: 0,
        },
        { service: 'broker-token-refresher', Issued: 1 },
      ]);
    } finally {
      await lambda.stop();
    }
  });

  it('writes its metrics in the embedded metric format with the dimensions of the alarms', async () => {
    const lambda = host(world.environment);
    try {
      const tick = await lambda.invoke(world.event({ credential: 'kis-main', cause: 'schedule' }), 450_000);
      expect(tick.log.find((line) => '_aws' in line)).toMatchObject({
        _aws: {
          CloudWatchMetrics: [
            { Namespace: 'BrokerTokens', Dimensions: [['service', 'Stack', 'Credential']] },
          ],
        },
      });
      const refused = await lambda.invoke(createSqsEvent('hello', 'kis-main'), 450_000);
      expect(refused.log.find((line) => '_aws' in line)).toMatchObject({
        _aws: { CloudWatchMetrics: [{ Namespace: 'BrokerTokens', Dimensions: [['service', 'Stack']] }] },
        RefusedMessages: 1,
      });
    } finally {
      await lambda.stop();
    }
  });

  it('returns no batch item failures for an event without records', async () => {
    const lambda = host(world.environment);
    try {
      const { response } = await lambda.invoke({ Records: [] }, 450_000);
      expect(response).toEqual({ batchItemFailures: [] });
    } finally {
      await lambda.stop();
    }
  });

  it.each([
    [
      'a broker URL that is not on loopback',
      { BROKER_URL_KIS_LIVE: 'https://evil.example' },
      'BROKER_URL_KIS_LIVE must be an http(s) URL on loopback',
    ],
    ['a missing prefix', { PARAMETER_PREFIX: '' }, 'PARAMETER_PREFIX must match'],
    ['a missing key', { TOKEN_KEY_ARN: '' }, 'TOKEN_KEY_ARN must match'],
  ])('does not start with %s', async (_sentence, change, message) => {
    const lambda = host({ ...world.environment, ...change });
    await expect(lambda.invoke({ Records: [] }, 450_000)).rejects.toThrow(message);
    await lambda.stop();
  });
});

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { countCalls } from '../../bench/calls.ts';
import { measureRenewal } from '../../bench/renewal/measure-renewal.ts';
import { describeExceededBounds } from '../../bench/row.ts';
import { bundle } from '../../bin/bundle.ts';
import { LambdaHost } from '../../simulator/lambda-host.ts';
import { LoopbackWorld } from '../../simulator/world.ts';
import { createTemporaryDirectory } from '../temp-dir.ts';

const root = createTemporaryDirectory('bench');
const deployed = join(root, 'lambda', 'index.js');

test('a renewal makes eight AWS and broker calls, three more than a renewal without safety checks', async () => {
  await bundle({
    entry: join(import.meta.dirname, '../../lambdas/refresher/handler.ts'),
    directory: join(root, 'lambda'),
    metafile: join(root, 'meta.json'),
  });
  const { rows, bounds } = await measureRenewal(deployed);
  expect(rows).toMatchObject(
    ['kis', 'kiwoom'].map((broker) => ({
      figureName: `renewal at ${broker}, calls`,
      refresherSpread: { median: 8 },
      baselineSpread: { median: 5 },
    })),
  );
  expect(describeExceededBounds(bounds)).toEqual([]);
});

test('a tick that issues the first token makes six AWS and broker calls, and an idle tick makes one SSM call', async () => {
  const START = Date.parse('2026-11-23T09:00:00+09:00');
  const world = await LoopbackWorld.start({ start: START, credentials: [{ id: 'kis-main', broker: 'kis' }] });
  const host = new LambdaHost({ bundle: deployed, environment: world.environment, clock: world.clock });
  const tick = async () => {
    const count = countCalls(world);
    await host.invoke(world.event({ credential: 'kis-main', cause: 'schedule' }), 450_000);
    return count();
  };
  try {
    // The four SSM calls read the parameters, record the start of the issue call, write the token and write
    // the state. Only the token parameter is encrypted, so the tick uses the KMS key once.
    expect(await tick()).toEqual({ ssm: 4, kms: 1, secrets: 1, broker: 1 });
    // The first two ticks of each hour also compare the version of the secret, so the test skips both ticks.
    world.clock.advance(10 * 60_000);
    expect(await tick()).toEqual({ ssm: 1, kms: 0, secrets: 0, broker: 0 });
  } finally {
    await host.stop();
    await world.stop();
  }
});

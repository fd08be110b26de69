import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { bundle } from '../../bin/bundle.ts';
import type { InboxMessage } from '../../lambdas/shared/message.ts';
import { LambdaHost } from '../../simulator/lambda-host.ts';
import { LoopbackWorld, type LoopbackWorldOptions, names } from '../../simulator/world.ts';
import { createTemporaryDirectory } from '../temp-dir.ts';

const START = Date.parse('2026-11-24T21:00:00+09:00');
const TICK = 300_000;
const HOUR = 3_600_000;
const directory = createTemporaryDirectory('histories');
const KIWOOM = [{ id: 'main', broker: 'kiwoom', renewEarly: 'revoke', maxIssuesPerDay: 24 }] as const;
const KIS = [{ id: 'main', broker: 'kis' }] as const;

beforeAll(async () => {
  await bundle({
    entry: join(import.meta.dirname, '../../lambdas/refresher/handler.ts'),
    directory: join(directory, 'lambda'),
    metafile: join(directory, 'meta.json'),
  });
});

/**
 * Runs the bundled function for one credential with a published token. The function reaches the simulated AWS
 * and broker over HTTP.
 */
async function deploy(options: Omit<LoopbackWorldOptions, 'start'>) {
  const world = await LoopbackWorld.start({ start: START, ...options });
  const { environment, clock } = world;
  const lambda = new LambdaHost({ bundle: join(directory, 'lambda/index.js'), environment, clock });
  onTestFinished(async () => {
    await lambda.stop();
    await world.stop();
  });
  const isLive = () => world.broker('main').isAlive(world.published('main').token ?? '');
  const send = async (message: InboxMessage) => {
    const { log } = await lambda.invoke(world.event(message), world.timeout('main'));
    const metrics = log.findLast((line) => 'FailureLevel' in line);
    return { log, level: Number(metrics?.['FailureLevel']), isLive: isLive() };
  };
  const tick = async () => {
    const next = clock.now() + TICK;
    const result = await send({ credential: 'main', cause: 'schedule' });
    clock.set(Math.max(next, clock.now()));
    return result;
  };
  await tick();
  return { world, isLive, send, tick };
}

describe('The deployed bundle', () => {
  it.each(['brackets', 'number', 'text', 'code', 'http-401', 'http-401-bare'] as const)(
    'replaces a dead token after Kiwoom rejects the token with a reply of the form "%s"',
    async (refusalForm) => {
      const { world, send } = await deploy({ credentials: KIWOOM, kiwoom: { refusalForm } });
      world.clock.advance(2 * HOUR);
      world.kiwoom.kill(world.published('main').token ?? '');
      const report = { credential: 'main', cause: 'rejected', generation: 1 } as const;
      expect(await send(report)).toMatchObject({ isLive: true, level: 0 });
    },
  );

  const { token: parameter, config } = names('main');
  it.each<[string, damage: (world: LoopbackWorld) => void]>([
    ['overwritten', ({ aws }) => aws.putParameter(parameter, 'FAKE-other', 'SecureString')],
    ['deleted', ({ aws }) => aws.deleteParameter(parameter)],
  ])('restores the token parameter at the next tick after the parameter was %s', async (_how, damage) => {
    const { world, isLive, tick } = await deploy({ credentials: KIS });
    world.clock.advance(8 * HOUR);
    damage(world);
    expect(isLive()).toBe(false);
    expect(await tick()).toMatchObject({ isLive: true, level: 0 });
  });

  it('keeps the token, reports failure level 2 and logs the name of the field if a field of the config is invalid', async () => {
    const { world, tick } = await deploy({ credentials: KIS });
    const valid = JSON.parse(world.aws.parameter(config)?.value ?? '{}') as object;
    world.aws.putParameter(config, JSON.stringify({ ...valid, maxIssuesPerDay: 1 }));
    const { log, ...result } = await tick();
    expect(result).toEqual({ isLive: true, level: 2 });
    const problem = expect.stringContaining('maxIssuesPerDay');
    const line = log.find(({ message }) => message === 'unreadable config');
    expect(line).toMatchObject({ credential: 'main', problem });
  });

  it('needs less than a second from the revocation of a Kiwoom token to the new token if Kiwoom returns the old token at renewAt', async () => {
    const { world, tick } = await deploy({ credentials: KIWOOM });
    const { state } = world.published('main');
    world.clock.set((state?.published?.renewAt ?? 0) + 60_000);
    expect(await tick()).toMatchObject({ isLive: true, level: 0 });
    expect(world.published('main').state?.generation).toBe(2);
    const dead = world.deadSpans('main').reduce((sum, { from, to }) => sum + to - from, 0);
    expect(dead).toBeLessThan(1000);
  });
});

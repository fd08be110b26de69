import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../bin/bundle.ts';
import type { InboxMessage } from '../../lambdas/shared/message.ts';
import { LambdaHost } from '../../simulator/lambda-host.ts';
import { LoopbackWorld, type LoopbackWorldOptions, names } from '../../simulator/world.ts';
import { createTemporaryDirectory } from '../temp-dir.ts';

const START = Date.parse('2026-11-24T21:00:00+09:00');
const TICK = 300_000;
const directory = createTemporaryDirectory('histories');
const FILE = join(directory, 'lambda/index.js');
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
class Deployed {
  readonly world: LoopbackWorld;
  readonly #lambda: LambdaHost;
  level: number | undefined;
  log: readonly Readonly<Record<string, unknown>>[] = [];

  private constructor(world: LoopbackWorld, lambda: LambdaHost) {
    this.world = world;
    this.#lambda = lambda;
  }

  static async start(options: Omit<LoopbackWorldOptions, 'start'>): Promise<Deployed> {
    const world = await LoopbackWorld.start({ start: START, ...options });
    const lambda = new LambdaHost({ bundle: FILE, environment: world.environment, clock: world.clock });
    const deployed = new Deployed(world, lambda);
    await deployed.tick();
    return deployed;
  }

  get isLive(): boolean {
    const { token } = this.world.published('main');
    return token !== undefined && this.world.broker('main').isAlive(token);
  }

  async send(message: InboxMessage): Promise<void> {
    const { log } = await this.#lambda.invoke(this.world.event(message), this.world.timeout('main'));
    this.log = log;
    const metrics = log.findLast((line) => 'FailureLevel' in line);
    this.level = metrics === undefined ? undefined : Number(metrics['FailureLevel']);
  }

  async tick(): Promise<void> {
    const next = this.world.clock.now() + TICK;
    await this.send({ credential: 'main', cause: 'schedule' });
    this.world.clock.set(Math.max(next, this.world.clock.now()));
  }

  report(): Promise<void> {
    const generation = this.world.published('main').state?.generation ?? 0;
    return this.send({ credential: 'main', cause: 'rejected', generation });
  }

  async stop(): Promise<void> {
    await this.#lambda.stop();
    await this.world.stop();
  }
}

async function withDeployed(
  options: Omit<LoopbackWorldOptions, 'start'>,
  play: (deployed: Deployed) => Promise<void>,
): Promise<void> {
  const deployed = await Deployed.start(options);
  try {
    await play(deployed);
  } finally {
    await deployed.stop();
  }
}

describe('The deployed bundle', () => {
  it.each(['brackets', 'number', 'text', 'code', 'http-401', 'http-401-bare'] as const)(
    'replaces a dead token after Kiwoom rejects the token with a reply of the form "%s"',
    (refusalForm) =>
      withDeployed({ credentials: KIWOOM, kiwoom: { refusalForm } }, async (deployed) => {
        const { world } = deployed;
        world.clock.advance(2 * 3_600_000);
        world.kiwoom.kill(world.published('main').token ?? '');
        await deployed.report();
        expect(deployed.isLive).toBe(true);
        expect(deployed.level).toBe(0);
      }),
  );

  it.each([
    [
      'overwritten',
      (world: LoopbackWorld) => world.aws.putParameter(names('main').token, 'FAKE-other', 'SecureString'),
    ],
    ['deleted', (world: LoopbackWorld) => world.aws.deleteParameter(names('main').token)],
  ] as const)('restores the token parameter at the next tick after the parameter was %s', (_how, damage) =>
    withDeployed({ credentials: KIS }, async (deployed) => {
      const { world } = deployed;
      world.clock.advance(8 * 3_600_000);
      damage(world);
      expect(deployed.isLive).toBe(false);
      await deployed.tick();
      expect(deployed.isLive).toBe(true);
      expect(deployed.level).toBe(0);
    }),
  );

  it('keeps the token, reports failure level 2 and logs the name of the field if a field of the config is invalid', () =>
    withDeployed({ credentials: KIS }, async (deployed) => {
      const { world } = deployed;
      const config = JSON.parse(world.aws.parameter(names('main').config)?.value ?? '{}') as object;
      world.aws.putParameter(names('main').config, JSON.stringify({ ...config, maxIssuesPerDay: 1 }));
      await deployed.tick();
      expect(deployed.isLive).toBe(true);
      expect(deployed.level).toBe(2);
      expect(deployed.log.find(({ message }) => message === 'unreadable config')).toMatchObject({
        credential: 'main',
        problem: expect.stringContaining('maxIssuesPerDay'),
      });
    }));

  it('needs less than a second from the revocation of a Kiwoom token to the new token if Kiwoom returns the old token at renewAt', () =>
    withDeployed({ credentials: KIWOOM }, async (deployed) => {
      const { world } = deployed;
      const { state } = world.published('main');
      world.clock.set((state?.published?.renewAt ?? 0) + 60_000);
      await deployed.tick();
      expect(world.published('main').state?.generation).toBe(2);
      const dead = world.deadSpans('main').reduce((sum, { from, to }) => sum + to - from, 0);
      expect(dead).toBeLessThan(1000);
      expect(deployed.level).toBe(0);
    }));
});

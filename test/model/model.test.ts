import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyCommands, clockIs, keyRestored, outageEnds, senses } from './commands.ts';
import { type Command, Deliver } from './deliver.ts';
import { Model } from './model.ts';
import { SETUPS, type Setup } from './setups.ts';
import { System } from './system.ts';

/** A search is for whoever changes the refresher, `MODEL_RUNS=300 npx vitest run test/model`; `npm test` lives the same lives each time. */
const SEARCH = process.env['MODEL_RUNS'];
const EXTENT = SEARCH === undefined ? { numRuns: 12, seed: 20_261_121 } : { numRuns: Number(SEARCH) };

/** Everything is put in order, a person and a consumer do their part; then all must be well. */
async function end(model: Model, system: System): Promise<void> {
  const calmly = (asked: ConstructorParameters<typeof Deliver>[0]) => new Deliver(asked, { is: 'none' });
  for (const mend of [outageEnds(), senses(), clockIs(0)])
    if (mend.check(model)) await mend.run(model, system);
  if (model.secret !== 'right') await keyRestored().run(model, system);
  await calmly('new secret').run(model, system);
  if (model.paused !== false) await calmly('force').run(model, system);
  if (model.killedInSilence) await calmly('report').run(model, system);
  const { clock } = system.world;
  clock.set(Math.max(clock.now(), model.patience, model.refusedUntil));
  for (let ticks = 0; ticks < 3; ticks += 1) await calmly('tick').run(model, system);
  expect(model.ticksInOrder).toBeGreaterThanOrEqual(2);
}

async function live(setup: Setup, commands: Iterable<Command>) {
  const system = await System.start(setup);
  const model = new Model(setup);
  try {
    await fc.asyncModelRun(() => ({ model, real: system }), commands);
    await end(model, system);
  } finally {
    await system.stop();
  }
}

describe('whatever happens to a credential, the refresher does what the reference model allows', () => {
  it.each(SETUPS.map((setup) => [setup.name, setup] as const))(
    '%s',
    async (_name, setup) => {
      await fc.assert(
        fc.asyncProperty(anyCommands(setup), (commands) => live(setup, commands)),
        EXTENT,
      );
    },
    120_000,
  );
});

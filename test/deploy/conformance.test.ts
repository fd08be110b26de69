import { afterAll, beforeAll, describe } from 'vitest';
import { testConformance } from '../conformance/suite.ts';
import { type Emulator, startMiniStack, startMoto } from './emulators.ts';

/** The emulators behave like the fake AWS, except for the differences in docs/testing.md. */
describe.each([
  ['MiniStack', startMiniStack],
  ['moto', startMoto],
] as const)('%s', (backend, start) => {
  let emulator: Emulator;

  beforeAll(async () => {
    emulator = await start();
  });

  afterAll(() => emulator?.stop());

  testConformance(backend, () => emulator.endpoint);
});

import { afterAll, beforeAll, describe } from 'vitest';
import { conformance } from '../conformance/suite.ts';
import { type Emulator, startMiniStack, startMoto } from './emulators.ts';

/** The emulators and our own stand-in answer alike, but for what docs/testing.md lists. */
describe.each([
  ['MiniStack', startMiniStack],
  ['moto', startMoto],
] as const)('%s', (backend, start) => {
  let emulator: Emulator;

  beforeAll(async () => {
    emulator = await start();
  });

  afterAll(() => emulator?.stop());

  conformance(backend, () => emulator.endpoint);
});

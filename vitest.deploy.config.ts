import { configDefaults, defineConfig } from 'vitest/config';
import config from './vitest.config.ts';

const { projects: _, ...shared } = config.test ?? {};

/** `npm run test:deploy`: runs a real `cdk deploy` with emulators of AWS. Needs Python 3 with pip. */
export default defineConfig({
  test: {
    ...shared,
    include: ['test/deploy/**/*.test.ts'],
    exclude: configDefaults.exclude,
    globalSetup: ['test/temp-dir-setup.ts', 'test/deploy/python.ts'],
    // The tests run in order and build on each other, so the run stops at the first failure.
    bail: 1,
    // Each test file has its own emulator, and waits several minutes for scheduled invocations.
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});

import { configDefaults, defineConfig } from 'vitest/config';
import config from './vitest.config.ts';

const { projects: _, coverage: _coverage, ...shared } = config.test ?? {};

/** `npm run test:clients`: tests third-party clients with the simulated brokers. Needs Python 3 with pip. */
export default defineConfig({
  resolve: config.resolve ?? {},
  test: {
    ...shared,
    include: ['test/clients/**/*.test.ts'],
    exclude: configDefaults.exclude,
    globalSetup: ['test/temp-dir-setup.ts', 'test/clients/python.ts'],
  },
});

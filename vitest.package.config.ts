import { configDefaults, defineConfig } from 'vitest/config';
import config from './vitest.config.ts';

const { projects: _, setupFiles: __, ...shared } = config.test ?? {};

/**
 * `npm run test:package`: tests the npm package as an installed dependency of apps outside of this project.
 */
export default defineConfig({
  test: {
    ...shared,
    include: ['test/package/*.test.ts'],
    exclude: configDefaults.exclude,
    globalSetup: ['test/temp-dir-setup.ts', 'test/package/pack.ts'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});

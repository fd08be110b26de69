import { defineConfig } from 'vitest/config';
import main from './vitest.config.ts';

// `npm run mutation` (stryker.config.json): without the slow matrices, as every mutant is met by all tests that reach it.
const { projects: _, setupFiles = [], ...test } = main.test ?? {};

export default defineConfig({
  test: {
    ...test,
    include: ['test/lambdas/**/*.test.ts', 'test/scenario/*.test.ts'],
    exclude: ['test/scenario/{canary,crash,fault-matrix}.test.ts'],
    setupFiles: [...[setupFiles].flat(), 'test/mutation/one-seed.ts'],
  },
});

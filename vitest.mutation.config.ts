import { defineConfig } from 'vitest/config';
import main from './vitest.config.ts';

// `npm run mutation` (stryker.config.json): runs only fast tests, because Stryker repeats the tests for every
// mutant.
const { projects: _, setupFiles = [], ...test } = main.test ?? {};

export default defineConfig({
  test: {
    ...test,
    include: ['test/lambdas/**/*.test.ts', 'test/histories/{credentials,renewal,tokens}.test.ts'],
    setupFiles: [...[setupFiles].flat(), 'test/mutation/one-seed.ts'],
  },
});

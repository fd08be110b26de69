import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';

const nodeMajor = Number(process.versions.node.split('.')[0]);
if (nodeMajor < 24)
  throw new Error(
    `the tests need Node 24, the major version of the Lambda runtime, but this is ${process.version}: run "npm test", which uses the pinned version`,
  );

const SYNTH_TIME_TESTS = ['test/{bin,lib}/**/*.test.ts'];
// The excluded tests have their own commands, because they need Python or the npm registry.
const exclude = [...configDefaults.exclude, 'test/{deploy,clients,package}/**'];

const pathFromRoot = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  // The examples import the package by its name, as its users do.
  resolve: {
    alias: {
      'broker-token-refresher/reader': pathFromRoot('reader/index.ts'),
      'broker-token-refresher': pathFromRoot('lib/index.ts'),
    },
  },
  test: {
    projects: [
      // These tests share workers, because loading the CDK takes longer than most tests. Sharing is possible,
      // because none of these tests mocks a module.
      { extends: true, test: { name: 'synth time', include: SYNTH_TIME_TESTS, exclude, isolate: false } },
      {
        extends: true,
        test: {
          name: 'run time',
          include: ['test/**/*.test.ts'],
          exclude: [...exclude, ...SYNTH_TIME_TESTS],
        },
      },
    ],
    // These values prevent AWS settings of the developer's machine from affecting a test.
    env: {
      AWS_ACCESS_KEY_ID: 'testing',
      AWS_SECRET_ACCESS_KEY: 'testing',
      AWS_REGION: 'ap-northeast-2',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    // The tests use all cores. By default Vitest leaves one core free, which is half of a machine with two
    // cores.
    maxWorkers: '100%',
    // The timeout is so long that only a hanging test exceeds it, because the duration of a test depends on
    // the load of the machine.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    globalSetup: ['test/temp-dir-setup.ts'],
    setupFiles: ['test/loopback-only.ts'],
    coverage: {
      provider: 'v8',
      include: ['lambdas/**/*.ts', 'lib/**/*.ts', 'cli/**/*.ts', 'simulator/**/*.ts'],
      reporter: ['text-summary', 'json-summary', 'html'],
      thresholds: {
        'lambdas/decision/*.ts': { branches: 100, statements: 100 },
        'lambdas/brokers/{kis,kiwoom,reply}.ts': { branches: 100, statements: 100 },
      },
    },
  },
});

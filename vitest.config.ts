import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';

const major = Number(process.versions.node.split('.')[0]);
if (major < 24)
  throw new Error(
    `the tests need Node 24, the Lambda runtime's own major, and this is ${process.version}: run them with "npm test", which uses the pinned one`,
  );

const SYNTH_TIME = ['test/{bin,lib}/**/*.test.ts'];
// npm run test:deploy and test:clients need Python, npm run test:package the registry.
const exclude = [...configDefaults.exclude, 'test/{deploy,clients,package}/**'];

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  // The examples import the package by its name, as its users do.
  resolve: {
    alias: {
      'broker-token-refresher/reader': here('reader/index.ts'),
      'broker-token-refresher': here('lib/index.ts'),
    },
  },
  test: {
    projects: [
      // These share their workers: loading the CDK takes longer than most of them, and none mocks a module.
      { extends: true, test: { name: 'synth time', include: SYNTH_TIME, exclude, isolate: false } },
      {
        extends: true,
        test: { name: 'run time', include: ['test/**/*.test.ts'], exclude: [...exclude, ...SYNTH_TIME] },
      },
    ],
    // No setting of the developer's machine may affect a test: no account, proxy or region.
    env: {
      AWS_ACCESS_KEY_ID: 'testing',
      AWS_SECRET_ACCESS_KEY: 'testing',
      AWS_REGION: 'ap-northeast-2',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    // All cores are used; by default one core is left free, which on a machine with two cores is half of it.
    maxWorkers: '100%',
    // The timeout is long, so that only a test that hangs fails: the duration depends on the load of the
    // machine.
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

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { type BundleOptions, bundle, functionBundleOptions } from '../../bin/bundle.ts';
import { createTemporaryDirectory } from '../temp-dir.ts';

const STORE = join(import.meta.dirname, '..', '..', 'lambdas', 'shared', 'names.ts');

/** Creates the bundling options of a function with this source code, in a temporary directory. */
function options(source: string): BundleOptions {
  const root = createTemporaryDirectory('bundle');
  const entry = join(root, 'handler.ts');
  writeFileSync(entry, source);
  return { entry, directory: join(root, 'lambda'), metafile: join(root, 'meta.json') };
}

const HANDLER = `
import { parameterNames } from ${JSON.stringify(STORE)};
interface Event { readonly id: string }
export const handler = async ({ id }: Event) => parameterNames('/p', id).token;
`;

test('the asset of a function contains only a package.json file and CommonJS code that Node.js can run', async () => {
  const made = options(HANDLER);
  mkdirSync(made.directory);
  writeFileSync(join(made.directory, 'index.js.map'), 'left over');
  await bundle(made);
  expect(readdirSync(made.directory).sort()).toEqual(['index.js', 'package.json']);
  const script = `require(${JSON.stringify(join(made.directory, 'index.js'))}).handler({ id: 'kis' }).then(console.log)`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=commonjs', '-e', script], {
    encoding: 'utf8',
  });
  expect(stdout).toBe('/p/kis/token\n');
  expect(readFileSync(join(made.directory, 'index.js'), 'utf8')).not.toContain('sourceMappingURL');
});

test('bundling the same sources twice creates identical files', async () => {
  const made = options(HANDLER);
  await bundle(made);
  const first = readFileSync(join(made.directory, 'index.js'));
  await bundle(made);
  expect(readFileSync(join(made.directory, 'index.js')).equals(first)).toBe(true);
});

test('a function whose bundling fails leaves no asset behind', async () => {
  const made = options("export { gone } from './gone.ts';");
  await expect(bundle(made)).rejects.toThrow('Could not resolve');
  expect(existsSync(made.directory)).toBe(false);
});

test.each(
  functionBundleOptions(createTemporaryDirectory('deployed')).map(
    (each) => [basename(each.directory), each] as const,
  ),
)(
  'the bundle dist/%s reads AWS credentials from the environment and contains no other credential provider',
  async (_entry, made) => {
    await bundle(made);
    const { inputs } = JSON.parse(readFileSync(made.metafile, 'utf8')) as { inputs: Record<string, unknown> };
    const ways = Object.keys(inputs).flatMap((path) => path.match(/credential-provider-\w+/) ?? []);
    expect([...new Set(ways)]).toEqual(['credential-provider-env']);
    expect(Object.keys(inputs).filter((path) => /nested-clients|client-sso/.test(path))).toEqual([]);
  },
);

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const SOURCES = ['bench', 'bin', 'cli', 'examples', 'lambdas', 'lib', 'reader', 'simulator'] as const;

/**
 * The folder of a file determines whether the file runs at synth time, in Lambda or on a developer's machine.
 * Each entry names a folder and the modules that the files in the folder may import.
 */
const FOLDERS: readonly (readonly [folder: string, mayImport: readonly RegExp[]])[] = [
  [
    'lambdas',
    [
      /^lambdas\//,
      /^node:/,
      /^@aws-sdk\//,
      /^@aws-lambda-powertools\//,
      /^valibot$/,
      /^temporal-polyfill\/fns\/\w+$/,
      /^aws-lambda$/,
    ],
  ],
  [
    'reader',
    [
      /^reader\//,
      /^lambdas\/shared\//,
      /^lambdas\/brokers\/codes\.ts$/,
      /^node:/,
      /^@aws-sdk\//,
      /^valibot$/,
    ],
  ],
  [
    'lib',
    [
      /^lib\//,
      /^lambdas\/shared\//,
      // The checks at synth time use the same pure modules as the refresher: the broker contract and the
      // renewal plan.
      /^lambdas\/brokers\/(broker|endpoints)\.ts$/,
      /^lambdas\/decision\//,
      /^node:/,
      /^aws-cdk-lib/,
      /^constructs$/,
      /^valibot$/,
      /^cdk-nag$/,
    ],
  ],
  [
    'cli',
    [
      /^cli\//,
      /^lambdas\/(shared|store|brokers)\//,
      // The commands use the pure decision modules of the refresher to explain and forecast decisions.
      /^lambdas\/decision\//,
      // These rules of the configuration do not depend on the CDK.
      /^lib\/config\/(rules|duration|configuration-error|credential-schema|described)\.ts$/,
      /^node:/,
      /^@aws-sdk\//,
      /^@inquirer\//,
      /^commander$/,
      /^ora$/,
      /^string-width$/,
      /^wrap-ansi$/,
      /^valibot$/,
    ],
  ],
  [
    'simulator',
    [
      /^simulator\//,
      /^lambdas\//,
      /^reader\//,
      // These modules contain the periods of the deployed alarms and the timeout of the deployed function.
      /^lib\/alarms\/lead-time\.ts$/,
      /^lib\/config\/limits\.ts$/,
      /^node:/,
      /^aws-lambda$/,
      /^valibot$/,
      /^commander$/,
      /^pure-rand\//,
      /^tinyqueue$/,
    ],
  ],
  [
    'bench',
    [
      /^bench\//,
      // The benchmark imports the measured code, and bundles the code with bin/bundle.ts.
      /^lambdas\//,
      /^reader\//,
      /^bin\/bundle\.ts$/,
      /^simulator\//,
      /^node:/,
      /^@aws-sdk\//,
      /^aws-lambda$/,
      /^commander$/,
      /^esbuild$/,
      /^selfsigned$/,
    ],
  ],
];

describe('the borders between synth time, run time and local code', () => {
  it.each(FOLDERS)('%s imports only from the allowed folders', (folder, allowed) => {
    const imports = filesIn(folder).flatMap((file) => importsOf(file).map((target) => ({ file, target })));
    const strangers = imports.filter(({ target }) => !allowed.some((pattern) => pattern.test(target)));
    expect(strangers).toEqual([]);
    if (filesIn(folder).length > 0) expect(imports.length).toBeGreaterThan(0);
  });

  it('no deployed or synthesized file imports the simulator or the benchmark', () => {
    const imports = ['lambdas', 'lib', 'reader', 'bin'].flatMap(filesIn).flatMap(importsOf);
    expect(imports.filter((target) => /^(simulator|bench)\//.test(target))).toEqual([]);
  });

  it('only the entry file imports the command line of the operator', () => {
    const entry = join(ROOT, 'bin', 'tokens.ts');
    const others = ['lambdas', 'lib', 'reader', 'simulator', 'bin']
      .flatMap(filesIn)
      .filter((file) => file !== entry);
    expect(others.flatMap(importsOf).filter((target) => target.startsWith('cli/'))).toEqual([]);
    expect(importsOf(entry)).toContain('cli/main.ts');
  });

  it('the configuration rules that the command line uses do not import the CDK', () => {
    const seen = new Set<string>();
    const visit = (file: string): void => {
      if (seen.has(file)) return;
      seen.add(file);
      for (const target of importsOf(join(ROOT, file)).filter((each) => each.endsWith('.ts'))) visit(target);
    };
    visit('lib/config/config.ts');
    expect(seen.size).toBeGreaterThan(5);
    const targets = [...seen].flatMap((file) => importsOf(join(ROOT, file)));
    expect(targets.filter((target) => /^(aws-cdk-lib|constructs)/.test(target))).toEqual([]);
  });

  it('no file in lambdas/decision uses a clock, the network or the file system', () => {
    const files = filesIn('lambdas/decision');
    expect(files.length).toBeGreaterThan(8);
    for (const file of files) {
      const strangers = importsOf(file).filter((target) => /^(node:|@aws)/.test(target));
      expect({ file, strangers }).toEqual({ file, strangers: [] });
      expect(readFileSync(file, 'utf8')).not.toMatch(/Date\.now|new Date\(\)|process\.env|setTimeout/);
    }
  });

  it('no files import each other in a cycle, including type imports', () => {
    const graph = new Map(
      SOURCES.flatMap(filesIn).map((file) => [
        relative(ROOT, file),
        importsOf(file).filter((target) => target.endsWith('.ts')),
      ]),
    );
    expect(graph.size).toBeGreaterThan(200);
    expect(cyclesIn(graph)).toEqual([]);
    expect(
      cyclesIn(
        new Map([
          ['a', ['b']],
          ['b', ['c']],
          ['c', ['a']],
        ]),
      ),
    ).toEqual(['a → b → c → a']);
  });

  it('the fleet monitor, the cleanup and the refresher do not import each other', () => {
    const functions = ['refresher', 'fleet-monitor', 'cleanup'];
    for (const one of functions) {
      const others = functions.filter((each) => each !== one).map((each) => `lambdas/${each}/`);
      const targets = filesIn(`lambdas/${one}`).flatMap(importsOf);
      expect(targets.filter((target) => others.some((other) => target.startsWith(other)))).toEqual([]);
    }
  });

  it('no command of the command line imports from the folder of another command', () => {
    const commands = readdirSync(join(ROOT, 'cli'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .filter((name) => readdirSync(join(ROOT, 'cli', name)).some((file) => /-commands?\.ts$/.test(file)));
    expect(commands.length).toBeGreaterThan(5);
    const arrows = commands.flatMap((command) =>
      filesIn(`cli/${command}`)
        .flatMap(importsOf)
        .flatMap((target) => commands.filter((other) => target.startsWith(`cli/${other}/`)))
        .filter((other) => other !== command)
        .map((other) => `${command} → ${other}`),
    );
    expect(arrows).toEqual([]);
  });

  it('no file is longer than 250 lines', () => {
    const long = [...SOURCES, 'test']
      .flatMap(filesIn)
      .map((file) => [relative(ROOT, file), readFileSync(file, 'utf8').split('\n').length - 1] as const)
      .filter(([, lines]) => lines > 250);
    expect(long).toEqual([]);
  });
});

/** Returns the import cycles of the graph, each in the form `a → b → a`. */
function cyclesIn(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file);
    if (start >= 0) cycles.push([...path.slice(start), file].join(' → '));
    if (start >= 0 || done.has(file)) return;
    for (const target of graph.get(file) ?? []) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return cycles;
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
      .map((name) => join(ROOT, folder, name));
  } catch (error) {
    // A folder without files does not exist, because Git does not store empty folders.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/**
 * Returns the static and dynamic imports of a file: relative imports as paths from the repository root, and
 * packages by name.
 */
function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const found = [...text.matchAll(/(?:\bfrom |\bimport |\bimport\()'([\w@./:-]+)'/g)].map(
    (match) => match[1] ?? '',
  );
  return found.map((target) =>
    target.startsWith('.') ? relative(ROOT, resolve(dirname(file), target)) : target,
  );
}

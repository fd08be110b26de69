import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/**
 * The folder of a file determines whether the file runs at synth time, in Lambda or on a developer's machine.
 * The first row that matches a file determines the modules that the file may import.
 */
const ALLOWED_IMPORTS: readonly (readonly [files: RegExp, ...modules: RegExp[]])[] = [
  // The decisions use no clock, no network and no file.
  [
    /^lambdas\/decision\//,
    /^lambdas\/(?:decision\/|shared\/|brokers\/broker(?:-error)?\.ts$)/,
    /^temporal-polyfill\/fns\//,
  ],
  [
    /^lambdas\//,
    /^lambdas\//,
    /^(?:node:|@aws-sdk\/|@aws-lambda-powertools\/|temporal-polyfill\/fns\/)/,
    /^(?:valibot|aws-lambda)$/,
  ],
  [/^reader\//, /^reader\/|^lambdas\/(?:shared\/|brokers\/codes\.ts$)/, /^(?:node:|@aws-sdk\/|valibot$)/],
  // The rules of the configuration do not depend on the CDK, so that the command line can use them.
  [
    /^lib\/(?:config\/(?!props-schema)|alarms\/lead-time)/,
    /^lib\/(?:config\/(?!props-schema)|alarms\/lead-time)|^lambdas\/(?:shared|brokers|decision)\/|^valibot$/,
  ],
  // The checks at synth time use the same pure modules as the refresher: the broker contract and the renewal
  // plan.
  [
    /^lib\//,
    /^lib\/|^lambdas\/(?:shared\/|decision\/|brokers\/(?:broker|endpoints)\.ts$)/,
    /^(?:node:|aws-cdk-lib|(?:constructs|valibot|cdk-nag)$)/,
  ],
  // The commands use the pure decision modules of the refresher to explain and forecast decisions.
  [
    /^cli\//,
    /^cli\/|^lambdas\/(?:shared|store|brokers|decision)\//,
    /^lib\/config\/(?:rules|duration|configuration-error|credential-schema|described)\.ts$/,
    /^(?:node:|@aws-sdk\/|@inquirer\/|(?:commander|ora|string-width|wrap-ansi|valibot)$)/,
  ],
  // These two modules of lib/ contain the periods of the deployed alarms and the timeout of the function.
  [
    /^simulator\//,
    /^(?:simulator|lambdas|reader)\/|^lib\/(?:alarms\/lead-time|config\/limits)\.ts$/,
    /^(?:node:|pure-rand\/|(?:aws-lambda|valibot|commander|tinyqueue)$)/,
  ],
  // The benchmark imports the measured code, and bundles the code with bin/bundle.ts.
  [
    /^bench\//,
    /^(?:bench|lambdas|reader|simulator)\/|^bin\/bundle\.ts$/,
    /^(?:node:|@aws-sdk\/|(?:aws-lambda|commander|esbuild|selfsigned)$)/,
  ],
  [/^bin\/tokens\.ts$/, /^cli\/main\.ts$|^node:/],
  [/^bin\/site\//, /^bin\/site\/|^node:|^vitepress|^vue$/],
  [/^bin\//, /^(?:bin|lib|lambdas\/shared)\//, /^(?:node:|(?:aws-cdk-lib|cdk-nag|esbuild)$)/],
];

const FILES = ['bench', 'bin', 'cli', 'lambdas', 'lib', 'reader', 'simulator'].flatMap(filesIn);
const IMPORTS = FILES.flatMap((file) => importsOf(file).map((target) => `${file} → ${target}`));

/** The folders of `cli/` that contain a command. */
const COMMANDS = FILES.flatMap((file) => /^cli\/([\w-]+)\/[\w-]+-commands?\.ts$/.exec(file)?.[1] ?? []);

describe('in the source code,', () => {
  it('each file imports only modules that the files of its folder may import', () => {
    expect(IMPORTS.length).toBeGreaterThan(1000);
    const strangers = IMPORTS.filter((each) => {
      const [file = '', target = ''] = each.split(' → ');
      const [, ...modules] = ALLOWED_IMPORTS.find(([files]) => files.test(file)) ?? [];
      return !modules.some((pattern) => pattern.test(target));
    });
    expect(strangers).toEqual([]);
  });

  it.each([
    ['command of the command line', 'cli', COMMANDS],
    ['Lambda function', 'lambdas', ['refresher', 'fleet-monitor', 'cleanup']],
  ])('no %s imports from the folder of a different command or function', (_, folder, names) => {
    expect(names.length).toBeGreaterThan(2);
    const foreignImport = new RegExp(
      `^${folder}/(${names.join('|')})/.* → ${folder}/(?!\\1/)(?:${names.join('|')})/`,
    );
    expect(IMPORTS.filter((each) => foreignImport.test(each))).toEqual([]);
  });

  it('no file in lambdas/decision uses the global clock, timers or environment variables', () => {
    const files = filesIn('lambdas/decision');
    expect(files.length).toBeGreaterThan(8);
    for (const file of files)
      expect(readFileSync(join(ROOT, file), 'utf8'), file).not.toMatch(
        /Date\.now|new Date\(\)|process\.env|setTimeout/,
      );
  });

  it('no file is longer than 250 lines', () => {
    const long = [...FILES, ...['examples', 'test'].flatMap(filesIn)].filter(
      (file) => readFileSync(join(ROOT, file), 'utf8').split('\n').length > 251,
    );
    expect(long).toEqual([]);
  });
});

/** Returns the TypeScript files of a folder as paths from the repository root. */
function filesIn(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
    .map((name) => `${folder}/${name}`);
}

/**
 * Returns the static and dynamic imports of a file: relative imports as paths from the repository root, and
 * packages by name.
 */
function importsOf(file: string): readonly string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return [...text.matchAll(/(?:\bfrom |\bimport |\bimport\()'([\w@./:-]+)'/g)].map(([, target = '']) =>
    target.startsWith('.') ? relative(ROOT, resolve(ROOT, dirname(file), target)) : target,
  );
}

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/**
 * The licenses that allow a bundle to contain the code of a package, on the condition that the license notice
 * is included.
 */
const ALLOWED_LICENSES = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'MIT-0',
]);

/**
 * Returns the notices of all packages whose code is in the bundles, as their licenses require. Packages with
 * the same license text, such as those of the AWS SDK, share one notice.
 *
 * @throws Error for a package with another license
 */
export function thirdPartyNotices(root: string, metafiles: readonly Pick<Metafile, 'inputs'>[]): string {
  const inputs = metafiles.flatMap((metafile) => Object.keys(metafile.inputs));
  const folders = inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []);
  const packages = [...new Set(folders)].sort().map((folder) => readPackage(join(root, folder)));
  const packagesByLicense = Map.groupBy(packages, ({ licenseText }) => licenseText);
  const sections = [...packagesByLicense].map(([text, licensed]) => {
    const titles = new Set(licensed.map(({ title }) => title));
    return `${'-'.repeat(80)}\n${[...titles].join('\n')}\n\n${text}\n`;
  });
  return ['This package contains code of the following packages.\n', ...sections].join('\n');
}

function readPackage(folder: string): { readonly title: string; readonly licenseText: string } {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    readonly name: string;
    readonly version: string;
    readonly license?: string;
  };
  if (license === undefined || !ALLOWED_LICENSES.has(license))
    throw new Error(
      `The bundles contain ${name} ${version} with the license ${license}. Allowed licenses: ${[...ALLOWED_LICENSES].join(', ')}`,
    );
  const files = readdirSync(folder).filter((file) => /^(?:licen[cs]e|notice)/i.test(file));
  const licenseText = files.map((file) => readFileSync(join(folder, file), 'utf8').trim()).join('\n\n');
  return { title: `${name} ${version} (${license})`, licenseText };
}

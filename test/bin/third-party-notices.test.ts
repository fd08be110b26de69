import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { thirdPartyNotices } from '../../bin/third-party-notices.ts';
import { createTemporaryDirectory } from '../temp-dir.ts';

/**
 * Creates a project with these packages and their licenses, and a bundle that contains one file of each
 * package.
 */
function bundleOf(licences: Readonly<Record<string, string>>) {
  const root = createTemporaryDirectory('notices');
  for (const [name, license] of Object.entries(licences)) {
    const folder = join(root, 'node_modules', name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version: '1.2.3', license }));
    writeFileSync(join(folder, 'LICENSE'), `Text of ${license}`);
  }
  const files = Object.keys(licences).map((name) => `node_modules/${name}/dist/index.js`);
  return {
    root,
    metafiles: [{ inputs: Object.fromEntries(['lib/index.ts', ...files].map((file) => [file, {}])) }],
  };
}

test('the third-party notices contain each bundled package once and each licence text once', () => {
  const { root, metafiles } = bundleOf({ '@scope/a': 'MIT', b: 'MIT', c: 'ISC' });
  const notices = thirdPartyNotices(root, [...metafiles, ...metafiles] as never);
  expect(notices.match(/^\S+ 1\.2\.3 \(\S+\)$/gm)).toEqual([
    '@scope/a 1.2.3 (MIT)',
    'b 1.2.3 (MIT)',
    'c 1.2.3 (ISC)',
  ]);
  expect(notices.match(/Text of \S+/g)).toEqual(['Text of MIT', 'Text of ISC']);
});

test('a bundled package with a licence outside the list of allowed licences fails the build', () => {
  const { root, metafiles } = bundleOf({ a: 'MIT', b: 'AGPL-3.0-only' });
  expect(() => thirdPartyNotices(root, metafiles as never)).toThrow('b 1.2.3 with the license AGPL-3.0-only');
});

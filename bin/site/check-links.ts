import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/**
 * Fails the build if a link of the site leads to a page or an anchor that does not exist. VitePress itself
 * checks neither anchors nor the links of menus, such as the language switch.
 */
export function checkLinks(site: string): void {
  const pages = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.html'),
  );
  const htmlByPage = new Map(pages.map((name) => [name, readFileSync(join(site, name), 'utf8')]));
  const idsByPage = new Map(
    [...htmlByPage].map(([name, text]) => [name, new Set(findMatches(text, / id="([^"]+)"/g))]),
  );
  const deadLinks = [...htmlByPage].flatMap(([name, text]) =>
    findMatches(text, /<a [^>]*?href="((?!https?:|mailto:)[^"]+)"/g)
      .filter((href) => {
        const [path = '', anchor] = decodeURI(href).split('#');
        const base = process.env['SITE_BASE'] ?? '/';
        const target = path.startsWith('/') ? path.slice(base.length) : join(dirname(name), path);
        const page = path === '' ? name : normalize(target.replace(/(^|\/)$/, '$1index.html'));
        const anchors = idsByPage.get(page);
        return anchors === undefined || (anchor !== undefined && !anchors.has(anchor));
      })
      .map((href) => `${name}: ${href}`),
  );
  if (deadLinks.length > 0)
    throw new Error(`links to pages or anchors that do not exist:\n${[...new Set(deadLinks)].join('\n')}`);
}

function findMatches(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map(([, found = '']) => found);
}

import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { documentPaths, REPOSITORY_URL, ROOT, sitePath } from './pages.ts';

/**
 * The directory to which this script copies the documents. VitePress finds its packages only because this
 * directory is in bin/site. The script changes relative links: a link to a document becomes a link to its
 * page, and any other relative link becomes a link to the repository.
 */
const CONTENT_DIRECTORY = join(import.meta.dirname, 'content');

rmSync(CONTENT_DIRECTORY, { recursive: true, force: true });
cpSync(join(ROOT, 'docs', 'images'), join(CONTENT_DIRECTORY, 'images'), { recursive: true });
const documents = documentPaths();
for (const document of documents) {
  const page = join(CONTENT_DIRECTORY, sitePath(document));
  mkdirSync(dirname(page), { recursive: true });
  writeFileSync(page, withSiteLinks(readFileSync(join(ROOT, document), 'utf8'), document));
}

function withSiteLinks(text: string, document: string): string {
  return text
    .split(/^([ \t]*```[\s\S]*?^[ \t]*```)$/m)
    .map((part) =>
      /^\s*```/.test(part)
        ? part
        : withHeadingIds(part).replaceAll(
            /\]\(([^)\s]+)\)/g,
            (_, href: string) => `](${siteLink(href, document)})`,
          ),
    )
    .join('');
}

/**
 * Replaces the HTML anchor of each heading with `{#anchor}`, from which VitePress sets the id of the heading.
 * The documents contain HTML anchors, because GitHub would show `{#anchor}` as text.
 */
function withHeadingIds(text: string): string {
  return text.replaceAll(/^(#{1,6} .+?) <a id="([^"]+)"><\/a>$/gm, '$1 {#$2}');
}

function siteLink(href: string, document: string): string {
  const [path = '', anchor] = href.split('#');
  const target = normalize(join(dirname(document), decodeURI(path)));
  if (path === '' || /^[a-z]+:/.test(path) || !existsSync(join(ROOT, target))) return href;
  // The site has a separate page for each entry of the API reference, instead of API.md.
  if (target === 'API.md') return `./${relative(dirname(sitePath(document)), 'api/index.md')}`;
  const isOnSite = documents.includes(target) || target.startsWith('docs/images/');
  const kind = statSync(join(ROOT, target)).isDirectory() ? 'tree' : 'blob';
  const to = isOnSite
    ? `./${relative(dirname(sitePath(document)), sitePath(target))}`
    : `${REPOSITORY_URL}/${kind}/main/${target}`;
  return anchor === undefined ? to : `${to}#${anchor}`;
}

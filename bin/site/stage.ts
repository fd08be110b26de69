import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { documentsOf, REPOSITORY_URL, ROOT, sitePath } from './pages.ts';

/**
 * Copies the documents to content/, where VitePress finds its packages. Links of the documents are relative
 * paths in the repository. A link to a document becomes a link to its page; any other becomes a link to the
 * repository.
 */
const CONTENT = join(import.meta.dirname, 'content');

rmSync(CONTENT, { recursive: true, force: true });
cpSync(join(ROOT, 'docs', 'images'), join(CONTENT, 'images'), { recursive: true });
const documents = documentsOf();
for (const document of documents) {
  const page = join(CONTENT, sitePath(document));
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

/** GitHub shows `{#anchor}` as text, so the documents have HTML anchors; VitePress reads `{#anchor}` as the id. */
function withHeadingIds(text: string): string {
  return text.replaceAll(/^(#{1,6} .+?) <a id="([^"]+)"><\/a>$/gm, '$1 {#$2}');
}

function siteLink(href: string, document: string): string {
  const [path = '', anchor] = href.split('#');
  const target = normalize(join(dirname(document), decodeURI(path)));
  if (path === '' || /^[a-z]+:/.test(path) || !existsSync(join(ROOT, target))) return href;
  // The site contains the API reference as separate pages.
  if (target === 'API.md') return `./${relative(dirname(sitePath(document)), 'api/index.md')}`;
  const isOnSite = documents.includes(target) || target.startsWith('docs/images/');
  const kind = statSync(join(ROOT, target)).isDirectory() ? 'tree' : 'blob';
  const to = isOnSite
    ? `./${relative(dirname(sitePath(document)), sitePath(target))}`
    : `${REPOSITORY_URL}/${kind}/main/${target}`;
  return anchor === undefined ? to : `${to}#${anchor}`;
}

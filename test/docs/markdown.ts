import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { slug } from '../../bin/site/pages.ts';

export const ROOT = join(import.meta.dirname, '..', '..');

export const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Returns a document as one line, so that line breaks do not matter. */
export const readAsOneLine = (path: string): string => read(path).replaceAll(/\s+/g, ' ');

/** The paths of all documents for users and contributors, relative to the root of the project. */
export const DOCUMENTS: readonly string[] = [
  'README.md',
  'README.ko.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'CODE_OF_CONDUCT.md',
  'SECURITY.md',
  ...['docs', 'docs/ko', 'docs/reports'].flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`),
  ),
];

export interface CodeBlock {
  readonly language: string;
  readonly text: string;
}

const FENCED_BLOCK = /^([ \t]*)```([^\n`]*)\n([\s\S]*?)^\1```[ \t]*$/gm;

export function codeBlocks(text: string): readonly CodeBlock[] {
  return [...text.matchAll(FENCED_BLOCK)].map(([, indent = '', language = '', body = '']) => ({
    language: language.trim(),
    text: body.replaceAll(new RegExp(`^${indent}`, 'gm'), '').trimEnd(),
  }));
}

export function withoutCodeBlocks(text: string): string {
  return text.replaceAll(FENCED_BLOCK, '');
}

/** Returns the inline code without its backticks. */
export function codeSpans(text: string): readonly string[] {
  return [...withoutCodeBlocks(text).matchAll(/(`+)(.+?)\1/gs)].map(([, , code = '']) =>
    code.replaceAll('\n', ' '),
  );
}

/** Returns the targets of links and images, in order. */
export function linkTargets(text: string): readonly string[] {
  const prose = withoutCodeBlocks(text).replaceAll(/(`+)(.+?)\1/gs, '');
  return [...prose.matchAll(/\]\(<?([^)\s>]+)>?\)/g)].map(([, target = '']) => target);
}

/** Returns a text without code blocks, comments and link targets, and with "…" in place of inline code. */
export const proseOf = (text: string): string =>
  withoutCodeBlocks(text)
    .replaceAll(/<!--.*?-->/gs, '')
    .replaceAll(/(`+).+?\1/gs, '…')
    .replaceAll(/\]\([^)]*\)/g, ']');

/** Returns the anchor that GitHub creates for a heading that occurs once. */
export const githubAnchor = (title: string): string => slug(title.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1'));

/**
 * Returns the anchors of the headings: the id of the `<a id="…"></a>` at the end of a heading, or the anchor
 * that GitHub creates.
 */
export function headingAnchors(text: string): ReadonlySet<string> {
  const found = new Map<string, number>();
  const slugs = [...withoutCodeBlocks(text).matchAll(/^#{1,6} +(.+?)[ #]*$/gm)].map(([, title = '']) => {
    const slug = /<a id="([^"]+)"><\/a>$/.exec(title)?.[1] ?? githubAnchor(title);
    const times = found.get(slug) ?? 0;
    found.set(slug, times + 1);
    return times === 0 ? slug : `${slug}-${times}`;
  });
  return new Set(slugs);
}

/** Returns the cells of all table rows in a text, without the headers. */
export function tableRows(text: string): readonly (readonly string[])[] {
  const lines = text.split('\n');
  return lines
    .filter((line, index) => /^\| /.test(line) && !/^\|[-:]/.test(lines[index + 1] ?? ''))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/**
 * Returns the text below the heading `## title`. Without `title`, the function returns the text above the
 * first `##` heading.
 */
export function chapter(text: string, title?: string): string {
  if (title === undefined) return text.split(/^## /m)[0] ?? '';
  const found = text.split(`\n## ${title}\n`)[1];
  if (found === undefined) throw new Error(`no chapter "${title}"`);
  return found.split(/^## /m)[0] ?? '';
}

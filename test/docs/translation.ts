import { existsSync } from 'node:fs';
import { basename, join, normalize } from 'node:path';
import { ALARMS, METRICS } from '../../lambdas/shared/names.ts';
import { compareFigures } from './figures.ts';
import { codeSpans, githubAnchor, linkTargets, proseOf, ROOT } from './markdown.ts';

const { secondsToExpiry, headroom, failureLevel, fleetHeadroom, fleetFailureLevel } = METRICS;
const UNTRANSLATED_NAMES = new RegExp(
  `\\b(?:${[
    ...Object.values(ALARMS).flat(),
    ...[secondsToExpiry, headroom, failureLevel, fleetHeadroom, fleetFailureLevel],
    'EGW\\d{5}',
  ].join('|')})\\b`,
  'g',
);

/** A heading, paragraph, list item, table row, HTML comment or block of code. */
interface Part {
  /**
   * For example `paragraph`. The kind of a heading contains its level and its anchor, and the kind of a table
   * row contains its number of cells.
   */
  readonly kind: string;
  /** The text as one line, except for code. */
  readonly text: string;
}

/** Matches one part: a code block, a heading, a table row, a comment, or the lines of a paragraph. */
const PART_PATTERN =
  /^ *```[\s\S]*?^ *```$|^(?:#+ |\||<!--).*$|^.*\S.*(?:\n(?! *(?:$|```|\||<!--|#+ |- |\d+\. )).*)*/gm;
const ANCHOR_PATTERN = / *<a id="([^"]+)"><\/a>$/;

function partsOf(document: string): readonly Part[] {
  const blocks = document.match(PART_PATTERN)?.filter((block) => !/^\|[-: |]+\|$/.test(block)) ?? [];
  return blocks.map((block) => {
    const text = block.replaceAll(/^ +| +$/gm, '');
    if (text.startsWith('```')) return { kind: 'code', text };
    if (text.startsWith('|')) return { kind: text.replaceAll(/[^|]*[^|\s][^|]*/g, 'cell'), text };
    if (text.startsWith('<!--')) return { kind: 'comment', text };
    const [heading] = /^#+ /.exec(text) ?? [];
    if (heading)
      return {
        kind: heading + (ANCHOR_PATTERN.exec(text)?.[1] ?? ''),
        text: text.replace(ANCHOR_PATTERN, ''),
      };
    const content = text.replace(/^(?:-|\d+\.) /, '');
    return { kind: content === text ? 'paragraph' : 'item', text: content.replaceAll('\n', ' ') };
  });
}

/** Adds the anchor that GitHub creates to each heading, except to the document title and repeated headings. */
function withAnchors(parts: readonly Part[]): readonly Part[] {
  const texts = parts.map(({ text }) => text);
  return parts.map(({ kind, text }) =>
    /^##/.test(kind) && texts.indexOf(text) === texts.lastIndexOf(text)
      ? { kind: kind + githubAnchor(text.replace(kind, '')), text }
      : { kind, text },
  );
}

/** The text of a document and its folder, from which relative links start. */
interface Document {
  readonly text: string;
  readonly folder: string;
}

/** Returns the differences between an English document and its Korean version. */
export function differences(english: Document, korean: Document): readonly string[] {
  const englishParts = withAnchors(partsOf(english.text));
  const koreanParts = partsOf(korean.text);
  const kinds = (parts: readonly Part[]): string => parts.map(({ kind }) => kind).join('\n');
  if (kinds(englishParts) !== kinds(koreanParts)) {
    const index = englishParts.findIndex(({ kind }, position) => kind !== koreanParts[position]?.kind);
    const koreanPart = koreanParts.at(index);
    const kind = `${koreanPart?.kind} instead of ${englishParts.at(index)?.kind}`;
    return [`the order of parts differs: ${kind} in: ${koreanPart?.text}`];
  }
  return englishParts.flatMap(({ kind, text }, index) => {
    const koreanText = koreanParts[index]?.text ?? '';
    const found = compareParts(kind, { ...english, text }, { ...korean, text: koreanText });
    return found.map((difference) => `${difference} in: ${koreanText.slice(0, 60)}`);
  });
}

function compareParts(kind: string, english: Document, korean: Document): readonly string[] {
  const compareBy = (what: string, valuesOf: (part: Document) => readonly string[]): readonly string[] =>
    compare(what, valuesOf(english), valuesOf(korean));
  if (kind === 'code') return compareBy('the code', ({ text }) => [codeOf(text)]);
  if (kind === 'comment') return compareBy('the comment', ({ text }) => [text]);
  return [
    ...compareBy('inline code', ({ text }) => codeSpans(text).map(withoutPlaceholders)),
    ...compareBy('names', ({ text }) => proseOf(text).match(UNTRANSLATED_NAMES) ?? []),
    ...compareBy('links', targetsOf),
    ...compareFigures(english.text, korean.text),
  ];
}

function compare(what: string, english: readonly string[], korean: readonly string[]): readonly string[] {
  const missing = english.filter((each) => !korean.includes(each));
  const added = korean.filter((each) => !english.includes(each));
  if (missing.length + added.length === 0) return [];
  return [`${what} differ: only in English: ${missing.join(', ')}; only in Korean: ${added.join(', ')}`];
}

/**
 * Returns a code block without comments and with `<…>` in place of placeholders such as `<the name you
 * gave>`, because a translation may change both. A block without a language is returned unchanged.
 */
const codeOf = (block: string): string =>
  /^```\s*\n/.test(block)
    ? block
    : withoutPlaceholders(block.replaceAll(/(^|\s)(#|\/\/) .*$/gm, (_, before: string) => before.trimEnd()));

const withoutPlaceholders = (code: string): string =>
  code
    .replaceAll(/<[^<>\n]*[ ㄱ-힣][^<>\n]*>/g, '<…>')
    .replaceAll(/[ \t]+$/gm, '')
    .replace(/^# AWS 필요$/, '# needs AWS');

/**
 * Returns the link targets as paths in the repository, with the path of the Korean version of each document
 * that has one.
 */
function targetsOf({ text, folder }: Document): readonly string[] {
  return linkTargets(text).map((target) => {
    const [path = '', anchor] = target.split('#');
    if (path === '' || /^[a-z]+:/.test(path)) return target;
    const file = pathOfTranslation(normalize(join(folder, path)));
    return anchor === undefined ? file : `${file}#${anchor}`;
  });
}

function pathOfTranslation(file: string): string {
  if (file === 'README.md') return 'README.ko.md';
  const koreanPath = `docs/ko/${basename(file)}`;
  return file === `docs/${basename(file)}` && existsSync(join(ROOT, koreanPath)) ? koreanPath : file;
}

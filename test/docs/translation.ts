import { existsSync } from 'node:fs';
import { basename, join, normalize } from 'node:path';
import { ALARMS, METRICS } from '../../lambdas/shared/names.ts';
import { compareFigures } from './figures.ts';
import { codeSpans, githubAnchor, linkTargets, proseOf, ROOT } from './markdown.ts';
import { type Section, type SectionPart, sectionsOf } from './sections.ts';

const { secondsToExpiry, headroom, failureLevel, fleetHeadroom, fleetFailureLevel } = METRICS;
const UNTRANSLATED_NAMES = new RegExp(
  `\\b(?:${[
    ...Object.values(ALARMS).flat(),
    ...[secondsToExpiry, headroom, failureLevel, fleetHeadroom, fleetFailureLevel],
    'EGW\\d{5}',
  ].join('|')})\\b`,
  'g',
);

/**
 * Returns the differences between an English document and its Korean version, each with the title of its
 * section.
 */
export function differences(english: string, korean: string): readonly string[] {
  const originals = sectionsOf(english);
  const translations = sectionsOf(korean);
  const expected = expectedHeadings(originals);
  const received = translations.map(({ level, anchor }) => formatHeading(level, anchor));
  if (expected.join('\n') !== received.join('\n'))
    return describeDifference('the headings', expected, received);
  return originals.flatMap((original, index) => {
    return compareParts(partsOf(original), partsOf(translations[index] as Section)).map(
      (difference) => `${original.title}: ${difference}`,
    );
  });
}

const partsOf = ({ title, parts }: Section): readonly SectionPart[] => [
  { kind: 'paragraph', text: title },
  ...parts,
];

const formatHeading = (level: number, anchor: string | undefined): string =>
  `${'#'.repeat(level)}${anchor === undefined ? '' : ` <a id="${anchor}"></a>`}`;

/**
 * Returns the headings that the Korean document must have. The document title and repeated headings have no
 * anchor.
 */
function expectedHeadings(sections: readonly Section[]): readonly string[] {
  const titles = sections.map(({ title }) => title);
  return sections.map(({ level, title }) =>
    formatHeading(level, level === 1 || repeats(titles, title) ? undefined : githubAnchor(title)),
  );
}

const repeats = (titles: readonly string[], title: string): boolean =>
  titles.indexOf(title) !== titles.lastIndexOf(title);

function compareParts(
  originals: readonly SectionPart[],
  translations: readonly SectionPart[],
): readonly string[] {
  const kindsOf = (parts: readonly SectionPart[]) => parts.map(({ kind }) => kind);
  const order = describeDifference(
    'the order of paragraphs, list items, rows and blocks',
    kindsOf(originals),
    kindsOf(translations),
  );
  if (order.length > 0) return order;
  return originals.flatMap((original, index) => comparePart(original, translations[index] as SectionPart));
}

function comparePart(original: SectionPart, translation: SectionPart): readonly string[] {
  const [before, after] = [original.text, translation.text];
  if (original.kind === 'code') return describeDifference('the code', [codeOf(before)], [codeOf(after)]);
  if (original.kind === 'comment') return describeDifference('the comment', [before], [after]);
  const cells = (text: string) => text.split('|').map((cell) => (cell.trim() === '' ? '' : 'cell'));
  return [
    ...(original.kind === 'row' ? describeDifference('the cells', cells(before), cells(after)) : []),
    ...describeDifference('inline code', codeSpansOf(before), codeSpansOf(after)),
    ...describeDifference('names', untranslatedNamesOf(before), untranslatedNamesOf(after)),
    ...describeDifference('links', targetsOf(before, 'docs'), targetsOf(after, 'docs/ko')),
    ...compareFigures(before, after),
  ].map((difference) => `${difference} in: ${after.slice(0, 60)}`);
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

const sorted = (values: readonly string[]): readonly string[] => [...new Set(values)].sort();

const codeSpansOf = (text: string): readonly string[] => sorted(codeSpans(text).map(withoutPlaceholders));

const untranslatedNamesOf = (text: string): readonly string[] =>
  sorted([...proseOf(text).matchAll(UNTRANSLATED_NAMES)].map(([name]) => name));

/**
 * Returns the link targets as paths in the repository, with the path of the Korean version of each document
 * that has one.
 */
function targetsOf(text: string, folder: string): readonly string[] {
  return sorted(
    linkTargets(text).map((target) => {
      const [path = '', anchor] = target.split('#');
      if (path === '' || /^[a-z]+:/.test(path)) return target;
      const file = pathOfTranslation(normalize(join(folder, path)));
      return anchor === undefined || file === 'README.ko.md' ? file : `${file}#${anchor}`;
    }),
  );
}

function pathOfTranslation(file: string): string {
  if (file === 'README.md') return 'README.ko.md';
  const koreanPath = `docs/ko/${basename(file)}`;
  return file === `docs/${basename(file)}` && existsSync(join(ROOT, koreanPath)) ? koreanPath : file;
}

function describeDifference(
  what: string,
  expected: readonly string[],
  received: readonly string[],
): readonly string[] {
  if (expected.join('\n') === received.join('\n')) return [];
  const onlyIn = (some: readonly string[], others: readonly string[]): string =>
    some.filter((each) => !others.includes(each)).join(', ') || '(none)';
  return [
    `${what} differ: only in English ${onlyIn(expected, received)}; only in Korean ${onlyIn(received, expected)}`,
  ];
}

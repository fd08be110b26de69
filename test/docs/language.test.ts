import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findBannedWords } from './banned-words.ts';
import { DOCUMENTS, ROOT, read, withoutCodeBlocks } from './markdown.ts';
import { sentencesIn, testTitlesIn } from './source-texts.ts';

const SOURCES = ['bench', 'bin', 'cli', 'lambdas', 'lib', 'reader', 'simulator'];

const filesIn = (folder: string, ending: string): readonly string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending) && !name.includes('node_modules'))
    .map((name) => `${folder}/${name}`);

/** Returns the banned words in the given files, each with the path of its file. */
const bannedIn = (
  files: readonly string[],
  texts: (source: string) => readonly string[],
): readonly string[] =>
  files.flatMap((path) =>
    texts(read(path))
      .flatMap(findBannedWords)
      .map((word) => `${path}: ${word}`),
  );

/**
 * Returns the text of a document without code, link targets and comments, and without the text of a README
 * before its first chapter.
 */
function proseOf(path: string): string {
  const text = withoutCodeBlocks(read(path));
  const body = path.startsWith('README') ? text.slice(text.indexOf('\n## ')) : text;
  return body
    .replaceAll(/<!--.*?-->/gs, '')
    .replaceAll(/(`+).+?\1/gs, '…')
    .replaceAll(/\]\([^)]*\)/g, ']');
}

describe('The language of the project', () => {
  it.each(DOCUMENTS)('has no banned words in %s', (path) => {
    expect(
      proseOf(path)
        .split(/\n\s*\n|\n\|/)
        .flatMap(findBannedWords),
    ).toEqual([]);
  });

  it.each(SOURCES)('has no banned words in the strings of %s/', (folder) => {
    expect(bannedIn(filesIn(folder, '.ts'), sentencesIn)).toEqual([]);
  });

  it('has no banned words in the titles of tests', () => {
    expect(bannedIn(filesIn('test', '.test.ts'), testTitlesIn)).toEqual([]);
  });
});

describe('The search for banned words', () => {
  it('reports each banned word with the terms to use instead and the text around the word', () => {
    expect(findBannedWords('Each knob has a roster.')).toEqual([
      '"knob" (use: option) in: …Each knob has a roster.…',
      '"roster" (use: list) in: …Each knob has a roster.…',
    ]);
  });

  it('ignores words that only contain a banned word', () => {
    expect(findBannedWords('A lookup of the bitesize overlook, as long as it takes.')).toEqual([]);
  });

  it('checks string literals of several words, but no comments, types, imports or names', () => {
    const source = `
      import x from 'an import'; // a comment
      type T = 'a type'; const name: 'another type' | 'b c' = 'name';
      throw new Error(\`no \${name} here\` + 'and there');`;
    expect(sentencesIn(source)).toEqual(['no … here', 'and there']);
  });

  it('checks the titles of suites and tests, including the titles of tests with a table', () => {
    const source = `
      describe('A sample suite', () => {
        it('contains a sample test', () => expect('not a title').toBe(1));
        test.each([['a row']])('contains a sample test with %s', () => {});
        it.runIf(true).each\`a\`(\`counts \${1}\`, () => {});
      });`;
    expect(testTitlesIn(source)).toEqual([
      'A sample suite',
      'contains a sample test',
      'contains a sample test with %s',
      'counts …',
    ]);
  });
});

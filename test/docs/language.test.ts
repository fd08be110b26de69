import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findBannedWords } from './banned-words.ts';
import { DOCUMENTS, proseOf, ROOT, read } from './markdown.ts';
import { sentencesIn } from './source-texts.ts';

const SOURCES = ['bench', 'bin', 'cli', 'lambdas', 'lib', 'reader', 'simulator', 'test'];

/** Returns the source files of a folder, without the lists and samples of banned words. */
const filesIn = (folder: string): readonly string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/node_modules|banned-words|language\.test/.test(name))
    .map((name) => `${folder}/${name}`);

/** Returns the prose of a document, without the text of a README before its first chapter. */
function proseIn(path: string): string {
  const text = read(path);
  return proseOf(path.startsWith('README') ? text.slice(text.indexOf('\n## ')) : text);
}

describe('The project', () => {
  it.each(DOCUMENTS)('uses no banned words in %s', (path) => {
    const paragraphs = proseIn(path).split(/\n\s*\n|\n\|/);
    expect(paragraphs.flatMap(findBannedWords)).toEqual([]);
  });

  it.each(SOURCES)('uses no banned words in the strings of %s/', (folder) => {
    const found = filesIn(folder).flatMap((path) =>
      sentencesIn(read(path))
        .flatMap(findBannedWords)
        .map((word) => `${path}: ${word}`),
    );
    expect(found).toEqual([]);
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
});

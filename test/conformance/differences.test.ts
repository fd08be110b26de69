import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DIFFERENCES } from './differences.ts';
import { BEHAVIORS, row } from './suite.ts';

const text = readFileSync(new URL('../../docs/testing.md', import.meta.url), 'utf8');
const [, chapter = ''] = text.split('## Conformance of the fake AWS\n');
const rows = (chapter.split('\n## ')[0] ?? '').split('\n').filter((line) => /^\| [a-zA-Z]/.test(line));

test('every behavior has a sentence of its own', () => {
  const sentences = BEHAVIORS.map(({ sentence }) => sentence);
  expect(new Set(sentences).size).toBe(sentences.length);
});

test('every difference is one of a behavior that is tested, and differs from it', () => {
  for (const { sentence, instead } of DIFFERENCES) {
    const behavior = BEHAVIORS.find((each) => each.sentence === sentence);
    expect(behavior, sentence).toBeDefined();
    expect(behavior?.documented).not.toEqual(instead);
  }
});

test('docs/testing.md lists exactly these differences', () => {
  expect(rows.slice(1)).toEqual(DIFFERENCES.map(row));
});

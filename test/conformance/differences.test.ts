import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DIFFERENCES } from './differences.ts';
import { BEHAVIORS, row } from './suite.ts';

const text = readFileSync(new URL('../../docs/testing.md', import.meta.url), 'utf8');
const [, chapter = ''] = text.split('## Conformance of the fake AWS\n');
const rows = (chapter.split('\n## ')[0] ?? '').split('\n').filter((line) => /^\| [a-zA-Z]/.test(line));

test('every behavior of the conformance suite has a unique title', () => {
  const titles = BEHAVIORS.map(({ title }) => title);
  expect(new Set(titles).size).toBe(titles.length);
});

test('every difference of an emulator names a behavior of the suite and has a different result', () => {
  for (const { title, actual } of DIFFERENCES) {
    const behavior = BEHAVIORS.find((each) => each.title === title);
    expect(behavior, title).toBeDefined();
    expect(behavior?.documented).not.toEqual(actual);
  }
});

test('docs/testing.md lists exactly the differences of the emulators', () => {
  expect(rows.slice(1)).toEqual(DIFFERENCES.map(row));
});

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DIFFERENCES } from './differences.ts';
import { BEHAVIORS, differenceRow } from './suite.ts';

const text = readFileSync(new URL('../../docs/testing.md', import.meta.url), 'utf8');
const [, chapter = ''] = text.split('## Conformance of the fake AWS\n');
const rows = (chapter.split('\n## ')[0] ?? '').split('\n').filter((line) => /^\| [a-zA-Z]/.test(line));

test('every test of the AWS conformance suite has a unique title', () => {
  const titles = BEHAVIORS.map(({ title }) => title);
  expect(new Set(titles).size).toBe(titles.length);
});

test('every documented difference of an emulator names a conformance test and a result that differs from AWS', () => {
  for (const { title, actualResult } of DIFFERENCES) {
    const behavior = BEHAVIORS.find((each) => each.title === title);
    expect(behavior, title).toBeDefined();
    expect(behavior?.documentedResult).not.toEqual(actualResult);
  }
});

test('docs/testing.md lists exactly the differences between the emulators and AWS', () => {
  expect(rows.slice(1)).toEqual(DIFFERENCES.map(differenceRow));
});

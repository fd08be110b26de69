import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FakeAws } from '../../simulator/aws/fake-aws.ts';
import type { RunningServer } from '../../simulator/http.ts';
import { BEHAVIORS, testConformance } from './suite.ts';

let server: RunningServer;

beforeAll(async () => {
  server = await new FakeAws({ clock: { now: () => Date.now() } }).listen();
});

afterAll(() => server.close());

testConformance('fake AWS', () => server.url);

test('docs/testing.md lists exactly the differences between the emulators and AWS', () => {
  const text = readFileSync(new URL('../../docs/testing.md', import.meta.url), 'utf8');
  const [, chapter = ''] = text.split('## Conformance of the fake AWS\n');
  const rows = (chapter.split('\n## ')[0] ?? '').split('\n').filter((line) => /^\| [a-zA-Z]/.test(line));
  expect(rows.slice(1)).toEqual(
    BEHAVIORS.flatMap(({ title, difference, source }) =>
      difference
        ? [`| ${title} | ${difference.backends.join(', ')} | ${difference.description} | ${source} |`]
        : [],
    ),
  );
});

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as errors from '../../reader/errors.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const DOCUMENTS = [
  ...['consumers.md', 'consumers-python.md', 'consumers-other.md', 'reader.md'],
  ...['clients.md', 'kubernetes.md'],
];
const document = DOCUMENTS.map((name) => readFileSync(join(ROOT, 'docs', name), 'utf8')).join('\n');
const shown = [...document.matchAll(/<!-- (examples\/\S+) -->\n```\w+\n(.*?)\n```/gs)].map(
  ([, path = '', code = '']) => [path, code] as const,
);

describe('The documents for consumers', () => {
  it.each(shown)('contain the current code of %s', (path, code) => {
    expect(code).toBe(readFileSync(join(ROOT, path), 'utf8').trimEnd());
  });

  it('show or name every file in examples, except examples/notifications', () => {
    const examples = readdirSync(join(ROOT, 'examples'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(ts|py|sh|yaml)$/.test(entry.name))
      // docs/notifications.md documents the examples in examples/notifications.
      .filter(({ parentPath }) => !parentPath.endsWith('notifications'))
      .map((entry) => entry.name);
    expect(shown.length).toBeGreaterThan(8);
    for (const name of examples) expect(document).toContain(name);
  });

  it('list exactly the error classes of both readers', () => {
    const listed = [...document.matchAll(/^\| `([A-Z]\w+)` \| .* \| .* \|$/gm)].map(
      ([, code]) => `${code}Error`,
    );
    const python = readFileSync(
      join(ROOT, 'reader-python', 'src', 'broker_token_reader', 'errors.py'),
      'utf8',
    );
    const classes = [...python.matchAll(/^class (\w+)\(TokenReaderError/gm)].map(([, name]) => name);
    expect(classes.toSorted()).toEqual(listed.toSorted());
    const inTypeScript = Object.keys(errors).filter(
      (name) => !['SourceError', 'TokenReaderError'].includes(name),
    );
    expect(inTypeScript.toSorted()).toEqual(listed.toSorted());
  });
});

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');
const document = readFileSync(join(ROOT, 'docs', 'consumers.md'), 'utf8');
const shown = [...document.matchAll(/<!-- (examples\/\S+) -->\n```\w+\n(.*?)\n```/gs)].map(
  ([, path = '', code = '']) => [path, code] as const,
);

describe('docs/consumers.md', () => {
  it.each(shown)('shows %s as it is', (path, code) => {
    expect(code).toBe(readFileSync(join(ROOT, path), 'utf8').trimEnd());
  });

  it('shows or names every example', () => {
    const examples = readdirSync(join(ROOT, 'examples'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(ts|py|sh)$/.test(entry.name))
      // Documented in docs/notifications.md.
      .filter(({ parentPath }) => !parentPath.endsWith('notifications'))
      .map((entry) => entry.name);
    expect(shown.length).toBeGreaterThan(8);
    for (const name of examples) expect(document).toContain(name);
  });

  it('the Python reader is at most eighty lines', () => {
    const lines = readFileSync(join(ROOT, 'examples', 'broker_token.py'), 'utf8')
      .trimEnd()
      .split('\n');
    expect(lines.length).toBeLessThanOrEqual(80);
  });
});

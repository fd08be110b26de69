import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runChild } from '../../bench/child.ts';
import { createTemporaryDirectory } from '../temp-dir.ts';

function script(source: string): string {
  const path = join(createTemporaryDirectory('bench'), 'script.cjs');
  writeFileSync(path, source);
  return path;
}

const ANSWER =
  "require('node:fs').writeSync(3, JSON.stringify({ args: process.argv.slice(2), env: process.env }))";

test('runChild passes only the given environment variables to a benchmark process, and returns the parsed output', async () => {
  const environment = { A: '1' };
  const answer = await runChild({ script: script(ANSWER), arguments: ['x'], environment });
  expect(answer).toEqual({ args: ['x'], env: environment });
});

test.each([
  ['throws', "throw new Error('no such bundle')", 'no such bundle'],
  ['writes no answer', '', 'ended with 0'],
])('a benchmark process that %s is an error', async (_case, source, message) => {
  await expect(runChild({ script: script(source), arguments: [], environment: {} })).rejects.toThrow(message);
});

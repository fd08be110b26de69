import { expect } from 'vitest';
import type { Ended } from './run-tokens.ts';

/** One line on standard error that ends with what to do, nothing on standard output, and the code. */
export function expectOneLine({ code, out, err }: Ended, expected: number, text: RegExp): void {
  expect({ code, out }).toEqual({ code: expected, out: '' });
  expect(err.trimEnd().split('\n')).toHaveLength(1);
  expect(err).toMatch(/^✖ /);
  expect(err).toMatch(text);
  expect(err).not.toMatch(/^\s+at |node:internal|\.[jt]s:\d/m);
}

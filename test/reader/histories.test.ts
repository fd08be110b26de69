import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEAD_TOKEN_CODES } from '../../lambdas/brokers/codes.ts';
import { type BrokerName, isTokenRejection } from '../../reader/rejection.ts';
import { runHistory, type Step } from './run-history.ts';

/** Reads a table of tests. The tests of the Python reader use the same tables (reader-python/tests). */
const table = <T>(name: string): readonly T[] =>
  JSON.parse(readFileSync(join(import.meta.dirname, name), 'utf8')) as readonly T[];

interface History {
  readonly title: string;
  readonly steps: readonly Step[];
}
interface Rejection {
  readonly title: string;
  readonly status: number;
  readonly json?: object;
  readonly text?: string;
  readonly contentType?: string;
  readonly broker?: BrokerName;
  readonly dead: boolean;
}

describe('The TypeScript reader', () => {
  it.each(table<History>('histories.json'))('$title', ({ steps }) => runHistory(steps));
});

describe('isTokenRejection', () => {
  const rejections = table<Rejection>('rejections.json');

  it.each(rejections)('$title', async ({ status, json, text, contentType, broker, dead }) => {
    const response = new Response(json ? JSON.stringify(json) : text, {
      status,
      headers: { 'content-type': contentType ?? 'application/json;charset=UTF-8' },
    });
    expect(await isTokenRejection(response, broker)).toBe(dead);
    expect(response.bodyUsed).toBe(false);
  });

  it('returns false for a reply that is longer than any rejection of a token', async () => {
    const reply = { return_code: 3, return_msg: `[8005:${'x'.repeat(5000)}` };
    expect(await isTokenRejection(Response.json(reply))).toBe(false);
  });

  it('is tested with every error code that the refresher treats as a dead token', () => {
    const rows = rejections.filter(({ dead }) => dead).map(({ json }) => JSON.stringify(json));
    for (const code of Object.values(DEAD_TOKEN_CODES).flat())
      expect(rows.some((row) => row?.includes(code))).toBe(true);
  });
});

import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { FakeAws } from '../../simulator/aws/fake-aws.ts';
import { ManualClock } from '../../simulator/clock.ts';
import { createTemporaryDirectory } from '../temp-dir.ts';
import { codeBlocks, DOCUMENTS, ROOT, read } from './markdown.ts';

const snippet = (path: string, words: string): string => {
  const found = codeBlocks(read(path)).find(({ text }) => text.includes(words));
  if (found === undefined) throw new Error(`${path} has no block with ${words}`);
  return found.text;
};

const aws = new FakeAws({ clock: new ManualClock(Date.now()) });
const server = await aws.listen();
afterAll(() => server.close());

test('the TypeScript example of the README reads the token', async () => {
  aws.putParameter('/broker-tokens/kis-paper/token', 'FAKE-token-of-the-readme', 'SecureString');
  const code = snippet('README.md', 'createTokenReader').replace(
    'broker-token-refresher/reader',
    pathToFileURL(join(ROOT, 'reader', 'index.ts')).href,
  );
  const file = join(createTemporaryDirectory('snippet'), 'reader.mts');
  writeFileSync(file, `${code}\nprocess.stdout.write(value);\n`);
  const { stdout } = await promisify(execFile)(process.execPath, [file], {
    env: { ...process.env, AWS_ENDPOINT_URL_SSM: server.url, NODE_OPTIONS: '' },
  });
  expect(stdout).toBe('FAKE-token-of-the-readme');
});

test('the Python package defines every function that the README calls', () => {
  const source = read('reader-python/src/broker_token_reader/reader.py');
  expect(snippet('README.md', 'from broker_token_reader')).toBe(
    'from broker_token_reader import TokenReader\n\nreader = TokenReader("kis-paper")\ntoken = reader.get()',
  );
  expect(source).toMatch(/^class TokenReader:$/m);
  expect(source).toMatch(/^ {4}def get\(self, /m);
});

test('the documents call only existing methods of the constructs', () => {
  const lib = read('lib/token-refresher.ts') + read('lib/consumers/broker-credential-base.ts');
  const called = DOCUMENTS.flatMap((path) => codeBlocks(read(path)))
    .filter(({ language, text }) => language === 'ts' && text.includes("from 'broker-token-refresher'"))
    .flatMap(({ text }) =>
      [...text.matchAll(/\b(?:tokens|kiwoom|kis)\.(\w+)\(/g)].map(([, name = '']) => name),
    );
  expect(called).toContain('addCredential');
  expect(called.filter((name) => !lib.includes(`\n  ${name}(`))).toEqual([]);
});

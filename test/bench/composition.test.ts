import { expect, test } from 'vitest';
import { composition } from '../../bench/startup/composition.ts';

const input = (bytesInOutput: number) => ({ bytesInOutput });
const output = (inputs: Readonly<Record<string, { bytesInOutput: number }>>) => ({
  bytes: Object.values(inputs).reduce((sum, each) => sum + each.bytesInOutput, 0),
  inputs,
  imports: [],
  exports: [],
});

test('a bundle is weighed by package and by room, the heaviest first', () => {
  const inputs = {
    'node_modules/@aws-sdk/client-ssm/dist-es/a.js': input(3 * 1024),
    'node_modules/@aws-sdk/client-ssm/dist-es/b.js': input(3 * 1024),
    'node_modules/one/node_modules/two/index.js': input(1024),
    'lambdas/refresher/handler.ts': input(2 * 1024),
    'lambdas/refresher/decide.ts': input(1024),
  };
  expect(composition({ inputs: {}, outputs: { 'index.js': output(inputs) } })).toEqual([
    '| in the bundle | KB | share |',
    '|---|---:|---:|',
    '| @aws-sdk/client-ssm | 6.0 | 60.0 % |',
    '| lambdas/refresher | 3.0 | 30.0 % |',
    '| two | 1.0 | 10.0 % |',
    '| all | 10.0 | 100.0 % |',
  ]);
});

test('what is light is told together', () => {
  const inputs = Object.fromEntries(
    Array.from({ length: 20 }, (_, index) => [`node_modules/p${index}/index.js`, input(1024)]),
  );
  expect(composition({ inputs: {}, outputs: { 'index.js': output(inputs) } }).at(-2)).toBe(
    '| 4 others | 4.0 | 20.0 % |',
  );
});

test('a bundle of several files is not weighed as one', () => {
  expect(() => composition({ inputs: {}, outputs: { a: output({}), b: output({}) } })).toThrow('tells of 2');
});

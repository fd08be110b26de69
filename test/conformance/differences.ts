import type { Backend } from './behavior.ts';

/** A difference between backends and AWS. docs/testing.md lists all differences. */
export interface Difference {
  readonly backends: readonly Backend[];
  /** The title of the behavior that differs. */
  readonly title: string;
  /** The actual result of the backends. */
  readonly actualResult: unknown;
  /** A description of the actual result. */
  readonly description: string;
}

/** All known differences. The suite fails if a backend no longer differs from AWS as an entry states. */
export const DIFFERENCES: readonly Difference[] = [
  {
    backends: ['MiniStack', 'moto'],
    title: 'a String cannot become a SecureString',
    actualResult: ['accepted', 'SecureString'],
    description: 'changes the type',
  },
  {
    backends: ['MiniStack', 'moto'],
    title: 'a SecureString cannot become a String',
    actualResult: ['accepted', 'String'],
    description: 'changes the type',
  },
  {
    backends: ['MiniStack', 'moto'],
    title: 'the standard tier accepts 4096 bytes; 4097 are rejected and change nothing',
    actualResult: ['accepted', 'accepted', 4097],
    description: 'accepts more',
  },
  {
    backends: ['MiniStack'],
    title: 'an empty value is rejected',
    actualResult: 'accepted',
    description: 'accepts it',
  },
  {
    backends: ['MiniStack'],
    title: 'GetParameters accepts ten names and rejects eleven',
    actualResult: ['accepted', 'accepted'],
    description: 'accepts eleven',
  },
  {
    backends: ['MiniStack', 'moto'],
    title: 'names with a space, with an empty level or without the first slash are rejected',
    actualResult: ['accepted', 'accepted', 'accepted'],
    description: 'accepts them',
  },
  {
    backends: ['MiniStack', 'moto'],
    title: 'a hierarchy has at most fifteen levels',
    actualResult: ['accepted', 'accepted'],
    description: 'accepts sixteen',
  },
  {
    backends: ['MiniStack'],
    title: 'the last 100 versions of a parameter are kept',
    actualResult: ['accepted', '2', 101],
    description: 'keeps all',
  },
  {
    backends: ['moto'],
    title: 'a SecureString is returned in plain text with decryption, and encrypted without',
    actualResult: { clear: 'FAKE-token', opaque: false },
    description: 'returns the value as part of the ciphertext',
  },
  {
    backends: ['moto'],
    title: 'an earlier version can be read by name:version, also through GetParameters',
    actualResult: { one: 'a', selector: undefined, many: 'a' },
    description: 'returns no `Selector`',
  },
  {
    backends: ['MiniStack'],
    title:
      'a put with a repeated ClientRequestToken is the same version; with a different value it is rejected',
    actualResult: [true, 'accepted'],
    description: 'accepts a different value with the same token',
  },
  {
    backends: ['MiniStack'],
    title: 'a secret without a value can be described, and reading it is an error',
    actualResult: { described: true, read: 'accepted' },
    description: 'returns no value',
  },
  {
    backends: ['MiniStack'],
    title: 'an empty secret value is rejected',
    actualResult: false,
    description: 'accepts it',
  },
];

import type { Backend, Seen } from './behavior.ts';

/** Where something that plays AWS does not do what AWS documents. Every one also stands in docs/testing.md. */
export interface Difference {
  readonly backends: readonly Backend[];
  /** Of the behavior. */
  readonly sentence: string;
  /** What they do. */
  readonly instead: Seen;
  /** The same in words. */
  readonly words: string;
}

/** The stand-in has none; a mended emulator fails the suite until its line goes. */
export const DIFFERENCES: readonly Difference[] = [
  {
    backends: ['MiniStack', 'moto'],
    sentence: 'a String cannot become a SecureString',
    instead: ['accepted', 'SecureString'],
    words: 'changes the type',
  },
  {
    backends: ['MiniStack', 'moto'],
    sentence: 'a SecureString cannot become a String',
    instead: ['accepted', 'String'],
    words: 'changes the type',
  },
  {
    backends: ['MiniStack', 'moto'],
    sentence: 'a value of 4096 bytes fits the standard tier, one more does not and leaves the old value',
    instead: ['accepted', 'accepted', 4097],
    words: 'takes more',
  },
  {
    backends: ['MiniStack'],
    sentence: 'an empty value is refused',
    instead: 'accepted',
    words: 'takes it',
  },
  {
    backends: ['MiniStack'],
    sentence: 'GetParameters takes ten names, not eleven',
    instead: ['accepted', 'accepted'],
    words: 'takes eleven',
  },
  {
    backends: ['MiniStack', 'moto'],
    sentence: 'names with a blank, with an empty level or without the first slash are refused',
    instead: ['accepted', 'accepted', 'accepted'],
    words: 'takes them',
  },
  {
    backends: ['MiniStack', 'moto'],
    sentence: 'a hierarchy has at most fifteen levels',
    instead: ['accepted', 'accepted'],
    words: 'takes sixteen',
  },
  {
    backends: ['MiniStack'],
    sentence: 'a hundred versions are kept, and the oldest goes',
    instead: ['accepted', '2', 101],
    words: 'keeps all',
  },
  {
    backends: ['moto'],
    sentence: 'a SecureString is read in clear with decryption, and opaque without',
    instead: { clear: 'FAKE-token', opaque: false },
    words: 'shows the value within what it returns without decryption',
  },
  {
    backends: ['moto'],
    sentence: 'an earlier version can be read by name:version, also through GetParameters',
    instead: { one: 'a', selector: undefined, many: 'a' },
    words: 'answers without `Selector`',
  },
  {
    backends: ['MiniStack'],
    sentence: 'a repeated put with the same token is the same version; with another value it is refused',
    instead: [true, 'accepted'],
    words: 'takes another value under the same token',
  },
  {
    backends: ['MiniStack'],
    sentence: 'a secret without a value exists, but has nothing to be read',
    instead: { described: true, read: 'accepted' },
    words: 'answers without a value',
  },
  {
    backends: ['MiniStack'],
    sentence: 'an empty secret is refused',
    instead: false,
    words: 'takes it',
  },
];

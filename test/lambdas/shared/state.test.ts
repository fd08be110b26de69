import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatState,
  NO_STATE,
  type PublishedToken,
  parseState,
  type State,
  withIssue,
} from '../../../lambdas/shared/state.ts';
import { largestState, legalState } from './states.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const AT = Date.UTC(2026, 10, 21);

const PUBLISHED: PublishedToken = {
  fingerprint: '0123456789ab',
  tokenType: 'Bearer',
  issuedAt: AT,
  expiresAt: AT + 24 * HOUR,
  renewAt: AT + 23 * HOUR,
  secretVersion: 'v1',
};

const STATE: State = {
  generation: 41,
  published: PUBLISHED,
  lastCallAt: AT,
  attempt: {
    at: AT,
    cause: 'schedule',
    messageId: 'm-1',
    outcome: 'published',
    failures: 0,
    secretVersion: 'v1',
  },
  issues: [AT],
};

const JSON_STATE = {
  version: 1,
  generation: 41,
  fingerprint: '0123456789ab',
  tokenType: 'Bearer',
  issuedAt: '2026-11-21T00:00:00.000Z',
  expiresAt: '2026-11-22T00:00:00.000Z',
  renewAt: '2026-11-21T23:00:00.000Z',
  secretVersion: 'v1',
  lastCallAt: '2026-11-21T00:00:00.000Z',
  attempt: {
    at: '2026-11-21T00:00:00.000Z',
    cause: 'schedule',
    messageId: 'm-1',
    outcome: 'published',
    failures: 0,
    secretVersion: 'v1',
  },
  issues: ['2026-11-21T00:00:00.000Z'],
};

describe('The state parameter', () => {
  it('is what the contract says, word for word', () => {
    expect(JSON.parse(formatState(STATE))).toEqual(JSON_STATE);
  });

  it('has no token fields before the first token', () => {
    expect(formatState(NO_STATE)).toBe('{"version":1,"generation":0,"issues":[]}');
  });

  it('is read back as it was written', () => {
    fc.assert(
      fc.property(legalState, (state) => {
        expect(parseState(formatState(state))).toEqual({ state });
      }),
    );
  });

  it('is under 4 KB, whatever happened', () => {
    fc.assert(
      fc.property(legalState, (state) => {
        expect(Buffer.byteLength(formatState(state))).toBeLessThan(4096);
      }),
    );
  });

  it.each<[sentence: string, message: string]>([
    ['in Korean', '가'.repeat(200)],
    ['of quotation marks', '"'.repeat(200)],
    ['of control characters', '\u0001'.repeat(200)],
    ['of half letters', '\ud83d'.repeat(200)],
  ])('is under 4 KB with every field at its longest and a message %s', (_sentence, message) => {
    const text = formatState(largestState(message));
    expect(Buffer.byteLength(text)).toBeLessThan(4096);
    expect(parseState(text).unreadable).toBeUndefined();
  });

  it('times with an offset are read too', () => {
    const text = JSON.stringify({ ...JSON_STATE, lastCallAt: '2026-11-21T09:00:00+09:00' });
    expect(parseState(text)).toEqual({ state: STATE });
  });

  it('a secret whose version AWS did not tell issues a token like any other', () => {
    const state = { ...STATE, published: { ...PUBLISHED, secretVersion: '' } };
    expect(parseState(formatState(state))).toEqual({ state });
  });

  it('fields of tomorrow do no harm', () => {
    expect(parseState(JSON.stringify({ ...JSON_STATE, mood: 'fine' }))).toEqual({ state: STATE });
  });
});

describe('A state that somebody damaged', () => {
  it.each<[sentence: string, text: string]>([
    ['nothing', ''],
    ['words', 'oops'],
    ['half a state', formatState(STATE).slice(0, 99)],
  ])('%s is not JSON', (_sentence, text) => {
    expect(parseState(text)).toEqual({ state: NO_STATE, unreadable: 'it is not JSON' });
  });

  it.each<[sentence: string, text: string]>([
    ['null', 'null'],
    ['a number', '7'],
    ['a text', '"state"'],
    ['a list', '[1]'],
    ['an empty object', '{}'],
  ])('%s is no state', (_sentence, text) => {
    const { state, unreadable } = parseState(text);
    expect(state).toEqual(NO_STATE);
    expect(unreadable).toContain('is not as expected');
  });

  it.each<[sentence: string, change: object, lost: string, kept: Partial<State>]>([
    ['a newer version', { version: 2 }, 'version', {}],
    ['no version', { version: undefined }, 'version', {}],
    ['no fingerprint', { fingerprint: undefined }, 'fingerprint', { published: undefined }],
    ['a fingerprint in capitals', { fingerprint: '0123456789AB' }, 'fingerprint', { published: undefined }],
    ['no token type', { tokenType: '' }, 'tokenType', { published: undefined }],
    ['an expiry that is a number', { expiresAt: AT }, 'expiresAt', { published: undefined }],
    [
      'an expiry that is no day',
      { expiresAt: '2026-13-40T00:00:00Z' },
      'expiresAt',
      { published: undefined },
    ],
    ['a renewal without a zone', { renewAt: '2026-11-21 23:00:00' }, 'renewAt', { published: undefined }],
    ['no issue time', { issuedAt: null }, 'issuedAt', { published: undefined }],
    ['a secret version that is no text', { secretVersion: 7 }, 'secretVersion', { published: undefined }],
    ['dead: false', { dead: false }, 'dead', {}],
    ['paused: "yes"', { paused: 'yes' }, 'paused', {}],
    ['an unknown wish', { wanted: { reason: 'Mood', since: JSON_STATE.issuedAt } }, 'wanted.reason', {}],
    ['a last call that is no time', { lastCallAt: 'noon' }, 'lastCallAt', { lastCallAt: undefined }],
    [
      'an unknown outcome',
      { attempt: { ...JSON_STATE.attempt, outcome: 'lost' } },
      'attempt.outcome',
      { attempt: undefined },
    ],
    [
      'failures below nothing',
      { attempt: { ...JSON_STATE.attempt, failures: -1 } },
      'attempt.failures',
      { attempt: undefined },
    ],
    ['a last message of no cause', { last: { messageId: 'm' } }, 'last.cause', {}],
    ['one issue that is no time', { issues: [JSON_STATE.issuedAt, 7] }, 'issues.1', { issues: [] }],
    ['no issues', { issues: undefined }, 'issues', { issues: [] }],
  ])('%s: all that is valid by itself is kept', (_sentence, change, lost, kept) => {
    const { state, unreadable } = parseState(JSON.stringify({ ...JSON_STATE, ...change }));
    expect(unreadable).toContain(`${lost} is not as expected`);
    expect(state).toEqual({ ...STATE, ...kept });
  });

  it.each<[sentence: string, generation: unknown]>([
    ['lost', undefined],
    ['a fraction', 41.5],
    ['below nothing', -1],
  ])('a generation that is %s is counted anew, from the token that is there', (_sentence, generation) => {
    const { state, unreadable } = parseState(JSON.stringify({ ...JSON_STATE, generation }));
    expect(unreadable).toContain('generation is not as expected');
    expect(state).toEqual({ ...STATE, generation: 1 });
  });

  it('the wish, the flags and the last message outlive it', () => {
    const since = JSON_STATE.issuedAt;
    const kept = {
      dead: true,
      paused: true,
      wanted: { reason: 'Rejected', generation: 41, since },
      last: { messageId: 'm-2', cause: 'revoke', at: since, action: 'revoke', reason: 'Requested' },
    };
    const { state } = parseState(JSON.stringify({ ...JSON_STATE, ...kept, version: 'x' }));
    expect(state).toMatchObject({
      dead: true,
      paused: true,
      wanted: { reason: 'Rejected', generation: 41, since: AT },
      last: { messageId: 'm-2', at: AT },
    });
  });

  it('is never a reason to throw, and what was saved is written and read back as it is', () => {
    const damage = fc.dictionary(
      fc.constantFrom(...Object.keys(JSON_STATE), 'wanted', 'last', 'dead', 'paused'),
      fc.jsonValue(),
    );
    const damaged = fc
      .tuple(legalState, damage)
      .map(([state, change]) => JSON.stringify({ ...JSON.parse(formatState(state)), ...change }));
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string({ unit: 'binary' }), damaged), (text) => {
        const { state } = parseState(text);
        expect(parseState(formatState(state)).state).toEqual(state);
      }),
      { numRuns: 500 },
    );
  });
});

describe('The issues of the day', () => {
  it('get one more', () => {
    expect(withIssue([AT], AT + HOUR)).toEqual([AT, AT + HOUR]);
  });

  it('forget what was 24 hours ago, to the millisecond', () => {
    expect(withIssue([AT, AT + 1], AT + 24 * HOUR)).toEqual([AT + 1, AT + 24 * HOUR]);
  });

  it('are the newest 32', () => {
    const day = Array.from({ length: 40 }, (_, index) => AT + index * SECOND);
    const kept = withIssue(day, AT + HOUR);
    expect(kept).toEqual([...day.slice(9), AT + HOUR]);
  });
});

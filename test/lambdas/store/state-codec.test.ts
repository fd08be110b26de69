import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INITIAL_STATE, publishedSchema, type State, stateFields } from '../../../lambdas/shared/state.ts';
import { formatState, parseState } from '../../../lambdas/store/state-codec.ts';
import { AT, JSON_STATE, PUBLISHED_TOKEN, STATE, validStateArbitrary } from './states.ts';

describe('The text format of the state', () => {
  it('has the documented fields, with instants as ISO 8601 in UTC', () => {
    expect(JSON.parse(formatState(STATE))).toEqual(JSON_STATE);
  });

  it('is parsed to the state that was written', () => {
    fc.assert(
      fc.property(validStateArbitrary, (state) => {
        expect(parseState(formatState(state))).toEqual({ state });
      }),
    );
  });

  it('is shorter than 4 KB for every state', () => {
    fc.assert(
      fc.property(validStateArbitrary, (state) => {
        expect(Buffer.byteLength(formatState(state))).toBeLessThan(4096);
      }),
    );
  });

  it('has no control characters and no unpaired surrogates in messages', () => {
    const attempt = { ...STATE.attempt, message: 'a\nb\ud83d' } as NonNullable<State['attempt']>;
    expect(parseState(formatState({ ...STATE, attempt })).state.attempt?.message).toBe('a b\ufffd');
  });

  it('is parsed to a state without a token if the generation is 0', () => {
    const { state, unreadable } = parseState(JSON.stringify({ ...JSON_STATE, generation: 0 }));
    expect(unreadable).toBeUndefined();
    expect(state).toEqual({ ...STATE, generation: 0, published: undefined });
  });
});

/**
 * The state that `parseState` recovers from the text of STATE if a field is damaged. The token is suspect, so
 * the refresher verifies the token.
 */
const SUSPECT_TOKEN = { ...PUBLISHED_TOKEN, health: 'suspect' } as const;
const SALVAGED: State = { ...STATE, published: SUSPECT_TOKEN, verifiedAt: undefined };

describe('parseState of a damaged text', () => {
  it.each(['null', '7', '"state"', '[1]', '{}'])('returns the initial state for %s', (text) => {
    const { state, unreadable } = parseState(text);
    expect(state).toEqual(INITIAL_STATE);
    expect(unreadable).toMatch(/^(?:it|version) is not as expected/);
  });

  const { issuedFor: ISSUED_FOR, attempt: ATTEMPT } = JSON_STATE;
  const NO_TOKEN: Partial<State> = { published: undefined };
  const NO_ATTEMPT: Partial<State> = { attempt: undefined };
  it.each<[sentence: string, change: object, lost: string, kept: Partial<State>]>([
    ['a different version', { version: 3 }, 'version', {}],
    ['no fingerprint', { fingerprint: undefined }, 'fingerprint', NO_TOKEN],
    ['a fingerprint with a letter after it', { fingerprint: '0123456789abx' }, 'fingerprint', NO_TOKEN],
    ['a fingerprint with a letter before it', { fingerprint: 'x0123456789ab' }, 'fingerprint', NO_TOKEN],
    ['an empty token type', { tokenType: '' }, 'tokenType', NO_TOKEN],
    ['an expiry that is not a date', { expiresAt: '2026-13-40T00:00:00Z' }, 'expiresAt', NO_TOKEN],
    ['a renewal instant without a zone', { renewAt: '2026-11-21 23:00:00' }, 'renewAt', NO_TOKEN],
    ['a token version that is not a number', { tokenVersion: '1' }, 'tokenVersion', NO_TOKEN],
    ['no issuedFor', { issuedFor: undefined }, 'issuedFor', NO_TOKEN],
    ['an unknown broker', { issuedFor: { ...ISSUED_FOR, broker: 'none' } }, 'issuedFor.broker', NO_TOKEN],
    ['an unknown health', { health: 'fine' }, 'health', {}],
    ['paused: "yes"', { paused: 'yes' }, 'paused', {}],
    ['a pending request without a time', { pending: { forced: {} } }, 'pending.forced.since', {}],
    ['a rejected key without a code', { refused: { since: JSON_STATE.issuedAt } }, 'refused.code', {}],
    ['a last call that is not a time', { lastCallAt: 'noon' }, 'lastCallAt', { lastCallAt: undefined }],
    ['an unknown outcome', { attempt: { ...ATTEMPT, outcome: 'lost' } }, 'attempt.outcome', NO_ATTEMPT],
    ['an unknown kind of call', { attempt: { ...ATTEMPT, kind: 'verify' } }, 'attempt.kind', NO_ATTEMPT],
    ['a last request without a cause', { lastRequest: { messageId: 'm' } }, 'lastRequest.cause', {}],
    ['an issue call that is not a time', { issues: [JSON_STATE.issuedAt, 7] }, 'issues.1', { issues: [] }],
    ['no issues', { issues: undefined }, 'issues', { issues: [] }],
  ])('returns every field except the damaged field for a state with %s', (_sentence, change, lost, kept) => {
    const { state, unreadable } = parseState(JSON.stringify({ ...JSON_STATE, ...change }));
    expect(unreadable).toContain(`${lost} is not as expected`);
    expect(state).toEqual({ ...SALVAGED, ...kept });
  });

  it.each([{ health: 'dead' }, { health: 'fine', revokedAt: JSON_STATE.issuedAt }])(
    'returns a dead token if the text contains %j',
    (change) => {
      const { state } = parseState(JSON.stringify({ ...JSON_STATE, version: 0, ...change }));
      expect(state.published?.health).toBe('dead');
    },
  );

  it('lists each damaged field once', () => {
    const text = JSON.stringify({ ...JSON_STATE, version: 3, tokenType: '', paused: 'yes' });
    expect(parseState(text).unreadable).toBe(
      'version is not as expected; paused is not as expected; tokenType is not as expected',
    );
  });

  it.each([undefined, 41.5, -1, 0, 'x'])(
    'returns generation 1 for a recovered token with the generation %s',
    (generation) => {
      const { state } = parseState(JSON.stringify({ ...JSON_STATE, version: 0, generation }));
      expect(state).toEqual({ ...SALVAGED, generation: 1 });
    },
  );

  it('returns the valid flags, the pending requests and the last request', () => {
    const since = JSON_STATE.issuedAt;
    const flags = { paused: true, revokeUseless: true, interrupted: true };
    const revoke = { fingerprint: PUBLISHED_TOKEN.fingerprint, reissue: false };
    const refused = { secretVersion: 'v1', code: 'EGW00103', times: 2 };
    const lastRequest = { messageId: 'm-2', cause: 'revoke', action: 'hold', reason: 'Paused' };
    const requestsAt = (at: unknown) => ({
      pending: { forced: { since: at }, revoke: { ...revoke, since: at } },
      refused: { ...refused, since: at, retryAt: at },
      lastRequest: { ...lastRequest, at },
    });
    const text = JSON.stringify({ ...JSON_STATE, ...flags, ...requestsAt(since), version: 'x' });
    expect(parseState(text).state).toMatchObject({ ...flags, ...requestsAt(AT) });
  });

  it('never throws, and returns a state that a write and a read do not change', () => {
    const names = Object.keys({ ...JSON_STATE, ...stateFields, ...publishedSchema.entries });
    const damage = fc.dictionary(fc.constantFrom(...names), fc.jsonValue());
    const damaged = fc
      .tuple(validStateArbitrary, damage)
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

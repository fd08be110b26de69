import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { State } from '../../../lambdas/shared/state.ts';
import { formatState, parseState } from '../../../lambdas/store/state-codec.ts';
import { JSON_STATE, PUBLISHED, STATE } from './sample-state.ts';
import { largestState, legalState } from './states.ts';

describe('formatState and parseState', () => {
  it('writes the fields of the contract, with instants as ISO 8601 in UTC', () => {
    expect(JSON.parse(formatState(STATE))).toEqual(JSON_STATE);
  });

  it('writes instants at any depth as ISO 8601', () => {
    const { published: _, ...rest } = largestState('');
    const text = formatState({ ...rest, published: PUBLISHED });
    expect(text).not.toMatch(/"(?:at|since|\w+At)":\d/);
    expect(text.match(/"2099-12-31T23:59:59\.999Z"/g)?.length).toBeGreaterThan(40);
  });

  it('reads every state back as it was written', () => {
    fc.assert(
      fc.property(legalState, (state) => {
        expect(parseState(formatState(state))).toEqual({ state });
      }),
    );
  });

  it('writes less than 4 KB for every state', () => {
    fc.assert(
      fc.property(legalState, (state) => {
        expect(Buffer.byteLength(formatState(state))).toBeLessThan(4096);
      }),
    );
  });

  it('replaces control characters and unpaired surrogates in a message', () => {
    const attempt = { ...STATE.attempt, message: 'a\nb\ud83d' } as NonNullable<State['attempt']>;
    expect(parseState(formatState({ ...STATE, attempt })).state.attempt?.message).toBe('a b\ufffd');
  });

  it('reads no token from a state of generation 0, which says that there has been none', () => {
    const { state, unreadable } = parseState(JSON.stringify({ ...JSON_STATE, generation: 0 }));
    expect(unreadable).toBeUndefined();
    expect(state).toEqual({ ...STATE, generation: 0, published: undefined });
  });
});

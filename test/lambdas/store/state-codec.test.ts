import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { INITIAL_STATE, type State } from '../../../lambdas/shared/state.ts';
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

  it('writes no token fields before the first token', () => {
    expect(formatState(INITIAL_STATE)).toBe('{"version":2,"generation":0,"issues":[]}');
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

  it.each<[sentence: string, message: string]>([
    ['of Korean letters', '가'.repeat(200)],
    ['of quotation marks', '"'.repeat(200)],
    ['of control characters', '\u0001'.repeat(200)],
    ['of unpaired surrogates', '\ud83d'.repeat(200)],
    ['of emoji', '🙂'.repeat(100)],
  ])('writes less than 4 KB with every field at its largest and a message %s', (_sentence, message) => {
    const text = formatState(largestState(message));
    expect(Buffer.byteLength(text)).toBeLessThan(4096);
    expect(parseState(text).unreadable).toBeUndefined();
  });

  it('replaces control characters and unpaired surrogates in a message', () => {
    const attempt = { ...STATE.attempt, message: 'a\nb\ud83d' } as NonNullable<State['attempt']>;
    expect(parseState(formatState({ ...STATE, attempt })).state.attempt?.message).toBe('a b\ufffd');
  });

  it('reads instants with an offset', () => {
    const text = JSON.stringify({ ...JSON_STATE, lastCallAt: '2026-11-21T09:00:00+09:00' });
    expect(parseState(text)).toEqual({ state: STATE });
  });

  it('reads no token from a state of generation 0, which says that there has been none', () => {
    const { state, unreadable } = parseState(JSON.stringify({ ...JSON_STATE, generation: 0 }));
    expect(unreadable).toBeUndefined();
    expect(state).toEqual({ ...STATE, generation: 0, published: undefined });
  });

  it('ignores fields of a later release', () => {
    expect(parseState(JSON.stringify({ ...JSON_STATE, color: 'blue' }))).toEqual({ state: STATE });
  });

  const FIXTURES = join(import.meta.dirname, '../../fixtures/state');
  it.each(readdirSync(FIXTURES))('reads the state of another release in %s', (file) => {
    const { state, unreadable } = parseState(readFileSync(join(FIXTURES, file), 'utf8'));
    expect(unreadable).toBeUndefined();
    expect(state).toMatchObject({
      generation: 7,
      published: { health: 'live', issuedFor: { broker: 'kis' } },
      issues: [Date.UTC(2026, 10, 23)],
    });
  });
});

import { describe, expect, it } from 'vitest';
import { restored, secretChanged, secretRead, verified } from '../../../lambdas/decision/transitions.ts';
import type { State } from '../../../lambdas/shared/state.ts';
import {
  APP_KEY,
  attempt,
  factsAt,
  HEALTHY,
  HOUR,
  ISSUED_FOR,
  kst,
  OTHER_APP_KEY,
  SECOND,
  SECRET,
  TOKEN,
} from './facts.ts';

const NOW = kst('08:10');
const END = NOW + SECOND;
const changed = { credentialsChanged: { since: 1 } };
const NEW_VERSION = { version: 'v2', appKey: APP_KEY };

describe('A verify call', () => {
  const state: Partial<State> = { attempt: attempt({ at: NOW, outcome: 'unchanged', retryAt: NOW + HOUR }) };
  const facts = (change: Partial<State> = {}, secret: ReturnType<typeof factsAt>['secret'] = SECRET) =>
    factsAt(NOW, { secret, state: { ...state, published: { ...TOKEN, health: 'suspect' }, ...change } });

  it('that finds the token alive lifts a back-off and is stamped', () => {
    expect(verified(facts(), 'alive', END)).toEqual({
      ...HEALTHY,
      verifiedAt: END,
      attempt: { ...state.attempt, retryAt: undefined },
    });
  });

  it('that finds the token alive proves the new version of the secret', () => {
    const proven = verified(
      facts({ pending: { ...changed, forced: { since: 1 } } }, NEW_VERSION),
      'alive',
      END,
    );
    expect(proven.published?.issuedFor).toEqual({ ...ISSUED_FOR, secretVersion: 'v2' });
    expect(proven.pending).toEqual({ forced: { since: 1 } });
  });

  it.each([
    ['of another app key', { version: 'v2', appKey: OTHER_APP_KEY }],
    ['without a usable key', { version: 'v2' }],
  ])('proves nothing of a secret %s', (_which, secret) => {
    const after = verified(facts({ pending: changed }, secret), 'alive', END);
    expect(after.published?.issuedFor).toEqual(ISSUED_FOR);
    expect(after.pending).toEqual(changed);
  });

  it('without an answer changes nothing', () => {
    const { state } = facts();
    expect(verified(facts(), 'unreachable', END)).toEqual(state);
  });

  it('without a verdict proves a token that this invocation issued, and no dead one', () => {
    const issued = { calls: 1, repeats: 0, published: true };
    expect(verified({ ...facts(), done: issued }, 'unclear', END).published?.health).toBe('live');
    const dead = facts({ published: { ...TOKEN, health: 'dead' } });
    expect(verified({ ...dead, done: issued }, 'unclear', END).published?.health).toBe('dead');
    expect(
      verified({ ...facts(), done: { ...issued, published: false } }, 'unclear', END).published?.health,
    ).toBe('suspect');
  });

  it('changes nothing without a token', () => {
    const none = factsAt(NOW, { token: null });
    expect(verified(none, 'alive', END)).toBe(none.state);
  });

  it('is possible before any attempt', () => {
    expect(verified(facts({ attempt: undefined }), 'alive', END).attempt).toBeUndefined();
  });
});

describe('The parameter', () => {
  it('that is restored has a new version under the key of today', () => {
    const facts = factsAt(NOW, { tokenKeyArn: 'arn:other' });
    const published = { ...TOKEN, tokenVersion: 43, issuedFor: { ...ISSUED_FOR, tokenKeyArn: 'arn:other' } };
    expect(restored(facts, 43)).toEqual({ ...HEALTHY, published });
    const none = factsAt(NOW, { token: null });
    expect(restored(none, 43)).toBe(none.state);
  });
});

describe('The secret', () => {
  const read = (secret: Parameters<typeof secretRead>[1], state: Partial<State> = {}) =>
    secretRead(factsAt(NOW, { state }), secret, NOW).pending;

  it('adds a credentialsChanged request if a different version is current', () => {
    expect(read(NEW_VERSION)).toEqual({ credentialsChanged: { since: NOW } });
    expect(read(NEW_VERSION, { pending: { ...changed } })).toEqual(changed);
    expect(read(NEW_VERSION, { pending: { forced: { since: 1 } } })).toEqual({
      forced: { since: 1 },
      credentialsChanged: { since: NOW },
    });
  });

  it('removes the request if its version issued the token', () => {
    expect(read(SECRET, { pending: changed })).toBeUndefined();
    expect(read(SECRET, { pending: { ...changed, forced: { since: 1 } } })).toEqual({ forced: { since: 1 } });
    expect(read(SECRET, { pending: { forced: { since: 1 } } })).toEqual({ forced: { since: 1 } });
  });

  it('keeps the request while it holds no usable key', () => {
    expect(read({ version: 'v2' }, { pending: changed })).toEqual(changed);
    expect(read({ version: 'v2' })).toBeUndefined();
  });

  it('is no request without a token', () => {
    const none = factsAt(NOW, { token: null });
    expect(secretRead(none, NEW_VERSION, NOW)).toBe(none.state);
    expect(secretChanged(none.state, NOW)).toBe(none.state);
  });
});

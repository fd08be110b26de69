import { describe, expect, it } from 'vitest';
import { callStarted } from '../../../lambdas/decision/attempts.ts';
import { issueFailed } from '../../../lambdas/decision/issue-result.ts';
import type { State } from '../../../lambdas/shared/state.ts';
import {
  APP_KEY,
  attempt,
  callStartAt,
  factsAt,
  HEALTHY,
  HOUR,
  kst,
  MALFORMED,
  MINUTE,
  OTHER_APP_KEY,
  REJECTED,
  SECOND,
  TOKEN,
  UNSENT,
} from './facts.ts';

const NOW = kst('08:10');
const END = NOW + SECOND;
const start = callStartAt(NOW);
const facts = (state: Partial<State> = {}) => factsAt(NOW, { state });
const OTHER_KEY = { version: 'v2', appKey: OTHER_APP_KEY };

describe('The start of a call', () => {
  it('of an issue call holds everything that a crash must not lose', () => {
    expect(callStarted(facts({ verifiedAt: NOW - SECOND }), 'issue', start)).toEqual({
      ...HEALTHY,
      published: { ...TOKEN, health: 'suspect' },
      attempt: {
        at: NOW,
        cause: 'schedule',
        messageId: 'm-1',
        kind: 'issue',
        outcome: 'started',
        failures: 1,
      },
      verifiedAt: undefined,
      lastCallAt: NOW + 15 * SECOND,
      calledWith: APP_KEY,
      interrupted: true,
      issues: [TOKEN.issuedAt, NOW],
    });
  });

  it('of a revoke call counts the revocation and no issue', () => {
    const retryAt = NOW + MINUTE;
    const last = attempt({ at: NOW - HOUR, outcome: 'malformed', failures: 2, retryAt });
    const state = callStarted(facts({ attempt: last, verifiedAt: NOW }), 'revoke', start);
    expect(state).toEqual({
      ...HEALTHY,
      published: { ...TOKEN, health: 'suspect', revocations: 1 },
      attempt: { ...start, kind: 'revoke', outcome: 'started', failures: 1, retryAt },
      verifiedAt: undefined,
    });
    expect(callStarted({ ...facts(), state }, 'revoke', start).published?.revocations).toBe(2);
  });

  it('starts the count again with another app key', () => {
    const other = callStarted({ ...facts(), secret: OTHER_KEY }, 'issue', start);
    expect(other).toMatchObject({ calledWith: OTHER_APP_KEY, issues: [NOW] });
    const first = callStarted(facts({ calledWith: undefined }), 'issue', start);
    expect(first).toMatchObject({ calledWith: APP_KEY, issues: [TOKEN.issuedAt, NOW] });
  });

  it.each([[undefined], [{ version: 'v2' }]])(
    'is a defect for an issue call with the secret %o',
    (secret) => {
      const without = { ...facts(), secret };
      expect(() => callStarted(without, 'issue', start)).toThrow('decided without an app key');
      expect(callStarted(without, 'revoke', start).published?.revocations).toBe(1);
    },
  );
});

describe('An issue call that fails', () => {
  it('as rejected keeps the other requests', () => {
    const pending = { forced: { since: 1 }, credentialsChanged: { since: 2 } };
    const state = issueFailed(facts({ pending }), start, REJECTED, END);
    expect(state.pending).toEqual({ credentialsChanged: { since: 2 } });
  });

  it('with an unusable answer is repeated after 5, then every 15 min', () => {
    const first = issueFailed(facts(), start, MALFORMED, END);
    expect(first.attempt).toEqual({
      ...start,
      kind: 'issue',
      outcome: 'malformed',
      message: 'FAKE no expiry',
      failures: 1,
      retryAt: END + 5 * MINUTE,
    });
    const second = issueFailed(
      { ...facts(), state: first },
      start,
      { ...MALFORMED, kind: 'unpublished' },
      END,
    );
    expect(second.attempt).toMatchObject({ outcome: 'unpublished', failures: 2, retryAt: END + 15 * MINUTE });
    const third = issueFailed({ ...facts(), state: second }, start, MALFORMED, END);
    expect(third.attempt).toMatchObject({ outcome: 'malformed', failures: 3, retryAt: END + 15 * MINUTE });
  });

  it('does not count a call for the calls of another app key', () => {
    const state = issueFailed({ ...facts(), secret: OTHER_KEY }, start, REJECTED, END);
    expect(state).toMatchObject({ issues: [], calledWith: OTHER_APP_KEY });
  });

  it.each([
    ['x'.repeat(200), 'x'.repeat(200)],
    ['x'.repeat(201), `${'x'.repeat(199)}…`],
  ])('stores at most 200 characters of its message', (message, stored) => {
    expect(issueFailed(facts(), start, { ...UNSENT, message }, END).attempt?.message).toBe(stored);
  });
});

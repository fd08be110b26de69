import { describe, expect, it } from 'vitest';
import { stateDuringCall } from '../../../lambdas/decision/attempts.ts';
import { stateAfterFailedIssue, stateAfterUnusableSecret } from '../../../lambdas/decision/issue-result.ts';
import type { KeyRejection, State } from '../../../lambdas/shared/state.ts';
import {
  APP_KEY,
  attempt,
  callStartAt,
  changed,
  DAY,
  factsAt,
  forced,
  HEALTHY_STATE,
  HOUR,
  keyRejection,
  kst,
  MALFORMED_ANSWER,
  MINUTE,
  OTHER_APP_KEY,
  PUBLISHED_TOKEN,
  REJECTED_CALL,
  SECOND,
  UNSENT_CALL,
  UNUSABLE_SECRET,
  VERSION_WITH_OTHER_APP_KEY,
} from './facts.ts';

const NOW = kst('08:10');
const END = NOW + SECOND;
const start = callStartAt(NOW);
const facts = (state: Partial<State> = {}) => factsAt(NOW, { state });
const UNPUBLISHED = { ...MALFORMED_ANSWER, kind: 'unpublished' } as const;

describe('The state that is written before a broker call', () => {
  it('contains the attempt, the time of the call and a suspect token if the call is an issue call', () => {
    expect(stateDuringCall(facts({ verifiedAt: NOW - SECOND }), 'issue', start)).toEqual({
      ...HEALTHY_STATE,
      published: { ...PUBLISHED_TOKEN, health: 'suspect' },
      attempt: { ...start, kind: 'issue', outcome: 'started', failures: 1 },
      lastCallAt: NOW + 15 * SECOND,
      interrupted: true,
      issues: [PUBLISHED_TOKEN.issuedAt, NOW],
    });
  });

  it('counts a revocation, and no issue call, if the call is a revoke call', () => {
    const retryAt = NOW + MINUTE;
    const last = attempt({ at: NOW - HOUR, outcome: 'malformed', failures: 2, retryAt });
    const state = stateDuringCall(facts({ attempt: last, verifiedAt: NOW }), 'revoke', start);
    expect(state).toEqual({
      ...HEALTHY_STATE,
      published: { ...PUBLISHED_TOKEN, health: 'suspect', revocations: 1 },
      attempt: { ...start, kind: 'revoke', outcome: 'started', failures: 1, retryAt },
    });
    expect(stateDuringCall({ ...facts(), state }, 'revoke', start).published?.revocations).toBe(2);
  });

  it.each([
    ['a different app key', OTHER_APP_KEY, [NOW]],
    ['an unknown app key', undefined, [PUBLISHED_TOKEN.issuedAt, NOW]],
  ])(
    'counts the issue calls of the current app key if the earlier calls used %s',
    (_key, calledWith, issues) => {
      expect(stateDuringCall(facts({ calledWith }), 'issue', start)).toMatchObject({
        calledWith: APP_KEY,
        issues,
      });
    },
  );

  it.each([[undefined], [UNUSABLE_SECRET]])(
    'cannot be computed for an issue call without a usable secret: %o',
    (secret) => {
      const before = { ...facts(), secret };
      expect(() => stateDuringCall(before, 'issue', start)).toThrow('decided without an app key');
      expect(stateDuringCall(before, 'revoke', start).published?.revocations).toBe(1);
    },
  );
});

describe('An issue call that fails', () => {
  it('because of a rejected app key ends a forced refresh and keeps other requests pending', () => {
    const state = stateAfterFailedIssue(
      facts({ pending: { ...forced, ...changed } }),
      start,
      REJECTED_CALL,
      END,
    );
    expect(state.pending).toEqual(changed);
  });

  it('because of an unusable answer is repeated after 5 min, then every 15 min', () => {
    const first = stateAfterFailedIssue(facts(), start, MALFORMED_ANSWER, END);
    expect(first.attempt).toEqual({
      ...start,
      kind: 'issue',
      outcome: 'malformed',
      message: 'FAKE timeout',
      failures: 1,
      retryAt: END + 5 * MINUTE,
    });
    const second = stateAfterFailedIssue({ ...facts(), state: first }, start, UNPUBLISHED, END);
    expect(second.attempt).toMatchObject({ outcome: 'unpublished', failures: 2, retryAt: END + 15 * MINUTE });
    const third = stateAfterFailedIssue({ ...facts(), state: second }, start, MALFORMED_ANSWER, END);
    expect(third.attempt).toMatchObject({ outcome: 'malformed', failures: 3, retryAt: END + 15 * MINUTE });
  });

  it('because the call was not sent keeps the health of the token and the time of its verify call', () => {
    const state = stateAfterFailedIssue(facts({ verifiedAt: NOW - SECOND }), start, UNSENT_CALL, END);
    expect(state).toMatchObject({ published: PUBLISHED_TOKEN, verifiedAt: NOW - SECOND });
  });

  it('removes the issue calls of a different app key from the daily count', () => {
    const state = stateAfterFailedIssue(
      { ...facts(), secret: VERSION_WITH_OTHER_APP_KEY },
      start,
      REJECTED_CALL,
      END,
    );
    expect(state).toMatchObject({ issues: [], calledWith: OTHER_APP_KEY });
  });

  it.each([
    [UNPUBLISHED, true],
    [MALFORMED_ANSWER, undefined],
  ])('sets the flag "interrupted" only if the token could not be published (%j)', (failure, interrupted) => {
    expect(stateAfterFailedIssue(facts(), start, failure, END).interrupted).toBe(interrupted);
  });

  it.each([
    ['x'.repeat(200), 'x'.repeat(200)],
    ['x'.repeat(201), `${'x'.repeat(199)}…`],
  ])('stores at most 200 characters of the error message', (message, stored) => {
    const state = stateAfterFailedIssue(facts(), start, { ...UNSENT_CALL, message }, END);
    expect(state.attempt?.message).toBe(stored);
  });
});

describe('A rejected app key', () => {
  const reject = (refused?: KeyRejection, failure = REJECTED_CALL) =>
    stateAfterFailedIssue(facts({ refused }), start, failure, END).refused;

  it('is used again after 5 min, after 15 min, and then every 60 min', () => {
    let refused: State['refused'];
    for (const [index, minutes] of [5, 15, 60, 60].entries()) {
      refused = reject(refused);
      const retryAt = END + minutes * MINUTE;
      expect(refused).toEqual({
        secretVersion: 'v1',
        code: 'EGW00103',
        since: END,
        retryAt,
        times: index + 1,
      });
    }
  });

  const rejection = keyRejection({ since: NOW - DAY, retryAt: NOW });
  const otherRejection = { ...rejection, secretVersion: 'v0' };
  const withoutCode = { ...REJECTED_CALL, brokerCode: undefined };
  const kept = { code: 'EGW00103', since: NOW - DAY, times: 2 };
  it.each<[what: string, ...Parameters<typeof reject>, expected: object | undefined]>([
    ['has the code "rejected" if the broker returned no code', undefined, withoutCode, { code: 'rejected' }],
    ['is still recorded with its error code after an outage', rejection, UNSENT_CALL, kept],
    ['is not recorded because of an outage', undefined, UNSENT_CALL, undefined],
    ['of a previous secret is not recorded after an outage', otherRejection, UNSENT_CALL, undefined],
    ['is valid if the broker issued a token that was not published', rejection, UNPUBLISHED, undefined],
  ])('%s', (_what, refused, failure, expected) => {
    expect(reject(refused, failure)).toEqual(expected && expect.objectContaining(expected));
  });
});

describe('An unusable secret', () => {
  it('is recorded like a rejected app key, and causes no broker call', () => {
    const { state } = facts({ pending: { ...forced, ...changed } });
    expect(stateAfterUnusableSecret(state, UNUSABLE_SECRET, start, 'FAKE placeholder')).toEqual({
      ...HEALTHY_STATE,
      refused: { secretVersion: 'v2', code: 'Unconfigured', since: NOW, retryAt: NOW + 5 * MINUTE, times: 1 },
      pending: changed,
      attempt: { ...start, kind: 'issue', outcome: 'unconfigured', message: 'FAKE placeholder', failures: 1 },
    });
  });

  const unconfigured = keyRejection({ code: 'Unconfigured', since: NOW - DAY, retryAt: NOW });
  const record = (state: State) => stateAfterUnusableSecret(state, { version: 'v1' }, start, 'FAKE');

  it('is not recorded again for the same version of the secret', () => {
    const { state } = facts({ refused: unconfigured });
    expect(record(state)).toBe(state);
  });

  const previous = { ...unconfigured, secretVersion: 'v0' };
  const rejected = { ...unconfigured, code: 'EGW00103' };
  it.each<[times: number, when: string, before: Partial<State>, since: number]>([
    [1, 'for a new version of the secret', { refused: previous }, NOW],
    [2, 'for a forced refresh', { refused: unconfigured, pending: forced }, NOW - DAY],
    [2, 'after the broker rejected this version of the secret', { refused: rejected }, NOW - DAY],
  ])('is recorded (times: %i) %s', (times, _when, before, since) => {
    const { refused, pending } = record(facts(before).state);
    expect(refused).toMatchObject({ secretVersion: 'v1', code: 'Unconfigured', since, times });
    expect(pending).toBeUndefined();
  });
});

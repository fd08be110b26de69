import { describe, expect, it } from 'vitest';
import { stateDuringCall } from '../../../lambdas/decision/attempts.ts';
import { stateAfterFailedIssue, stateAfterUnusableSecret } from '../../../lambdas/decision/issue-result.ts';
import type { State } from '../../../lambdas/shared/state.ts';
import {
  APP_KEY,
  attempt,
  callStartAt,
  DAY,
  factsAt,
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
} from './facts.ts';

const NOW = kst('08:10');
const END = NOW + SECOND;
const start = callStartAt(NOW);
const facts = (state: Partial<State> = {}) => factsAt(NOW, { state });
const OTHER_KEY = { version: 'v2', appKey: OTHER_APP_KEY };

describe('The state that is written before a broker call', () => {
  it('contains the attempt, its issue time and a suspect token if the call is an issue call', () => {
    expect(stateDuringCall(facts({ verifiedAt: NOW - SECOND }), 'issue', start)).toEqual({
      ...HEALTHY_STATE,
      published: { ...PUBLISHED_TOKEN, health: 'suspect' },
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
      verifiedAt: undefined,
    });
    expect(stateDuringCall({ ...facts(), state }, 'revoke', start).published?.revocations).toBe(2);
  });

  it('counts only the issue calls of the current app key', () => {
    const other = stateDuringCall({ ...facts(), secret: OTHER_KEY }, 'issue', start);
    expect(other).toMatchObject({ calledWith: OTHER_APP_KEY, issues: [NOW] });
    const first = stateDuringCall(facts({ calledWith: undefined }), 'issue', start);
    expect(first).toMatchObject({ calledWith: APP_KEY, issues: [PUBLISHED_TOKEN.issuedAt, NOW] });
  });

  it.each([[undefined], [{ version: 'v2' }]])(
    'cannot be computed for an issue call without an app key (secret: %o)',
    (secret) => {
      const without = { ...facts(), secret };
      expect(() => stateDuringCall(without, 'issue', start)).toThrow('decided without an app key');
      expect(stateDuringCall(without, 'revoke', start).published?.revocations).toBe(1);
    },
  );
});

describe('An issue call that fails', () => {
  it('because of a rejected app key ends a forced refresh and keeps other requests pending', () => {
    const pending = { forced: { since: 1 }, credentialsChanged: { since: 2 } };
    const state = stateAfterFailedIssue(facts({ pending }), start, REJECTED_CALL, END);
    expect(state.pending).toEqual({ credentialsChanged: { since: 2 } });
  });

  it('because of an unusable answer is repeated after 5 min, then every 15 min', () => {
    const first = stateAfterFailedIssue(facts(), start, MALFORMED_ANSWER, END);
    expect(first.attempt).toEqual({
      ...start,
      kind: 'issue',
      outcome: 'malformed',
      message: 'FAKE no expiry',
      failures: 1,
      retryAt: END + 5 * MINUTE,
    });
    const second = stateAfterFailedIssue(
      { ...facts(), state: first },
      start,
      { ...MALFORMED_ANSWER, kind: 'unpublished' },
      END,
    );
    expect(second.attempt).toMatchObject({ outcome: 'unpublished', failures: 2, retryAt: END + 15 * MINUTE });
    const third = stateAfterFailedIssue({ ...facts(), state: second }, start, MALFORMED_ANSWER, END);
    expect(third.attempt).toMatchObject({ outcome: 'malformed', failures: 3, retryAt: END + 15 * MINUTE });
  });

  it('removes the issue calls of a different app key from the daily count', () => {
    const state = stateAfterFailedIssue({ ...facts(), secret: OTHER_KEY }, start, REJECTED_CALL, END);
    expect(state).toMatchObject({ issues: [], calledWith: OTHER_APP_KEY });
  });

  it.each([
    ['x'.repeat(200), 'x'.repeat(200)],
    ['x'.repeat(201), `${'x'.repeat(199)}…`],
  ])('stores at most 200 characters of the error message', (message, stored) => {
    expect(stateAfterFailedIssue(facts(), start, { ...UNSENT_CALL, message }, END).attempt?.message).toBe(
      stored,
    );
  });
});

const NEAR = kst('08:00');

const STAMP = { at: NEAR, cause: 'schedule', messageId: 'm-1' } as const;
const failure = (kind: 'unavailable' | 'unpublished' | 'malformed') =>
  ({ kind, message: 'FAKE', mayHaveActed: kind !== 'unavailable' }) as const;

describe('The state after an issue call', () => {
  it('has the flag "interrupted" if the token could not be published', () => {
    const before = factsAt(NEAR, { state: { published: PUBLISHED_TOKEN } });
    expect(stateAfterFailedIssue(before, STAMP, failure('unpublished'), NEAR).interrupted).toBe(true);
    expect(stateAfterFailedIssue(before, STAMP, failure('malformed'), NEAR).interrupted).toBeUndefined();
  });
});

describe('A rejected app key', () => {
  const reject = (
    state: Partial<State>,
    failure = REJECTED_CALL,
    secret = { version: 'v1', appKey: APP_KEY },
  ) => stateAfterFailedIssue({ ...facts(state), secret }, start, failure, END).refused;

  it('is used again after 5 min, after 15 min, and then every 60 min', () => {
    const minutes: number[] = [];
    let standing: State['refused'];
    for (let times = 1; times <= 4; times += 1) {
      standing = reject({ refused: standing });
      expect(standing).toMatchObject({ secretVersion: 'v1', code: 'EGW00103', since: END, times });
      minutes.push(((standing?.retryAt ?? 0) - END) / MINUTE);
    }
    expect(minutes).toEqual([5, 15, 60, 60]);
  });

  it('is recorded with the code "rejected" if the broker returned no code', () => {
    expect(reject({}, { ...REJECTED_CALL, brokerCode: undefined })?.code).toBe('rejected');
  });

  it('is still recorded with its error code after an outage', () => {
    const standing = keyRejection({ since: NOW - DAY, retryAt: NOW, times: 1 });
    expect(reject({ refused: standing }, UNSENT_CALL)).toMatchObject({
      code: 'EGW00103',
      since: NOW - DAY,
      times: 2,
    });
  });

  it('is recorded after an outage only if the broker rejected the same version of the secret before the outage', () => {
    expect(reject({}, UNSENT_CALL)).toBeUndefined();
    const standing = keyRejection({ secretVersion: 'v0', retryAt: NOW });
    expect(reject({ refused: standing }, UNSENT_CALL)).toBeUndefined();
  });

  it('is no longer recorded as rejected after the broker issued a token, even if the token could not be published', () => {
    const standing = keyRejection({ retryAt: NOW });
    expect(reject({ refused: standing }, { ...MALFORMED_ANSWER, kind: 'unpublished' })).toBeUndefined();
  });
});

describe('An unusable secret', () => {
  it('is recorded like a rejected app key, although the broker was not called', () => {
    const { state } = facts({ pending: { forced: { since: 1 }, credentialsChanged: { since: 2 } } });
    expect(stateAfterUnusableSecret(state, { version: 'v2' }, start, 'FAKE placeholder')).toEqual({
      ...HEALTHY_STATE,
      refused: { secretVersion: 'v2', code: 'Unconfigured', since: NOW, retryAt: NOW + 5 * MINUTE, times: 1 },
      pending: { credentialsChanged: { since: 2 } },
      attempt: { ...start, kind: 'issue', outcome: 'unconfigured', message: 'FAKE placeholder', failures: 1 },
    });
  });

  it('is recorded again only for a new version of the secret, a forced refresh or a key that the broker had rejected', () => {
    const standing = keyRejection({ code: 'Unconfigured', since: NOW - DAY, retryAt: NOW });
    const again = (version: string, pending?: State['pending'], code = standing.code) => {
      const { state } = facts({ pending, refused: { ...standing, code } });
      return { state, next: stateAfterUnusableSecret(state, { version }, start, 'FAKE') };
    };
    const known = again('v1');
    expect(known.next).toBe(known.state);
    expect(again('v2').next.refused).toMatchObject({ secretVersion: 'v2', since: NOW, times: 1 });
    const forced = { forced: { since: 1 } };
    expect(again('v1', forced).next).toMatchObject({ pending: undefined, refused: { times: 2 } });
    // In the last case, the broker had rejected the key, and then the same version of the secret became
    // unusable.
    expect(again('v1', undefined, 'EGW00103').next.refused).toMatchObject({ code: 'Unconfigured', times: 2 });
  });
});

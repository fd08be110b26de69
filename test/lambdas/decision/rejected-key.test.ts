import { describe, expect, it } from 'vitest';
import { issueFailed, secretUnusable } from '../../../lambdas/decision/issue-result.ts';
import type { State } from '../../../lambdas/shared/state.ts';
import {
  APP_KEY,
  callStartAt,
  DAY,
  factsAt,
  HEALTHY,
  kst,
  MALFORMED,
  MINUTE,
  REJECTED,
  refused,
  SECOND,
  UNSENT,
} from './facts.ts';

const NOW = kst('08:10');
const END = NOW + SECOND;
const start = callStartAt(NOW);
const facts = (state: Partial<State> = {}) => factsAt(NOW, { state });

describe('A rejected app key', () => {
  const reject = (state: Partial<State>, failure = REJECTED, secret = { version: 'v1', appKey: APP_KEY }) =>
    issueFailed({ ...facts(state), secret }, start, failure, END).refused;

  it('is tried again after 5, 15, and then every 60 min', () => {
    const minutes: number[] = [];
    let standing: State['refused'];
    for (let times = 1; times <= 4; times += 1) {
      standing = reject({ refused: standing });
      expect(standing).toMatchObject({ secretVersion: 'v1', code: 'EGW00103', since: END, times });
      minutes.push(((standing?.retryAt ?? 0) - END) / MINUTE);
    }
    expect(minutes).toEqual([5, 15, 60, 60]);
  });

  it('stays rejected through an outage', () => {
    const standing = refused({ since: NOW - DAY, retryAt: NOW, times: 1 });
    expect(reject({ refused: standing }, UNSENT)).toMatchObject({
      code: 'EGW00103',
      since: NOW - DAY,
      times: 2,
    });
  });

  it('is not recorded after an outage alone, or if only another secret version was rejected', () => {
    expect(reject({}, UNSENT)).toBeUndefined();
    const standing = refused({ secretVersion: 'v0', retryAt: NOW });
    expect(reject({ refused: standing }, UNSENT)).toBeUndefined();
  });

  it('is cleared by a token that could not be published', () => {
    const standing = refused({ retryAt: NOW });
    expect(reject({ refused: standing }, { ...MALFORMED, kind: 'unpublished' })).toBeUndefined();
  });
});

describe('An unusable secret', () => {
  it('is a refusal without a call', () => {
    const { state } = facts({ pending: { forced: { since: 1 }, credentialsChanged: { since: 2 } } });
    expect(secretUnusable(state, { version: 'v2' }, start, 'FAKE placeholder')).toEqual({
      ...HEALTHY,
      refused: { secretVersion: 'v2', code: 'Unconfigured', since: NOW, retryAt: NOW + 5 * MINUTE, times: 1 },
      pending: { credentialsChanged: { since: 2 } },
      attempt: { ...start, kind: 'issue', outcome: 'unconfigured', message: 'FAKE placeholder', failures: 1 },
    });
  });

  it('that was found unusable before changes nothing, except for another version or an operator', () => {
    const standing = refused({ code: 'Unconfigured', since: NOW - DAY, retryAt: NOW });
    const again = (version: string, pending?: State['pending'], code = standing.code) => {
      const { state } = facts({ pending, refused: { ...standing, code } });
      return { state, next: secretUnusable(state, { version }, start, 'FAKE') };
    };
    const known = again('v1');
    expect(known.next).toBe(known.state);
    expect(again('v2').next.refused).toMatchObject({ secretVersion: 'v2', since: NOW, times: 1 });
    const forced = { forced: { since: 1 } };
    expect(again('v1', forced).next).toMatchObject({ pending: undefined, refused: { times: 2 } });
    // A key that the broker rejected was removed from the same version.
    expect(again('v1', undefined, 'EGW00103').next.refused).toMatchObject({ code: 'Unconfigured', times: 2 });
  });
});

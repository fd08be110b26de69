import { describe, expect, it } from 'vitest';
import type { Decision } from '../../../lambdas/refresher/decide.ts';
import { type Trouble, timeLeft, troubleOf } from '../../../lambdas/refresher/trouble.ts';
import type { State } from '../../../lambdas/shared/state.ts';
import { attempt, HEALTHY, kst, TOKEN } from './facts.ts';

const NOW = kst('08:30');
const keep: Decision = { action: 'keep', reason: 'Fresh' };
const wait = (reason: 'BudgetSpent' | 'AwaitExpiry'): Decision => ({
  action: 'wait',
  reason,
  until: NOW,
  must: false,
  due: 'NearExpiry',
});
const last = (outcome: NonNullable<State['attempt']>['outcome'], failures = 1): State => ({
  ...HEALTHY,
  attempt: attempt({ at: NOW, outcome, failures }),
});

describe('trouble', () => {
  it.each<[string, State, Decision, Trouble]>([
    ['a published token is fine', HEALTHY, keep, 0],
    ['a credential that has never been tried is fine', { generation: 0, issues: [] }, keep, 0],
    ['the same token back is fine', last('unchanged'), keep, 0],
    ['a revoked token is what was wanted', last('revoked'), keep, 0],
    ['a throttled call is a failed attempt', last('throttled'), keep, 1],
    ['an outage is a failed attempt, however long', last('unavailable', 99), keep, 1],
    ['an attempt that was killed is a failed one', last('started'), keep, 1],
    ['an unusable answer is a failed attempt', last('malformed', 2), keep, 1],
    ['the third in a row needs a person', last('malformed', 3), keep, 2],
    ['a refused write is a failed attempt', last('unpublished', 2), keep, 1],
    ['the third in a row needs a person as well', last('unpublished', 3), keep, 2],
    ['refused keys need a person', last('rejected'), keep, 2],
    ['a secret without a key needs a person', last('unconfigured'), keep, 2],
    ['a spent budget needs a person', HEALTHY, wait('BudgetSpent'), 2],
    ['a dead token that keeps coming back needs a person', { ...last('unchanged'), dead: true }, keep, 2],
  ])('%s', (_sentence, state, decision, trouble) => {
    expect(troubleOf(state, decision)).toBe(trouble);
  });
});

describe('time left', () => {
  it.each<[string, State, Decision, number, { secondsToExpiry: number; headroom: number }]>([
    ['half an hour before the end', HEALTHY, keep, NOW, { secondsToExpiry: 1800, headroom: 1800 }],
    ['at the end', HEALTHY, keep, TOKEN.expiresAt, { secondsToExpiry: 0, headroom: 0 }],
    ['a dead token has none', { ...HEALTHY, dead: true }, keep, NOW, { secondsToExpiry: 0, headroom: 0 }],
    ['nor has no token', { generation: 0, issues: [] }, keep, NOW, { secondsToExpiry: 0, headroom: 0 }],
    [
      'a living token that only waits for its own end raises no alarm',
      HEALTHY,
      wait('AwaitExpiry'),
      NOW,
      { secondsToExpiry: 1800, headroom: 3600 },
    ],
    [
      'once it has ended it does',
      HEALTHY,
      wait('AwaitExpiry'),
      TOKEN.expiresAt,
      { secondsToExpiry: 0, headroom: 0 },
    ],
  ])('%s', (_sentence, state, decision, now, left) => {
    expect(timeLeft(state, decision, 3600, now)).toEqual(left);
  });
});

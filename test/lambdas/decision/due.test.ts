import { describe, expect, it } from 'vitest';
import { findDueReason } from '../../../lambdas/decision/due.ts';
import type { Facts } from '../../../lambdas/decision/facts.ts';
import type { Session } from '../../../lambdas/shared/sessions.ts';
import { APP_KEY, type FactsChange, factsAt, ISSUED_FOR, kst, OTHER_APP_KEY, SECRET } from './facts.ts';

const FRESH = kst('20:00', '2026-11-19');
const NEAR = kst('08:00');
const EXPIRED = kst('09:00');
const nxt: Session[] = [{ preset: 'nxt' }];
const forced = { pending: { forced: { since: 0 } } };
const changed = { pending: { credentialsChanged: { since: 0 } } };

describe('A new token is due', () => {
  it.each<[reason: string, why: string, at: number, change: FactsChange]>([
    ['Interrupted', 'when the state could not be read', FRESH, { unreadable: true }],
    ['Missing', 'when no token has been published yet', FRESH, { token: null }],
    [
      'CredentialsChanged',
      'when the config contains a different broker',
      FRESH,
      { token: { issuedFor: { ...ISSUED_FOR, broker: 'kiwoom' } } },
    ],
    [
      'CredentialsChanged',
      'when the config contains a different market',
      FRESH,
      { config: { market: 'paper' } },
    ],
    [
      'CredentialsChanged',
      'when the config contains a different secret ARN',
      FRESH,
      { config: { secretArn: 'arn:other' }, secret: undefined },
    ],
    [
      'CredentialsChanged',
      'when the secret contains a different app key',
      FRESH,
      { secret: { version: 'v2', appKey: OTHER_APP_KEY } },
    ],
    [
      'CredentialsChanged',
      'when the changed secret contains no usable app key',
      FRESH,
      { secret: { version: 'v2' }, state: changed, token: {} },
    ],
    ['ParameterLost', 'when the parameter cannot be restored', FRESH, { parameter: 'lost' }],
    ['TokenDead', 'when the published token is dead', FRESH, { token: { health: 'dead' } }],
    ['Expired', 'when the published token expires', EXPIRED, {}],
    ['NearExpiry', 'at renewAt', NEAR, {}],
    [
      'NearExpiryFailOpen',
      'when the renewal margin starts during a session',
      NEAR,
      { config: { sessions: nxt } },
    ],
  ])('with the reason %s %s', (due, _why, now, change) => {
    expect(findDueReason(factsAt(now, change), now)).toEqual({ due });
  });

  it('with the first reason in the order of DUE_REASONS if several reasons apply', () => {
    let facts: Facts = factsAt(EXPIRED, {
      unreadable: true,
      parameter: 'lost',
      secret: { version: 'v2', appKey: OTHER_APP_KEY },
      token: { health: 'dead' },
    });
    facts = { ...facts, state: { ...facts.state, ...forced } };
    const reasons: (string | undefined)[] = [];
    const cured: ((of: Facts) => Facts)[] = [
      (of) => ({ ...of, unreadable: false }),
      (of) => ({ ...of, secret: SECRET }),
      (of) => ({ ...of, parameter: 'ours' }),
      (of) => {
        const token = of.state.published;
        return { ...of, state: { ...of.state, published: token && { ...token, health: 'live' as const } } };
      },
      (of) => ({ ...of, state: { ...of.state, pending: undefined } }),
    ];
    for (const cure of cured) {
      reasons.push(findDueReason(facts, EXPIRED).due);
      facts = cure(facts);
    }
    reasons.push(findDueReason(facts, EXPIRED).due, findDueReason(facts, NEAR).due);
    expect(reasons).toEqual([
      'Interrupted',
      'CredentialsChanged',
      'ParameterLost',
      'TokenDead',
      'Forced',
      'Expired',
      'NearExpiry',
    ]);
  });
});

describe('No new token is due', () => {
  it.each<[reason: string, why: string, at: number, change: FactsChange]>([
    ['Fresh', 'before renewAt', NEAR - 1, {}],
    [
      'Fresh',
      'during a session before the renewal margin starts',
      kst('07:59'),
      { config: { sessions: nxt }, token: { renewAt: kst('05:00') } },
    ],
    ['Fresh', 'while a changed secret has not been read', FRESH, { secret: undefined, state: {} }],
    [
      'Fresh',
      'for a new version of the secret with the same app key',
      FRESH,
      { secret: { version: 'v2', appKey: APP_KEY } },
    ],
    ['StillAlive', 'after a verify call with the verdict "alive"', FRESH, { done: { verdict: 'alive' } }],
    ['Unverified', 'after a verify call with the verdict "unclear"', FRESH, { done: { verdict: 'unclear' } }],
    ['Unverified', 'while a suspect token has not been verified', FRESH, { token: { health: 'suspect' } }],
    ['AlreadyReplaced', 'for a report of an earlier generation', FRESH, { staleReport: true }],
    [
      'AlreadyReplaced',
      'for a report of an earlier generation even if the token is suspect',
      FRESH,
      { staleReport: true, token: { health: 'suspect' } },
    ],
  ])('and the reason is %s %s', (keep, _why, now, change) => {
    expect(findDueReason(factsAt(now, change), now)).toEqual({ keep });
  });
});

import { describe, expect, it } from 'vitest';
import { findDueReason } from '../../../lambdas/decision/due.ts';
import type { Session } from '../../../lambdas/shared/sessions.ts';
import {
  changed,
  EXPIRY,
  type FactsChange,
  FRESH,
  factsAt,
  forced,
  ISSUED_FOR,
  kst,
  NEAR,
  NEW_VERSION,
  UNUSABLE_SECRET,
  VERSION_WITH_OTHER_APP_KEY,
  VERSION_WITH_OTHER_APP_SECRET,
} from './facts.ts';

const nxt: Session[] = [{ preset: 'nxt' }];
const dead = { health: 'dead' } as const;
const suspect = { health: 'suspect' } as const;
const OTHER_BROKER = { issuedFor: { ...ISSUED_FOR, broker: 'kiwoom' } } as const;
const changedSecret = { secret: UNUSABLE_SECRET, state: { pending: changed } };
const missed = { config: { sessions: nxt }, token: { renewAt: kst('05:00') } };
const OTHER_ARN = { secretArn: 'arn:other' };
const due = (now: number, change: FactsChange) => findDueReason(factsAt(now, change), now);

describe('A new token is due', () => {
  it.each<[reason: string, why: string, at: number, change: FactsChange]>([
    ['Interrupted', 'when the state could not be read', FRESH, { unreadable: true }],
    ['Missing', 'when no token has been published yet', FRESH, { token: null }],
    ['CredentialsChanged', 'for a different broker', FRESH, { token: OTHER_BROKER }],
    ['CredentialsChanged', 'for a different market', FRESH, { config: { market: 'paper' } }],
    ['CredentialsChanged', 'for a different secret ARN', FRESH, { config: OTHER_ARN, secret: undefined }],
    ['CredentialsChanged', 'for a different app key', FRESH, { secret: VERSION_WITH_OTHER_APP_KEY }],
    ['CredentialsChanged', 'for a different app secret', FRESH, { secret: VERSION_WITH_OTHER_APP_SECRET }],
    ['CredentialsChanged', 'for a changed secret without a usable app key', FRESH, changedSecret],
    ['ParameterLost', 'when the parameter cannot be restored', FRESH, { parameter: 'lost' }],
    ['TokenDead', 'when the published token is dead', FRESH, { token: dead }],
    ['Expired', 'when the published token expires', EXPIRY, {}],
    ['NearExpiry', 'at renewAt', NEAR, {}],
    ['NearExpiryFailOpen', 'when the margin starts in a session', NEAR, { config: { sessions: nxt } }],
  ])('for the reason "%s" %s', (reason, _why, now, change) => {
    expect(due(now, change)).toEqual({ due: reason });
  });

  it('for the first reason in the order of DUE_REASONS if several reasons apply', () => {
    const causes: [reason: string, change: FactsChange][] = [
      ['Interrupted', { unreadable: true }],
      ['CredentialsChanged', { secret: VERSION_WITH_OTHER_APP_KEY }],
      ['ParameterLost', { parameter: 'lost' }],
      ['TokenDead', { token: dead }],
      ['Forced', { state: { pending: forced } }],
      ['Expired', {}],
    ];
    const reasons = causes.map((_, index) => {
      const remainingChanges = causes.slice(index).map(([, change]) => change);
      return due(EXPIRY, Object.assign({}, ...remainingChanges)).due;
    });
    expect(reasons).toEqual(causes.map(([reason]) => reason));
  });
});

describe('The published token', () => {
  it.each<[reason: string, why: string, at: number, change: FactsChange]>([
    ['Fresh', 'before renewAt', NEAR - 1, {}],
    ['Fresh', 'during a session before the renewal margin starts', kst('07:59'), missed],
    ['Fresh', 'while a changed secret has not been read', FRESH, { ...changedSecret, secret: undefined }],
    ['Fresh', 'for a new version of the secret with the same app key', FRESH, { secret: NEW_VERSION }],
    ['StillAlive', 'after a verify call with the verdict "alive"', FRESH, { done: { verdict: 'alive' } }],
    ['Unverified', 'after a verify call with the verdict "unclear"', FRESH, { done: { verdict: 'unclear' } }],
    ['Unverified', 'while a suspect token has not been verified', FRESH, { token: suspect }],
    ['AlreadyReplaced', 'for a report of an earlier generation', FRESH, { staleReport: true }],
    ['AlreadyReplaced', 'even if the token is suspect', FRESH, { staleReport: true, token: suspect }],
  ])('is kept for the reason "%s" %s', (keep, _why, now, change) => {
    expect(due(now, change)).toEqual({ keep });
  });
});

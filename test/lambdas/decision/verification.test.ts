import { describe, expect, it } from 'vitest';
import { decide } from '../../../lambdas/decision/decide.ts';
import {
  APP_KEY,
  type FactsChange,
  factsAt,
  ISSUED_FOR,
  kst,
  MINUTE,
  OTHER_APP_KEY,
  SECOND,
  TOKEN,
} from './facts.ts';

/** The token is due from 08:00 and expires at 09:00; two thirds of the margin are left at 08:20. */
const FRESH = kst('20:30', '2026-11-19');
const NEAR = kst('08:00');
const suspect = { health: 'suspect' as const };
const changed = { pending: { credentialsChanged: { since: 0 } } };
const NEW_VERSION = { version: 'v2', appKey: APP_KEY };
const decided = (now: number, change: FactsChange = {}) => decide(factsAt(now, change), now);

describe('A suspect token', () => {
  it('is verified before a new one is due', () => {
    expect(decided(FRESH, { token: suspect })).toEqual({ action: 'verify', reason: 'Suspect' });
    expect(decided(NEAR, { token: suspect })).toEqual({ action: 'verify', reason: 'Suspect' });
  });

  it.each<[what: string, now: number, change: FactsChange, reason: string]>([
    ['expired', kst('09:00'), {}, 'Expired'],
    ['lost its parameter', FRESH, { parameter: 'lost' }, 'ParameterLost'],
    [
      'belongs to another key',
      FRESH,
      { secret: { version: 'v2', appKey: OTHER_APP_KEY } },
      'CredentialsChanged',
    ],
  ])('is not verified once it %s', (_what, now, change, reason) => {
    expect(decided(now, { ...change, token: suspect })).toEqual({ action: 'issue', reason });
  });

  it.each<[verdict: 'unclear' | 'unreachable', decision: object]>([
    ['unclear', { action: 'keep', reason: 'Unverified' }],
    ['unreachable', { action: 'wait', reason: 'BrokerUnhealthy', until: FRESH + 5 * MINUTE, due: undefined }],
  ])('with the verdict %s stays in use before its renewal', (verdict, decision) => {
    expect(decided(FRESH, { token: suspect, done: { verdict } })).toMatchObject(decision);
  });

  it('is verified on reports at most once in 60 s', () => {
    const verifiedAt = FRESH;
    const at = (now: number) => decided(now, { state: { verifiedAt, published: { ...TOKEN, ...suspect } } });
    expect(at(FRESH + 60 * SECOND - 1)).toMatchObject({ action: 'keep', reason: 'Unverified' });
    expect(at(FRESH + 60 * SECOND)).toEqual({ action: 'verify', reason: 'Suspect' });
  });

  it('is verified when the last verify call has a stamp from the future', () => {
    const at = (verifiedAt: number) =>
      decided(FRESH, { state: { verifiedAt, published: { ...TOKEN, ...suspect } } });
    expect(at(FRESH + 60 * SECOND)).toMatchObject({ action: 'keep' });
    expect(at(FRESH + 60 * SECOND + 1)).toEqual({ action: 'verify', reason: 'Suspect' });
  });
});

describe('Another version of the secret with the same app key', () => {
  it('is verified once', () => {
    const change = { secret: NEW_VERSION, state: changed };
    expect(decided(FRESH, change)).toEqual({ action: 'verify', reason: 'SecretVersion' });
    expect(decided(FRESH, { ...change, done: { verdict: 'alive' } })).toMatchObject({
      action: 'keep',
      reason: 'StillAlive',
    });
    expect(decided(FRESH, { ...change, done: { verdict: 'unclear' } })).toMatchObject({
      action: 'keep',
      reason: 'Unverified',
    });
  });

  it('is verified although a report was answered a moment ago', () => {
    const state = { ...changed, verifiedAt: FRESH, published: { ...TOKEN, ...suspect } };
    expect(decided(FRESH, { secret: NEW_VERSION, state })).toEqual({
      action: 'verify',
      reason: 'SecretVersion',
    });
  });

  it('does not keep a token of another app key', () => {
    const change = { secret: { version: 'v2', appKey: OTHER_APP_KEY }, state: changed };
    expect(decided(FRESH, change)).toEqual({ action: 'issue', reason: 'CredentialsChanged' });
  });

  it('is not verified for a credential with another broker, market or secret', () => {
    const token = { issuedFor: { ...ISSUED_FOR, secretArn: 'arn:other' } };
    expect(decided(FRESH, { token })).toEqual({ action: 'issue', reason: 'CredentialsChanged' });
  });
});

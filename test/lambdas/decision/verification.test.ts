import { describe, expect, it } from 'vitest';
import { decide } from '../../../lambdas/decision/decide.ts';
import { APP_KEY, type FactsChange, factsAt, kst, OTHER_APP_KEY, SECOND, TOKEN } from './facts.ts';

/** The token is due from 08:00 and expires at 09:00; two thirds of the margin are left at 08:20. */
const FRESH = kst('20:30', '2026-11-19');
const suspect = { health: 'suspect' as const };
const changed = { pending: { credentialsChanged: { since: 0 } } };
const NEW_VERSION = { version: 'v2', appKey: APP_KEY };
const decided = (now: number, change: FactsChange = {}) => decide(factsAt(now, change), now);

describe('A suspect token', () => {
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
});

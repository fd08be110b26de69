import { describe, expect, it } from 'vitest';
import { stateAfterIssue } from '../../../lambdas/decision/issue-result.ts';
import {
  APP_KEY,
  callStartAt,
  changed,
  DAY,
  type FactsChange,
  FINGERPRINT,
  factsAt,
  forced,
  HEALTHY_STATE,
  HOUR,
  ISSUED_FOR,
  kst,
  MINUTE,
  NEW_VERSION,
  OTHER_APP_KEY,
  OTHER_FINGERPRINT,
  PUBLISHED_TOKEN,
  receivedToken,
  revocation,
  SECOND,
} from './facts.ts';

const NOW = kst('08:10');
const END = NOW + SECOND;
const start = callStartAt(NOW);

describe('A new token', () => {
  const replace = (change: FactsChange, issuedAt?: number) => {
    const token = receivedToken(OTHER_FINGERPRINT, NOW + DAY, issuedAt);
    return stateAfterIssue(factsAt(NOW, change), start, token, END);
  };

  it('starts a new generation and removes completed requests', () => {
    const pending = { ...forced, ...changed, ...revocation(true) };
    const token = { revokedAt: NOW, revocations: 2, returnedAgain: 3 };
    expect(replace({ token, state: { pending } })).toEqual({
      ...HEALTHY_STATE,
      generation: 42,
      published: {
        fingerprint: OTHER_FINGERPRINT,
        tokenType: 'Bearer',
        issuedAt: END,
        expiresAt: NOW + DAY,
        renewAt: NOW + 23 * HOUR,
        tokenVersion: 42,
        health: 'live',
        issuedFor: ISSUED_FOR,
      },
      lastCallAt: END,
      issues: [PUBLISHED_TOKEN.issuedAt, NOW],
      attempt: { ...start, kind: 'issue', outcome: 'published', failures: 0 },
    });
  });

  it('has generation 1 if no token was published before', () => {
    const published = { health: 'live', issuedFor: ISSUED_FOR };
    expect(replace({ token: null })).toMatchObject({ generation: 1, published });
  });

  it.each([
    ['the instant in the token', NOW - MINUTE, NOW - MINUTE],
    ['the end of the call, when the broker has a clock that is ahead', END + HOUR, END],
  ])('gets as issue time %s', (_what, issuedAt, expected) => {
    expect(replace({}, issuedAt).published?.issuedAt).toBe(expected);
  });

  it.each([
    ['keeps', 'of the same app key', APP_KEY, true],
    ['clears', 'of a different app key', OTHER_APP_KEY, undefined],
  ])('%s the flag revokeUseless if the token is %s', (_what, _key, appKey, revokeUseless) => {
    const state = replace({ state: { revokeUseless: true }, secret: { version: 'v2', appKey } });
    expect(state.revokeUseless).toBe(revokeUseless);
    expect(state.published?.issuedFor).toEqual({ ...ISSUED_FOR, secretVersion: 'v2', appKey });
  });
});

describe('A token that the broker returns again', () => {
  const issueAgain = (now: number, change: FactsChange, issuedAt?: number) => {
    const token = receivedToken(FINGERPRINT, PUBLISHED_TOKEN.expiresAt, issuedAt);
    return stateAfterIssue(factsAt(now, change), callStartAt(now), token, now);
  };

  it('keeps the generation, and gets the current secret version and KMS key in the field issuedFor', () => {
    const expiresAt = PUBLISHED_TOKEN.expiresAt + HOUR;
    const state = { pending: { ...changed, ...forced } };
    const facts = factsAt(NOW, { secret: NEW_VERSION, tokenKeyArn: 'arn:other', state });
    expect(stateAfterIssue(facts, start, receivedToken(FINGERPRINT, expiresAt), END)).toEqual({
      ...HEALTHY_STATE,
      published: {
        ...PUBLISHED_TOKEN,
        expiresAt,
        renewAt: PUBLISHED_TOKEN.renewAt + HOUR,
        tokenVersion: 42,
        issuedFor: { ...ISSUED_FOR, secretVersion: 'v2', tokenKeyArn: 'arn:other' },
        returnedAgain: 1,
      },
      lastCallAt: END,
      issues: [PUBLISHED_TOKEN.issuedAt, NOW],
      attempt: { ...start, kind: 'issue', outcome: 'unchanged', failures: 0 },
    });
  });

  it.each<[when: string, now: number, token: object, lastCallAt: number | undefined, times?: number]>([
    ['not before renewAt', kst('08:00') - 1, {}, PUBLISHED_TOKEN.issuedAt],
    ['at renewAt', kst('08:00'), {}, PUBLISHED_TOKEN.issuedAt, 1],
    ['the first time, independent of the last call', kst('08:00'), {}, kst('07:59'), 1],
    ['once in 30 min', kst('08:30'), { returnedAgain: 1 }, kst('08:00') + 1, 1],
    ['again after 30 min', kst('08:30'), { returnedAgain: 1 }, kst('08:00'), 2],
    ['again when the last call is not known', kst('08:30'), { returnedAgain: 1 }, undefined, 2],
  ])('is counted in returnedAgain %s', (_when, now, token, lastCallAt, times) => {
    expect(issueAgain(now, { token, state: { lastCallAt } }).published?.returnedAgain).toBe(times);
  });

  it.each([
    ['the end of the call', NOW + 2 * MINUTE, undefined, NOW],
    ['the instant in the token', NOW + 2 * MINUTE, NOW - HOUR, NOW - HOUR],
    ['the stored time, if this time is at most 60 s ahead', NOW + MINUTE, NOW, NOW + MINUTE],
  ])('whose stored issue time is in the future gets as issue time %s', (_what, issuedAt, stated, result) => {
    expect(issueAgain(NOW, { token: { issuedAt } }, stated).published?.issuedAt).toBe(result);
  });
});

import { describe, expect, it } from 'vitest';
import { stateAfterIssue } from '../../../lambdas/decision/issue-result.ts';
import type { PublishedToken, State } from '../../../lambdas/shared/state.ts';
import {
  APP_KEY,
  callStartAt,
  DAY,
  FINGERPRINT,
  factsAt,
  HEALTHY_STATE,
  HOUR,
  ISSUED_FOR,
  kst,
  MINUTE,
  OTHER_APP_KEY,
  OTHER_FINGERPRINT,
  PUBLISHED_TOKEN,
  receivedToken,
  SECOND,
} from './facts.ts';

const NOW = kst('08:10');
const END = NOW + SECOND;
const start = callStartAt(NOW);
const changed = { credentialsChanged: { since: 1 } };
const NEW_VERSION = { version: 'v2', appKey: APP_KEY };

describe('A new token', () => {
  const replace = (
    facts: ReturnType<typeof factsAt>,
    life: Parameters<typeof receivedToken>[1] = { expiresAt: NOW + DAY },
  ) => stateAfterIssue(facts, start, receivedToken(OTHER_FINGERPRINT, life), END);

  it('starts a new generation and removes completed requests', () => {
    const pending = {
      forced: { since: 1 },
      ...changed,
      revoke: { fingerprint: FINGERPRINT, reissue: true, since: 1 },
    };
    const token = { revokedAt: NOW, revocations: 2, returnedAgain: 3 };
    const state = replace(factsAt(NOW, { state: { pending, published: { ...PUBLISHED_TOKEN, ...token } } }));
    expect(state).toEqual({
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
      pending: undefined,
      revokeUseless: undefined,
      refused: undefined,
      verifiedAt: undefined,
    });
  });

  it('has generation 1 if no token was published before', () => {
    const state = replace(factsAt(NOW, { token: null }));
    expect(state).toMatchObject({ generation: 1, published: { health: 'live', issuedFor: ISSUED_FOR } });
  });

  it.each([
    ['the instant in the token', NOW - MINUTE, NOW - MINUTE],
    ['the end of the call, when the broker has a clock that is ahead', END + HOUR, END],
  ])('has as its issue time %s', (_what, issuedAt, expected) => {
    const state = replace(factsAt(NOW), { issuedAt, expiresAt: NOW + DAY });
    expect(state.published?.issuedAt).toBe(expected);
  });

  it.each([
    ['keeps', 'of the same app key', APP_KEY, true],
    ['clears', 'of a different app key', OTHER_APP_KEY, undefined],
  ])(
    '%s the flag revokeUseless (revocation has no effect) if it is %s',
    (_what, _which, appKey, revokeUseless) => {
      const facts = factsAt(NOW, { state: { revokeUseless: true }, secret: { version: 'v2', appKey } });
      const state = replace(facts);
      expect(state.revokeUseless).toBe(revokeUseless);
      expect(state.published?.issuedFor).toEqual({ ...ISSUED_FOR, secretVersion: 'v2', appKey });
    },
  );
});

describe('A token that the broker returns again', () => {
  const back = (
    token: Partial<PublishedToken>,
    now = NOW,
    state: Partial<State> = {},
    life: Parameters<typeof receivedToken>[1] = PUBLISHED_TOKEN,
  ) =>
    stateAfterIssue(
      factsAt(now, { state: { ...state, published: { ...PUBLISHED_TOKEN, ...token } } }),
      callStartAt(now),
      receivedToken(FINGERPRINT, life),
      now,
    );

  it('keeps its generation, but its field issuedFor gets the current secret version and KMS key', () => {
    const facts = factsAt(NOW, {
      secret: NEW_VERSION,
      tokenKeyArn: 'arn:other',
      state: { pending: { ...changed, forced: { since: 1 } } },
    });
    const state = stateAfterIssue(
      facts,
      start,
      receivedToken(FINGERPRINT, { expiresAt: PUBLISHED_TOKEN.expiresAt + HOUR }),
      END,
    );
    expect(state).toEqual({
      ...HEALTHY_STATE,
      published: {
        ...PUBLISHED_TOKEN,
        expiresAt: PUBLISHED_TOKEN.expiresAt + HOUR,
        renewAt: PUBLISHED_TOKEN.renewAt + HOUR,
        tokenVersion: 42,
        issuedFor: { ...ISSUED_FOR, secretVersion: 'v2', tokenKeyArn: 'arn:other' },
        returnedAgain: 1,
      },
      lastCallAt: END,
      issues: [PUBLISHED_TOKEN.issuedAt, NOW],
      attempt: { ...start, kind: 'issue', outcome: 'unchanged', failures: 0 },
      pending: undefined,
      refused: undefined,
    });
  });

  it.each([
    ['not before renewAt', kst('08:00') - 1, {}, {}, undefined],
    ['at renewAt', kst('08:00'), {}, {}, 1],
    ['the first time, independent of the last call', kst('08:00'), {}, { lastCallAt: kst('07:59') }, 1],
    ['once in 30 min', kst('08:30'), { returnedAgain: 1 }, { lastCallAt: kst('08:00') + 1 }, 1],
    ['again after 30 min', kst('08:30'), { returnedAgain: 1 }, { lastCallAt: kst('08:00') }, 2],
    [
      'again when the last call is not known',
      kst('08:30'),
      { returnedAgain: 1 },
      { lastCallAt: undefined },
      2,
    ],
  ])('is counted in returnedAgain %s', (_when, now, token, state, times) => {
    expect(back(token, now, state).published?.returnedAgain).toBe(times);
  });

  it('gets a new issue time if the stored issue time is in the future', () => {
    const issuedAt = NOW + 2 * MINUTE;
    const { expiresAt } = PUBLISHED_TOKEN;
    expect(back({ issuedAt }, NOW, {}, { expiresAt }).published?.issuedAt).toBe(NOW);
    expect(back({ issuedAt: NOW + MINUTE }).published?.issuedAt).toBe(NOW + MINUTE);
    expect(back({ issuedAt }, NOW, {}, { expiresAt, issuedAt: NOW - HOUR }).published?.issuedAt).toBe(
      NOW - HOUR,
    );
  });
});

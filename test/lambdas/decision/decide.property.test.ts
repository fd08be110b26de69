import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../../lambdas/decision/decide.ts';
import { type Facts, VERDICTS } from '../../../lambdas/decision/facts.ts';
import { failureLevel, timeLeft } from '../../../lambdas/decision/failure-level.ts';
import { HEALTH, OUTCOMES, RECORDED_CALLS } from '../../../lambdas/shared/state.ts';
import {
  APP_KEY,
  attempt,
  DAY,
  FINGERPRINT,
  factsAt,
  KIS,
  KIWOOM,
  keyRejection,
  kst,
  MINUTE,
  OTHER_APP_KEY,
  OTHER_FINGERPRINT,
  PUBLISHED_TOKEN,
} from './facts.ts';

const NOW = kst('12:00');
/** Generates instants around `now`. Near instants are as likely as distant instants. */
const instant = fc
  .oneof(fc.integer({ min: -2 * MINUTE, max: 2 * MINUTE }), fc.integer({ min: -2 * DAY, max: 2 * DAY }))
  .map((offset) => NOW + offset);
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const flag = fc.constantFrom(true as const, undefined);
const since = fc.record({ since: instant });
const version = fc.constantFrom('v1', 'v2');
const appKey = fc.constantFrom(APP_KEY, OTHER_APP_KEY, undefined);

const published = fc
  .record({
    issuedAt: instant,
    expiresAt: instant,
    renewAt: instant,
    health: fc.constantFrom(...HEALTH),
    revokedAt: maybe(instant),
    revocations: maybe(fc.nat(3)),
    returnedAgain: maybe(fc.nat(3)),
    returnedDead: flag,
  })
  // After a confirmed revocation, the token cannot be live.
  .map((token) => ({
    ...PUBLISHED_TOKEN,
    ...token,
    ...(token.health === 'live' && { revokedAt: undefined }),
  }));

const revoke = fc.record({
  fingerprint: fc.constantFrom(FINGERPRINT, OTHER_FINGERPRINT, undefined),
  reissue: fc.boolean(),
  since: instant,
});

const lastAttempt = fc.record({
  at: instant,
  kind: fc.constantFrom(...RECORDED_CALLS),
  outcome: fc.constantFrom(...OUTCOMES),
  failures: fc.nat(9),
  retryAt: maybe(instant),
});

const state = fc.record({
  generation: fc.nat(5),
  published: maybe(published),
  revokeUseless: flag,
  paused: flag,
  pending: maybe(
    fc.record({ forced: maybe(since), credentialsChanged: maybe(since), revoke: maybe(revoke) }),
  ),
  refused: maybe(
    fc
      .record({ secretVersion: version, since: instant, retryAt: instant, times: fc.nat(5) })
      .map(keyRejection),
  ),
  lastCallAt: maybe(instant),
  calledWith: appKey,
  issues: fc.array(instant, { maxLength: 32 }),
  attempt: maybe(lastAttempt.map(attempt)),
  verifiedAt: maybe(instant),
});

const anyFacts = fc
  .record({
    config: fc.record({
      sessions: fc.constantFrom([], [{ preset: 'nxt' as const }]),
      maxIssuesPerDay: fc.integer({ min: 2, max: 32 }),
      renewEarly: fc.constantFrom('revoke' as const, 'wait' as const, undefined),
    }),
    contract: fc.constantFrom(KIS, KIWOOM),
    state,
    unreadable: fc.boolean(),
    parameter: fc.constantFrom('ours' as const, 'changed' as const, 'lost' as const),
    staleReport: fc.boolean(),
    secretVersion: fc.constantFrom(undefined, 'v1'),
    secret: maybe(fc.record({ version, appKey })),
    done: fc.record({
      calls: fc.nat(3),
      repeats: fc.nat(9),
      verdict: maybe(fc.constantFrom(...VERDICTS)),
      returned: fc.boolean(),
      published: fc.boolean(),
      revoked: fc.constantFrom(undefined, FINGERPRINT, OTHER_FINGERPRINT),
    }),
  })
  .map((change) => factsAt(NOW, change));

/** Adds the rejection that the refresher records when it reads a secret without a usable app key. */
function withKeyRejection(facts: Facts): Facts {
  const { secret, state } = facts;
  if (secret === undefined || secret.appKey !== undefined) return facts;
  const rejection = state.refused ?? keyRejection({ retryAt: NOW });
  return { ...facts, state: { ...state, refused: { ...rejection, secretVersion: secret.version } } };
}

function holds(check: (facts: Facts) => void): void {
  fc.assert(fc.property(anyFacts.map(withKeyRejection), check), { numRuns: 2000 });
}

describe('For any state and any time, the decision', () => {
  it('is returned without an error, and every wait ends in the future', () => {
    holds((facts) => {
      const decision = decide(facts, NOW);
      if (decision.action === 'wait') expect(decision.until).toBeGreaterThan(NOW);
      expect([0, 1, 2]).toContain(failureLevel(facts, decision, NOW));
      const { secondsToExpiry, headroom } = timeLeft(facts, decision, NOW);
      expect(secondsToExpiry).toBeGreaterThanOrEqual(0);
      expect(headroom).toBeGreaterThanOrEqual(secondsToExpiry);
    });
  });

  it('is never a broker call if the credential is paused or the secret was not read', () => {
    holds((facts) => {
      const isCall = ['issue', 'revoke', 'verify'].includes(decide(facts, NOW).action);
      if (isCall) expect([facts.state.paused, facts.secret]).toEqual([undefined, expect.anything()]);
    });
  });

  it('is never an issue call within the minimum interval or without a usable app key', () => {
    holds((facts) => {
      if (decide(facts, NOW).action !== 'issue') return;
      const { lastCallAt = 0 } = facts.state;
      const isFromFuture = lastCallAt > NOW + MINUTE;
      if (!isFromFuture) expect(NOW - lastCallAt).toBeGreaterThanOrEqual(facts.contract.minimumInterval);
      expect(facts.secret?.appKey).toBeDefined();
    });
  });

  it('never revokes a revoked token, and revokes a live token in a session only on request', () => {
    holds(({ state, config, ...facts }) => {
      const decision = decide({ state, config, ...facts }, NOW);
      if (decision.action !== 'revoke') return;
      const { revokedAt, revocations = 0, health, expiresAt } = state.published ?? {};
      expect(revokedAt).toBeUndefined();
      if (decision.reason === 'Requested') return;
      expect(revocations).toBeLessThan(3);
      const isLiveInSession = health === 'live' && config.sessions.length > 0;
      if (isLiveInSession) expect(expiresAt, 'Friday at 12:00 is in the session').toBeLessThanOrEqual(NOW);
    });
  });

  it('is never a second verify call in an invocation that already has a verdict', () => {
    holds((facts) => {
      if (facts.done.verdict !== undefined) expect(decide(facts, NOW).action).not.toBe('verify');
    });
  });
});

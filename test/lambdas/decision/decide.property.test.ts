import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../../lambdas/decision/decide.ts';
import { type Facts, VERDICTS } from '../../../lambdas/decision/facts.ts';
import { failureLevel, timeLeft } from '../../../lambdas/decision/failure-level.ts';
import { CAUSES } from '../../../lambdas/shared/message.ts';
import { HEALTH, OUTCOMES, RECORDED_CALLS, type State } from '../../../lambdas/shared/state.ts';
import {
  APP_KEY,
  CONFIG,
  DAY,
  FINGERPRINT,
  HOUR,
  ISSUED_FOR,
  KIS,
  KIWOOM,
  kst,
  MINUTE,
  OTHER_APP_KEY,
  OTHER_FINGERPRINT,
} from './facts.ts';

const NOW = kst('12:00');
/** Generates instants around `now`. Near instants are as likely as distant instants. */
const instant = fc
  .oneof(fc.integer({ min: -2 * MINUTE, max: 2 * MINUTE }), fc.integer({ min: -2 * DAY, max: 2 * DAY }))
  .map((offset) => NOW + offset);
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const flag = fc.constantFrom(true as const, undefined);
const since = fc.record({ since: instant });

const published = fc
  .record({
    fingerprint: fc.constant(FINGERPRINT),
    tokenType: fc.constant('Bearer'),
    issuedAt: instant,
    expiresAt: instant,
    renewAt: instant,
    tokenVersion: fc.constant(1),
    health: fc.constantFrom(...HEALTH),
    issuedFor: fc.constant(ISSUED_FOR),
    revokedAt: maybe(instant),
    revocations: maybe(fc.nat(3)),
    returnedAgain: maybe(fc.nat(3)),
    returnedDead: flag,
  })
  // After a confirmed revocation, the token cannot be live.
  .map((token) => ({ ...token, revokedAt: token.health === 'live' ? undefined : token.revokedAt }));

const state: fc.Arbitrary<State> = fc.record({
  generation: fc.nat(5),
  published: maybe(published),
  revokeUseless: flag,
  paused: flag,
  pending: maybe(
    fc.record({
      forced: maybe(since),
      credentialsChanged: maybe(since),
      revoke: maybe(
        fc.record({
          fingerprint: fc.constantFrom(FINGERPRINT, OTHER_FINGERPRINT, undefined),
          reissue: fc.boolean(),
          since: instant,
        }),
      ),
    }),
  ),
  refused: maybe(
    fc.record({
      secretVersion: fc.constantFrom('v1', 'v2'),
      code: fc.constant('FAKE'),
      since: instant,
      retryAt: instant,
      times: fc.nat(5),
    }),
  ),
  lastCallAt: maybe(instant),
  calledWith: fc.constantFrom(APP_KEY, OTHER_APP_KEY, undefined),
  issues: fc.array(instant, { maxLength: 32 }),
  attempt: maybe(
    fc.record({
      at: instant,
      cause: fc.constantFrom(...CAUSES),
      messageId: fc.constant('m'),
      kind: fc.constantFrom(...RECORDED_CALLS),
      outcome: fc.constantFrom(...OUTCOMES),
      failures: fc.nat(9),
      retryAt: maybe(instant),
    }),
  ),
  verifiedAt: maybe(instant),
});

const anyFacts: fc.Arbitrary<Facts> = fc.record({
  config: fc
    .record({
      sessions: fc.constantFrom([], [{ preset: 'nxt' as const }]),
      maxIssuesPerDay: fc.integer({ min: 2, max: 32 }),
      renewEarly: fc.constantFrom('revoke' as const, 'wait' as const, undefined),
    })
    .map((change) => ({ ...CONFIG, ...change })),
  contract: fc.constantFrom(KIS, KIWOOM),
  state,
  unreadable: fc.boolean(),
  tokenKeyArn: fc.constant(ISSUED_FOR.tokenKeyArn),
  parameter: fc.constantFrom('ours' as const, 'changed' as const, 'lost' as const),
  staleReport: fc.boolean(),
  secretVersion: fc.constantFrom(undefined, 'v1'),
  secret: maybe(
    fc.record({
      version: fc.constantFrom('v1', 'v2'),
      appKey: fc.constantFrom(APP_KEY, OTHER_APP_KEY, undefined),
    }),
  ),
  done: fc.record({
    calls: fc.nat(3),
    repeats: fc.nat(9),
    verdict: maybe(fc.constantFrom(...VERDICTS)),
    returned: fc.boolean(),
    published: fc.boolean(),
    revoked: fc.constantFrom(undefined, FINGERPRINT, OTHER_FINGERPRINT),
  }),
  invocationStartedAt: fc.constant(NOW),
  deadline: fc.constant(NOW + HOUR / 8),
});

/** Adds the rejection that the refresher records when it reads a secret without a usable app key. */
function withKeyRejection(facts: Facts): Facts {
  const { secret, state } = facts;
  if (secret === undefined || secret.appKey !== undefined) return facts;
  const refusal = state.refused ?? { code: 'Unconfigured', since: NOW, retryAt: NOW, times: 1 };
  return { ...facts, state: { ...state, refused: { ...refusal, secretVersion: secret.version } } };
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
      const { action } = decide(facts, NOW);
      const isCall = action === 'issue' || action === 'revoke' || action === 'verify';
      if (isCall) expect([facts.state.paused, facts.secret]).toEqual([undefined, expect.anything()]);
    });
  });

  it('is never an issue call within the minimum interval or without a usable app key', () => {
    holds((facts) => {
      const { state, secret, contract } = facts;
      if (decide(facts, NOW).action !== 'issue') return;
      const last = state.lastCallAt;
      if (last !== undefined && last <= NOW + MINUTE)
        expect(NOW - last).toBeGreaterThanOrEqual(contract.minimumInterval);
      expect(secret?.appKey).toBeDefined();
    });
  });

  it('never revokes a revoked token, and revokes a live token in a session only on request', () => {
    holds((facts) => {
      const decision = decide(facts, NOW);
      if (decision.action !== 'revoke') return;
      expect(facts.state.published?.revokedAt).toBeUndefined();
      if (decision.reason === 'Requested') return;
      expect(facts.state.published?.revocations ?? 0).toBeLessThan(3);
      if (facts.state.published?.health === 'live' && facts.config.sessions.length > 0)
        expect(facts.state.published.expiresAt, 'a Friday at 12:00 is in the session').toBeLessThanOrEqual(
          NOW,
        );
    });
  });

  it('is never a second verify call in an invocation that already has a verdict', () => {
    holds((facts) => {
      if (facts.done.verdict !== undefined) expect(decide(facts, NOW).action).not.toBe('verify');
    });
  });
});

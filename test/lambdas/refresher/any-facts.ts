import fc from 'fast-check';
import type { Facts } from '../../../lambdas/refresher/decide.ts';
import { CAUSES } from '../../../lambdas/shared/message.ts';
import { OUTCOMES, type State, WISHES } from '../../../lambdas/shared/state.ts';
import { CONFIG, KIS, KIWOOM } from './facts.ts';

const instant = fc.integer({ min: 0, max: 4e12 });
const version = fc.constantFrom('v1', 'v2');
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

const anyState: fc.Arbitrary<State> = fc.record({
  generation: fc.nat(5),
  published: optional(
    fc.record({
      fingerprint: fc.constant('0123456789ab'),
      tokenType: fc.constant('Bearer'),
      issuedAt: instant,
      expiresAt: instant,
      renewAt: instant,
      secretVersion: version,
    }),
  ),
  dead: optional(fc.constant(true as const)),
  paused: optional(fc.constant(true as const)),
  wanted: optional(
    fc.record({ reason: fc.constantFrom(...WISHES), generation: optional(fc.nat(6)), since: instant }),
  ),
  lastCallAt: optional(instant),
  attempt: optional(
    fc.record({
      at: instant,
      cause: fc.constantFrom(...CAUSES),
      messageId: fc.constant('m'),
      outcome: fc.constantFrom(...OUTCOMES),
      failures: fc.nat(9),
      secretVersion: version,
      retryAt: optional(instant),
    }),
  ),
  issues: fc.array(instant, { maxLength: 32 }),
});

/** Anything that could be handed to the decision, sensible or not. */
export const anyFacts: fc.Arbitrary<Facts> = fc.record({
  config: fc
    .record({
      sessions: fc.constantFrom([], [{ preset: 'nxt' as const }]),
      maxIssuesPerDay: fc.integer({ min: 1, max: 32 }),
    })
    .map((change) => ({ ...CONFIG, ...change })),
  contract: fc.constantFrom(KIS, KIWOOM),
  state: anyState,
  unreadable: fc.boolean(),
  message: fc.record({ cause: fc.constantFrom(...CAUSES), generation: optional(fc.nat(6)) }),
  secretVersion: optional(version),
  verdict: optional(fc.constantFrom('alive' as const, 'unknown' as const)),
});

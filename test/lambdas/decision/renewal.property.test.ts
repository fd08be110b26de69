import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planRenewal } from '../../../lambdas/decision/renewal.ts';
import { protectedTimeStart } from '../../../lambdas/decision/trading-hours.ts';
import type { Session } from '../../../lambdas/shared/sessions.ts';
import { DAY, HOUR, kst, MINUTE } from './facts.ts';

describe('The planned renewal for any token and any sessions', () => {
  const clock = fc
    .tuple(fc.nat(23), fc.nat(59))
    .map((parts) => parts.map((n) => String(n).padStart(2, '0')).join(':'));
  const session: fc.Arbitrary<Session> = fc.oneof(
    fc.constantFrom<Session>({ preset: 'krx' }, { preset: 'nxt' }, { preset: 'us' }),
    fc
      .record({
        days: fc.uniqueArray(fc.constantFrom('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'), {
          minLength: 1,
        }),
        from: clock,
        to: clock,
        timeZone: fc.constantFrom('Asia/Seoul', 'America/New_York', 'UTC'),
      })
      .filter(({ from, to }) => from !== to),
  );
  const token = fc
    .tuple(
      fc.integer({ min: kst('00:00', '2026-01-01'), max: kst('00:00', '2027-01-01') }),
      fc.integer({ min: 1, max: 3 * DAY }),
    )
    .map(([issuedAt, length]) => ({ issuedAt, expiresAt: issuedAt + length }));
  const anyRules = fc.record({
    renewBefore: fc.integer({ min: MINUTE, max: 12 * HOUR }),
    checkEvery: fc.integer({ min: MINUTE, max: 60 * MINUTE }),
    sessions: fc.array(session, { maxLength: 3 }),
    reuseWindow: fc.constantFrom(undefined, 6 * HOUR),
    marginShare: fc.constantFrom(1 / 2, 1 / 4),
  });

  it('is at the latest instant that satisfies every rule, or at the start of the margin if no instant satisfies every rule', () => {
    fc.assert(
      fc.property(token, anyRules, fc.double({ min: 0, max: 1, noNaN: true }), (life, rule, share) => {
        const { renewAt, ignoresSessions } = planRenewal(life, rule);
        const margin = Math.min(
          rule.renewBefore,
          Math.floor((life.expiresAt - life.issuedAt) * rule.marginShare),
        );
        const latest = life.expiresAt - margin;
        const earliest = life.issuedAt + (rule.reuseWindow ?? 0);
        const lead = Math.max(rule.checkEvery + 2 * MINUTE, 30 * MINUTE);
        const free = (at: number) => protectedTimeStart(at, rule.sessions, lead) === undefined;

        if (ignoresSessions) {
          expect(renewAt).toBe(latest);
          const any = earliest + Math.floor(share * Math.max(0, latest - earliest));
          if (earliest <= latest) expect(free(any)).toBe(false);
        } else {
          expect(renewAt).toBeGreaterThanOrEqual(earliest);
          expect(renewAt).toBeLessThanOrEqual(latest);
          expect(free(renewAt)).toBe(true);
          const later = renewAt + 1 + Math.floor(share * (latest - renewAt - 1));
          if (renewAt < latest) expect(free(Math.min(later, latest))).toBe(false);
        }
      }),
      { numRuns: 300 },
    );
  });
});

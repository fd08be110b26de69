import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planRenewal, type RenewalRules, renewalDue } from '../../../lambdas/decision/renewal.ts';
import { protectedTimeStart } from '../../../lambdas/decision/trading-hours.ts';
import { type Session, WEEKDAYS } from '../../../lambdas/shared/sessions.ts';
import { DAY, HOUR, kst, MINUTE } from './facts.ts';

const rules = (change: Partial<RenewalRules> = {}): RenewalRules => ({
  renewBefore: HOUR,
  checkEvery: 5 * MINUTE,
  sessions: [],
  reuseWindow: 6 * HOUR,
  marginShare: 1 / 2,
  ...change,
});
const nxt = rules({ sessions: [{ preset: 'nxt' }] });

describe('A token is renewed', () => {
  const life = (issuedAt: number, hours: number) => ({ issuedAt, expiresAt: issuedAt + hours * HOUR });
  const yesterday = (time: string) => life(kst(time, '2026-11-19'), 24);
  const kiwoom = rules({ reuseWindow: undefined, marginShare: 1 / 4, renewBefore: 3 * HOUR });
  const rareTicks = { ...nxt, checkEvery: 40 * MINUTE };
  const always = rules({
    sessions: [
      { days: WEEKDAYS, from: '00:00', to: '12:00', timeZone: 'UTC' },
      { days: WEEKDAYS, from: '12:00', to: '00:00', timeZone: 'UTC' },
    ],
  });

  it.each<[when: string, ReturnType<typeof life>, RenewalRules, renewAt: number]>([
    ['an hour before its expiry', life(kst('02:00'), 24), rules(), kst('01:00', '2026-11-21')],
    ['after three quarters of its lifetime at Kiwoom', life(kst('02:00'), 4), kiwoom, kst('05:00')],
    ['30 min before the session that its margin starts in', yesterday('12:00'), nxt, kst('07:30') - 1],
    ['2 min and a longer check interval before a session', yesterday('12:00'), rareTicks, kst('07:18') - 1],
    ['at the end of a session', yesterday('21:00'), nxt, kst('20:00')],
    ['after the reuse window, before a session', life(kst('01:30') - 1, 10), nxt, kst('07:30') - 1],
  ])('%s', (_when, token, rule, renewAt) => {
    expect(planRenewal(token, rule)).toEqual({ renewAt, ignoresSessions: false });
  });

  it.each<[when: string, ReturnType<typeof life>, RenewalRules, renewAt: number]>([
    ['the reuse window ends after the start of a lead', life(kst('01:30'), 10), nxt, kst('10:30')],
    ['sessions cover the whole day', life(kst('04:00'), 24), always, kst('03:00', '2026-11-21')],
    ['its lifetime is shorter than the reuse window', life(kst('04:00'), 4), rules(), kst('07:00')],
  ])('at its margin, possibly in a session, if %s', (_when, token, rule, renewAt) => {
    expect(planRenewal(token, rule)).toEqual({ renewAt, ignoresSessions: true });
  });
});

describe('A renewal', () => {
  const token = (renewAt: string, expiresAt: string) => ({
    issuedAt: kst('12:00', '2026-11-19'),
    renewAt: kst(renewAt),
    expiresAt: kst(expiresAt),
  });

  it.each([
    ['19:59:59', 'no'],
    ['20:00', 'due'],
  ])('that was missed before a session is due at the end of the session (at %s: "%s")', (time, due) => {
    expect(renewalDue(token('07:00', '23:00'), nxt, kst(time))).toBe(due);
  });

  it.each([
    [kst('11:00') - 1, 'no'],
    [kst('11:00'), 'due'],
    [kst('12:00'), 'due'],
  ])('is due at and after renewAt if no sessions are configured (at %i: %s)', (now, due) => {
    expect(renewalDue(token('11:00', '12:00'), rules(), now)).toBe(due);
  });
});

it('The planned renewal is at the latest instant that satisfies every rule, or at the start of the margin if no instant satisfies every rule', () => {
  const clock = fc
    .tuple(fc.nat(23), fc.nat(59))
    .map((parts) => parts.map((n) => String(n).padStart(2, '0')).join(':'));
  const ownHours = fc
    .record({
      days: fc.uniqueArray(fc.constantFrom(...WEEKDAYS), { minLength: 1 }),
      from: clock,
      to: clock,
      timeZone: fc.constantFrom('Asia/Seoul', 'America/New_York', 'UTC'),
    })
    .filter(({ from, to }) => from !== to);
  const presets = fc.constantFrom<Session>({ preset: 'krx' }, { preset: 'nxt' }, { preset: 'us' });
  const token = fc
    .tuple(
      fc.integer({ min: kst('00:00', '2026-01-01'), max: kst('00:00', '2027-01-01') }),
      fc.integer({ min: 1, max: 3 * DAY }),
    )
    .map(([issuedAt, length]) => ({ issuedAt, expiresAt: issuedAt + length }));
  const anyRules = fc.record({
    renewBefore: fc.integer({ min: MINUTE, max: 12 * HOUR }),
    checkEvery: fc.integer({ min: MINUTE, max: 60 * MINUTE }),
    sessions: fc.array(fc.oneof(presets, ownHours), { maxLength: 3 }),
    reuseWindow: fc.constantFrom(undefined, 6 * HOUR),
    marginShare: fc.constantFrom(1 / 2, 1 / 4),
  });
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const planIsLatest = fc.property(token, anyRules, share, (life, rule, share) => {
    const { renewAt, ignoresSessions } = planRenewal(life, rule);
    const lifetime = life.expiresAt - life.issuedAt;
    const latest = life.expiresAt - Math.min(rule.renewBefore, Math.floor(lifetime * rule.marginShare));
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
  });
  fc.assert(planIsLatest, { numRuns: 300 });
});

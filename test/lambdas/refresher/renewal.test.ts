import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failsOpen, planRenewal, type RenewalRules } from '../../../lambdas/refresher/renewal.ts';
import { protectedSince } from '../../../lambdas/refresher/session-hours.ts';
import type { Session } from '../../../lambdas/shared/sessions.ts';
import { DAY, HOUR, kst, MINUTE } from './facts.ts';

const rules = (change: Partial<RenewalRules> = {}): RenewalRules => ({
  renewBefore: HOUR,
  checkEvery: 5 * MINUTE,
  sessions: [],
  reuseWindow: 6 * HOUR,
  ...change,
});
const nxt: Session[] = [{ preset: 'nxt' }];
const always: Session[] = [
  { days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: '00:00', to: '12:00', timeZone: 'UTC' },
  { days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: '12:00', to: '00:00', timeZone: 'UTC' },
];
const life = (issuedAt: number, hours: number) => ({ issuedAt, expiresAt: issuedAt + hours * HOUR });

describe('when a token is renewed', () => {
  it.each<[string, ReturnType<typeof life>, RenewalRules, number, boolean]>([
    ['an hour before its end', life(kst('02:00'), 24), rules(), kst('01:00', '2026-11-21'), false],
    [
      'with its margin, half a day before',
      life(kst('02:00'), 24),
      rules({ renewBefore: 12 * HOUR }),
      kst('14:00'),
      false,
    ],
    [
      'never with more than half of its life left',
      life(kst('02:00'), 4),
      rules({ renewBefore: 12 * HOUR, reuseWindow: undefined }),
      kst('04:00'),
      false,
    ],
    [
      'before the session rather than in it, an interval and two minutes early',
      life(kst('12:00', '2026-11-19'), 24),
      rules({ sessions: nxt }),
      kst('07:53') - 1,
      false,
    ],
    [
      'the last instant before the protected time is free',
      { issuedAt: kst('08:53', '2026-11-19') - 1, expiresAt: kst('08:53') - 1 },
      rules({ sessions: nxt }),
      kst('07:53') - 1,
      false,
    ],
    [
      'the end of a session is free',
      life(kst('21:00', '2026-11-19'), 24),
      rules({ sessions: nxt }),
      kst('20:00'),
      false,
    ],
    [
      'a millisecond before its end is not',
      { issuedAt: kst('21:00', '2026-11-19') - 1, expiresAt: kst('21:00') - 1 },
      rules({ sessions: nxt }),
      kst('07:53') - 1,
      false,
    ],
    [
      'at the weekend there is no session',
      life(kst('12:00'), 24),
      rules({ sessions: nxt }),
      kst('11:00', '2026-11-21'),
      false,
    ],
    [
      'in the session all the same if the reuse window leaves nothing before it',
      life(kst('04:00'), 8),
      rules({ sessions: nxt }),
      kst('11:00'),
      true,
    ],
    [
      'under sessions round the clock it fails open',
      life(kst('04:00'), 24),
      rules({ sessions: always }),
      kst('03:00', '2026-11-21'),
      true,
    ],
    ['a life shorter than the window fails open', life(kst('04:00'), 4), rules(), kst('07:00'), true],
    [
      'a token of three months is renewed an hour before its end',
      life(kst('04:00'), 90 * 24),
      rules(),
      kst('03:00') + 90 * DAY,
      false,
    ],
  ])('%s', (_sentence, token, rule, renewAt, failedOpen) => {
    expect(planRenewal(token, rule)).toEqual({ renewAt, failedOpen });
    expect(failsOpen(renewAt, token, rule)).toBe(failedOpen);
  });
});

describe('protected hours', () => {
  const ny: Session = { days: ['sun'], from: '01:00', to: '04:00', timeZone: 'America/New_York' };
  const night: Session = { days: ['fri'], from: '22:30', to: '05:00', timeZone: 'Asia/Seoul' };
  it.each<[string, Session, string, string | undefined]>([
    ['KRX opens at nine in Korea', { preset: 'krx' }, '2026-11-20T00:00:00Z', '2026-11-20T00:00:00Z'],
    ['not a millisecond earlier', { preset: 'krx' }, '2026-11-19T23:59:59.999Z', undefined],
    ['and is over at eight in the evening', { preset: 'krx' }, '2026-11-20T11:00:00Z', undefined],
    ['on Sunday it is closed', { preset: 'krx' }, '2026-11-22T03:00:00Z', undefined],
    [
      'New York opens at 22:30 in Korea in its summer',
      { preset: 'us' },
      '2026-07-01T13:30:00Z',
      '2026-07-01T13:30:00Z',
    ],
    ['and at 23:30 in its winter', { preset: 'us' }, '2026-12-01T13:30:00Z', undefined],
    ['so it does', { preset: 'us' }, '2026-12-01T14:30:00Z', '2026-12-01T14:30:00Z'],
    [
      'a session over midnight belongs to the day it began',
      night,
      '2026-11-20T18:00:00Z',
      '2026-11-20T13:30:00Z',
    ],
    ['and ends in the morning', night, '2026-11-20T20:00:00Z', undefined],
    ['the night before has none', night, '2026-11-19T18:00:00Z', undefined],
    [
      'when New York puts its clocks on, three hours are two',
      ny,
      '2026-03-08T07:59:59Z',
      '2026-03-08T06:00:00Z',
    ],
    ['and they are over an hour earlier', ny, '2026-03-08T08:00:00Z', undefined],
    ['when it puts them back they are four', ny, '2026-11-01T08:59:59Z', '2026-11-01T05:00:00Z'],
    ['and over an hour later', ny, '2026-11-01T09:00:00Z', undefined],
  ])('%s', (_sentence, session, instant, since) => {
    const found = protectedSince(Date.parse(instant), [session], 0);
    expect(found).toBe(since === undefined ? undefined : Date.parse(since));
  });

  it('begin early by the lead, over midnight too', () => {
    const early: Session = { days: ['mon'], from: '00:02', to: '01:00', timeZone: 'Asia/Seoul' };
    const sunday = kst('23:55', '2026-11-22');
    expect(protectedSince(sunday, [early], 7 * MINUTE)).toBe(sunday);
    expect(protectedSince(sunday - 1, [early], 7 * MINUTE)).toBeUndefined();
  });

  it('of several sessions the one that began first counts', () => {
    expect(protectedSince(kst('10:00'), [{ preset: 'krx' }, { preset: 'nxt' }], 0)).toBe(kst('08:00'));
  });
});

describe('for any token and any sessions', () => {
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
    checkEvery: fc.integer({ min: MINUTE, max: 12 * MINUTE }),
    sessions: fc.array(session, { maxLength: 3 }),
    reuseWindow: fc.constantFrom(undefined, 6 * HOUR),
  });

  it('the plan is the latest instant that keeps every rule, or the one before expiry', () => {
    fc.assert(
      fc.property(token, anyRules, fc.double({ min: 0, max: 1, noNaN: true }), (life, rule, share) => {
        const { renewAt, failedOpen } = planRenewal(life, rule);
        const margin = Math.min(rule.renewBefore, Math.floor((life.expiresAt - life.issuedAt) / 2));
        const latest = life.expiresAt - margin;
        const earliest = life.issuedAt + (rule.reuseWindow ?? 0);
        const free = (at: number) =>
          protectedSince(at, rule.sessions, rule.checkEvery + 2 * MINUTE) === undefined;

        expect(failsOpen(renewAt, life, rule)).toBe(failedOpen);
        if (failedOpen) {
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

import { describe, expect, it } from 'vitest';
import { planRenewal, type RenewalRules, renewalDue } from '../../../lambdas/decision/renewal.ts';
import type { Session } from '../../../lambdas/shared/sessions.ts';
import { HOUR, kst, MINUTE } from './facts.ts';

const rules = (change: Partial<RenewalRules> = {}): RenewalRules => ({
  renewBefore: HOUR,
  checkEvery: 5 * MINUTE,
  sessions: [],
  reuseWindow: 6 * HOUR,
  marginShare: 1 / 2,
  ...change,
});
const nxt: Session[] = [{ preset: 'nxt' }];
const always: Session[] = [
  { days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: '00:00', to: '12:00', timeZone: 'UTC' },
  { days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: '12:00', to: '00:00', timeZone: 'UTC' },
];
const life = (issuedAt: number, hours: number) => ({ issuedAt, expiresAt: issuedAt + hours * HOUR });
const kiwoom: Partial<RenewalRules> = { reuseWindow: undefined, marginShare: 1 / 4 };

describe('A token is renewed', () => {
  it.each<[string, ReturnType<typeof life>, RenewalRules, number, boolean]>([
    ['an hour before its expiry', life(kst('02:00'), 24), rules(), kst('01:00', '2026-11-21'), false],
    [
      'no earlier than after three quarters of its lifetime at Kiwoom',
      life(kst('02:00'), 4),
      rules({ ...kiwoom, renewBefore: 3 * HOUR }),
      kst('05:00'),
      false,
    ],
    [
      '30 min before the session that its margin starts in',
      life(kst('12:00', '2026-11-19'), 24),
      rules({ sessions: nxt }),
      kst('07:30') - 1,
      false,
    ],
    [
      'one check interval and 2 min before the session where that is more than 30 min',
      life(kst('12:00', '2026-11-19'), 24),
      rules({ sessions: nxt, checkEvery: 40 * MINUTE }),
      kst('07:18') - 1,
      false,
    ],
    [
      'at the end of a session',
      life(kst('21:00', '2026-11-19'), 24),
      rules({ sessions: nxt }),
      kst('20:00'),
      false,
    ],
    [
      'at the earliest instant after the reuse window, just before a session',
      { issuedAt: kst('01:30') - 1, expiresAt: kst('11:30') },
      rules({ sessions: nxt }),
      kst('07:30') - 1,
      false,
    ],
    [
      'inside the session if the reuse window ends after the start of its lead',
      { issuedAt: kst('01:30'), expiresAt: kst('11:30') },
      rules({ sessions: nxt }),
      kst('10:30'),
      true,
    ],
    [
      'at its margin if sessions cover the whole day',
      life(kst('04:00'), 24),
      rules({ sessions: always }),
      kst('03:00', '2026-11-21'),
      true,
    ],
    [
      'at its margin if its lifetime is shorter than the reuse window',
      life(kst('04:00'), 4),
      rules(),
      kst('07:00'),
      true,
    ],
  ])('%s', (_sentence, token, rule, renewAt, ignoresSessions) => {
    expect(planRenewal(token, rule)).toEqual({ renewAt, ignoresSessions });
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
  ] as const)(
    'that was missed before a session waits for the end of the session: at %s the result is "%s"',
    (time, due) => {
      expect(renewalDue(token('07:00', '23:00'), rules({ sessions: nxt }), kst(time))).toBe(due);
    },
  );

  it('is due at and after renewAt if no sessions are configured', () => {
    const times = [kst('11:00') - 1, kst('11:00'), kst('12:00')];
    expect(times.map((now) => renewalDue(token('11:00', '12:00'), rules(), now))).toEqual([
      'no',
      'due',
      'due',
    ]);
  });
});

import { describe, expect, onTestFinished, test } from 'vitest';
import { planWeek } from '../../cli/explain/week.ts';
import { DAY, HOUR, kst, MINUTE } from '../../cli/time.ts';
import { WEEKDAYS } from '../../lambdas/shared/sessions.ts';
import { SimulatedCloud } from './cloud.ts';
import { runAtConsole } from './console.ts';
import { credential, NOW, withPublishedToken } from './sample-credential.ts';

describe('the planned renewals that the command "explain" prints', () => {
  test('are one hour earlier each day if no sessions are configured', () => {
    const { renewals } = planWeek(credential('kiwoom'), NOW, NOW + 3 * DAY);
    const times = renewals.map(({ at }) => kst(at).slice(5, 16));
    expect(times).toEqual(['11-23 22:00', '11-24 21:00', '11-25 20:00']);
  });

  test('are outside the trading sessions if the sessions leave enough time', () => {
    const { renewals } = planWeek(credential('kis', { sessions: [{ preset: 'nxt' }] }), NOW, NOW + 30 * DAY);
    expect(renewals.length).toBeGreaterThan(29);
    for (const { at, inSession } of renewals) {
      const weekend = [0, 6].includes(new Date(at + 9 * HOUR).getUTCDay());
      const clock = kst(at).slice(11, 16);
      expect(weekend || clock < '08:00' || clock >= '20:00', kst(at)).toBe(true);
      expect(inSession).toBe(false);
    }
  });

  test('are marked as inside a trading session if the sessions cover the whole week', () => {
    const always = { days: WEEKDAYS, from: '00:01', to: '00:00', timeZone: 'Asia/Seoul' };
    const { renewals } = planWeek(credential('kis', { sessions: [always] }), NOW, NOW + 3 * DAY);
    expect(renewals.slice(1).every(({ inSession }) => inSession)).toBe(true);
  });

  test('are at the expiry of each token if the broker returns the same token until the token expires', () => {
    const returning = credential('kiwoom', { renewEarly: 'wait' }, { lastCallAt: NOW - MINUTE });
    const token = { returnedAgain: 1, renewAt: NOW - 2 * MINUTE, expiresAt: NOW + 15 * MINUTE };
    const { renewals, life } = planWeek(withPublishedToken(returning, token), NOW, NOW + 2 * HOUR);
    expect(life).toBe(1.25 * HOUR);
    expect(renewals.map(({ at }) => kst(at))).toEqual(['2026-11-23 00:15:01', '2026-11-23 01:30:02']);
    expect(renewals.every(({ atExpiry }) => atExpiry)).toBe(true);
  });

  test('do not depend on whether the next tick verifies the token', () => {
    const suspect = withPublishedToken(credential('kiwoom'), { health: 'suspect' });
    expect(planWeek(suspect, NOW, NOW + DAY)).toEqual(planWeek(credential('kiwoom'), NOW, NOW + DAY));
  });

  test('are empty while the credential is paused', () => {
    const paused = withPublishedToken(credential('kis', {}, { paused: true }), { health: 'dead' });
    expect(planWeek(paused, NOW, NOW + 7 * DAY).renewals).toEqual([]);
  });

  test('are at three quarters of the lifetime if a Kiwoom token is valid for two hours', () => {
    const short = withPublishedToken(credential('kiwoom'), { expiresAt: NOW + HOUR, renewAt: NOW });
    const { renewals, life } = planWeek(short, NOW, NOW + DAY);
    expect({ life, count: renewals.length }).toEqual({ life: 2 * HOUR, count: 16 });
  });
});

test('the command "explain --at" shows the next action after the given time, the reasons, and the renewals of seven days', async () => {
  const cloud = await SimulatedCloud.start();
  onTestFinished(() => cloud.stop());
  await cloud.tick('kis-main');
  const { code, out } = await runAtConsole(cloud, ['explain', 'kis-main', '--at', '+23h'], {
    columns: 100,
  });
  expect(code).toBe(0);
  expect(out).toContain('if nothing changes before');
  expect(out).toMatch(/verifies the token at KIS and requests a new one {2}verify BeforeCall/);
  expect(out).toMatch(
    /Planned renewals, outside the sessions if possible \(nxt 08:00–20:00 Asia\/Seoul, mon–fri\):/,
  );
  const renewalLines = out.match(/^ {2}(Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d\d-\d\d \d\d:\d\d$/gm);
  expect(renewalLines?.length).toBeGreaterThan(4);
  const narrow = await runAtConsole(cloud, ['explain', 'kis-main'], { columns: 40 });
  expect(narrow.out.split('\n').filter((line) => line.length > 40)).toEqual([]);
  const { out: json } = await runAtConsole(cloud, ['explain', 'kis-main', '--json']);
  const answer = JSON.parse(json) as { renewals: unknown[] };
  expect(answer).toMatchObject({
    decision: { action: 'keep', reason: 'Fresh' },
    refresh: { will: 'refuse' },
  });
  expect(answer.renewals.length).toBeGreaterThanOrEqual(6);
});

import { describe, expect, test } from 'vitest';
import { callRoll } from '../../../lambdas/rollcall/roll-call.ts';
import type { CredentialConfig } from '../../../lambdas/shared/credential.ts';
import { NO_STATE, type State } from '../../../lambdas/shared/state.ts';
import type { AddedCredential } from '../../../lambdas/store/roster.ts';
import { attempt, CONFIG, HEALTHY, kst, MINUTE, TOKEN } from '../refresher/facts.ts';

const NOBODY: ReadonlySet<string> = new Set();

/** One that was added a day ago and has a token that lives until 09:00. */
function one(
  id: string,
  change: Partial<AddedCredential> & { readonly settings?: Partial<CredentialConfig> } = {},
) {
  const { settings, ...rest } = change;
  const config: CredentialConfig = { ...CONFIG, id, managedBy: 'operator', ...settings };
  return {
    id,
    config,
    state: HEALTHY,
    unreadable: false,
    since: TOKEN.issuedAt,
    ...rest,
  } satisfies AddedCredential;
}

const stateWith = (change: Partial<State>): State => ({ ...HEALTHY, ...change });
const roll = (now: string, ...credentials: readonly AddedCredential[]) =>
  callRoll(credentials, NOBODY, kst(now));

describe('the roll call', () => {
  test('says that all is well while nobody has come near the margin, and where there is nobody', () => {
    const calm = { headroom: 100, trouble: 0, expiring: [], failing: [], needPerson: [], unattended: [] };
    expect(roll('07:00', one('a'), one('b'))).toEqual({ ...calm, credentials: 2 });
    expect(roll('07:00')).toEqual({ ...calm, credentials: 0 });
  });

  test('tells the least share of its own margin that anybody has left', () => {
    // 40 minutes are two thirds of an hour, and a third of two.
    expect(roll('08:20', one('a')).headroom).toBeCloseTo(66.7, 1);
    const longer = one('b', { settings: { renewBeforeSeconds: 7200 } });
    expect(roll('08:20', one('a'), longer)).toMatchObject({ expiring: ['b'], credentials: 2 });
    expect(roll('08:20', one('a'), longer).headroom).toBeCloseTo(33.3, 1);
  });

  test('knows nothing of looks: one that nobody looks at any more runs out and is told', () => {
    expect(roll('08:31', one('a')).expiring).toEqual(['a']);
    expect(roll('09:01', one('a'))).toMatchObject({ headroom: 0, expiring: ['a'] });
  });

  test('a token that a broker keeps to its end is no reason for alarm while it lives', () => {
    const waiting = one('kiwoom-2', {
      settings: { broker: 'kiwoom' },
      state: stateWith({
        attempt: attempt({ at: kst('08:00'), outcome: 'unchanged', retryAt: kst('09:00') }),
        lastCallAt: kst('08:00'),
      }),
    });
    expect(roll('08:50', waiting)).toMatchObject({ headroom: 100, trouble: 0 });
    expect(roll('09:01', waiting)).toMatchObject({ headroom: 0, expiring: ['kiwoom-2'] });
  });

  test.each([
    ['an outage', attempt({ at: kst('08:05'), outcome: 'unavailable' }), 1, { failing: ['b'] }],
    ['refused keys', attempt({ at: kst('08:05'), outcome: 'rejected' }), 2, { needPerson: ['b'] }],
    [
      'a secret without a key',
      attempt({ at: kst('08:05'), outcome: 'unconfigured' }),
      2,
      { needPerson: ['b'] },
    ],
  ] as const)('tells the worst trouble of anybody: %s', (_, last, trouble, who) => {
    const troubled = one('b', { state: stateWith({ attempt: last }) });
    expect(roll('08:06', one('a'), troubled, one('c'))).toMatchObject({ trouble, ...who });
  });

  test('a config that cannot be understood needs a person', () => {
    expect(roll('07:00', one('a'), one('b', {}), { ...one('c'), config: undefined })).toMatchObject({
      trouble: 2,
      headroom: 0,
      needPerson: ['c'],
    });
  });

  test('one without ticks is told before its token runs out, as a failure', () => {
    expect(callRoll([one('a'), one('b')], new Set(['b']), kst('07:00'))).toMatchObject({
      headroom: 100,
      trouble: 1,
      failing: ['b'],
      unattended: ['b'],
    });
  });

  test('one that is paused is as somebody wants it', () => {
    expect(roll('08:50', one('a', { state: stateWith({ paused: true, dead: true }) }))).toMatchObject({
      headroom: 100,
      trouble: 0,
    });
  });

  test('a new one may wait for its key for a quarter of an hour', () => {
    const since = kst('07:00');
    const state = { ...NO_STATE, attempt: attempt({ at: since, outcome: 'unconfigured' }) };
    const fresh = one('a', { since, state });
    expect(callRoll([fresh], NOBODY, since + 14 * MINUTE)).toMatchObject({ headroom: 100, trouble: 0 });
    expect(callRoll([fresh], NOBODY, since + 16 * MINUTE)).toMatchObject({ headroom: 0, trouble: 2 });
  });

  test('new settings hide no trouble of one that has had a token', () => {
    const dead = one('a', { since: kst('08:59'), state: stateWith({ dead: true }) });
    expect(callRoll([dead], NOBODY, kst('08:59') + MINUTE).expiring).toEqual(['a']);
  });
});

import { describe, expect, test } from 'vitest';
import { checkFleet } from '../../../lambdas/fleet-monitor/check-fleet.ts';
import type { CredentialConfig } from '../../../lambdas/shared/credential.ts';
import { INITIAL_STATE, type PublishedToken, type State } from '../../../lambdas/shared/state.ts';
import type { FleetCredential } from '../../../lambdas/store/list-credentials.ts';
import { CONFIG, healthyState, lastAttempt, publishedToken } from '../../sample-state.ts';

const NONE: ReadonlySet<string> = new Set();
const MINUTE = 60_000;
const kst = (time: string, date = '2026-11-20') => Date.parse(`${date}T${time}:00+09:00`);
/** The token expires at 09:00 KST on 2026-11-20 and is renewed from 08:00. */
const ISSUED = kst('09:00', '2026-11-19');

type Change = Partial<FleetCredential> & { readonly settings?: Partial<CredentialConfig> };

/** A credential that was added a day ago and has a token that expires at 09:00. */
function fleetCredential(id: string, { settings, ...rest }: Change = {}): FleetCredential {
  const config: CredentialConfig = { ...CONFIG, id, managedBy: 'operator', ...settings };
  return { id, config, state: healthyState(ISSUED), unreadable: false, configWrittenAt: ISSUED, ...rest };
}

const stateWith = (change: Partial<State>): State => ({ ...healthyState(ISSUED), ...change });
const token = (change: Partial<PublishedToken>): Partial<State> => ({
  published: publishedToken('FAKE-token', ISSUED, change),
});
const refused = (since: number, code: string): Partial<State> => ({
  refused: { secretVersion: 'v1', code, since, retryAt: since + 60 * MINUTE, times: 3 },
});
const checkAt = (now: string, ...credentials: readonly FleetCredential[]) =>
  checkFleet(credentials, NONE, kst(now));

describe('the fleet monitor', () => {
  test('reports as headroom the smallest share of the renewal margin that any credential has left', () => {
    // At 08:20, 40 min are left: two thirds of a margin of 1 h, and one third of a margin of 2 h.
    expect(checkAt('08:20', fleetCredential('a')).headroom).toBeCloseTo(66.7, 1);
    const longer = fleetCredential('b', { settings: { renewBeforeSeconds: 7200 } });
    expect(checkAt('08:20', fleetCredential('a'), longer)).toMatchObject({ expiring: ['b'], credentials: 2 });
    expect(checkAt('08:20', fleetCredential('a'), longer).headroom).toBeCloseTo(33.3, 1);
  });

  const failedAt0805 = { attempt: lastAttempt({ at: kst('08:05'), outcome: 'unavailable' }) };

  test('reports failure level 2 for a credential whose config cannot be read', () => {
    const report = checkAt('07:00', fleetCredential('a'), { ...fleetCredential('c'), config: undefined });
    expect(report).toMatchObject({ failureLevel: 2, headroom: 0, actionRequired: ['c'] });
    expect(report.health[1]).toMatchObject({ id: 'c', level: 2, reason: 'UnreadableConfig' });
  });

  test('reports failure level 1 for a credential without a schedule whose token is still live', () => {
    const report = checkFleet([fleetCredential('a'), fleetCredential('b')], new Set(['b']), kst('07:00'));
    const expected = { headroom: 100, failureLevel: 1, failing: ['b'], withoutSchedule: ['b'] };
    expect(report).toMatchObject(expected);
    expect(report.health[1]).toMatchObject({ id: 'b', level: 1, reason: 'NoSchedule' });
  });

  test('ignores a paused credential', () => {
    const paused = fleetCredential('a', { state: stateWith({ ...token({ health: 'dead' }), paused: true }) });
    expect(checkAt('08:50', paused)).toMatchObject({ headroom: 100, failureLevel: 0 });
  });

  test('ignores a new credential without a token for 15 minutes', () => {
    const configWrittenAt = kst('07:00');
    const state = { ...INITIAL_STATE, ...refused(configWrittenAt, 'Unconfigured') };
    const fresh = fleetCredential('a', { configWrittenAt, state });
    const at = (minutes: number) => checkFleet([fresh], NONE, configWrittenAt + minutes * MINUTE);
    expect(at(14)).toMatchObject({ headroom: 100, failureLevel: 0 });
    expect(at(16)).toMatchObject({ headroom: 0, failureLevel: 2 });
  });

  test('reports a credential with a dead token a minute after a change of the config', () => {
    const dead = fleetCredential('a', {
      configWrittenAt: kst('08:59'),
      state: stateWith(token({ health: 'dead' })),
    });
    expect(checkFleet([dead], NONE, kst('08:59') + MINUTE).expiring).toEqual(['a']);
  });

  test.each([
    ['a healthy credential', {}, '07:00', { level: 0, reason: 'Fresh' }],
    ['half of a margin', {}, '08:31', { level: 1, reason: 'ExpiringSoon' }],
    [
      'a rejected key',
      { ...refused(kst('08:05'), 'EGW00103'), ...failedAt0805 },
      '08:06',
      { level: 2, reason: 'CredentialsRejected', detail: 'unavailable' },
    ],
  ] as const)('describes the health of %s for a notification', (_, change, now, expected) => {
    const { health } = checkAt(now, fleetCredential('a', { state: stateWith(change) }));
    expect(health).toMatchObject([{ id: 'a', ...expected }]);
  });
});

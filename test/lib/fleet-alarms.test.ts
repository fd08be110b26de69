import { describe, expect, test } from 'vitest';
import { callRoll } from '../../lambdas/rollcall/roll-call.ts';
import { METRICS } from '../../lambdas/shared/names.ts';
import type { State } from '../../lambdas/shared/state.ts';
import type { AddedCredential } from '../../lambdas/store/roster.ts';
import { alarmLeadTimeSeconds } from '../../lib/lead-time.ts';
import { DEFAULTS } from '../../lib/limits.ts';
import type { Reading } from '../../simulator/cloudwatch.ts';
import { attempt, CONFIG, HEALTHY, HOUR, MINUTE, TOKEN } from '../lambdas/refresher/facts.ts';
import { metricKey, synthesizedAlarms } from './definitions.ts';
import { BOTH, stackOf, Template } from './synth.ts';
import { READINGS, type Told, told, USUAL } from './watched.ts';

const alarms = synthesizedAlarms(Template.fromStack(stackOf({ ...BOTH, fleet: {} }))).filter(({ chapter }) =>
  chapter.startsWith('Fleet'),
);
const { renewAt, expiresAt } = TOKEN;
const FROM = expiresAt - 6 * HOUR;
const EVERY = DEFAULTS.checkEvery * 1000;

/** One whose state is `at(now)`, beside one that has just been renewed. */
const fleet =
  (at: (now: number) => Partial<State>) =>
  (now: number): readonly AddedCredential[] => {
    const config = { ...CONFIG, managedBy: 'operator' } as const;
    const common = { unreadable: false, since: TOKEN.issuedAt };
    const fresh = { ...TOKEN, issuedAt: now - HOUR, renewAt: now + 22 * HOUR, expiresAt: now + 23 * HOUR };
    return [
      { ...common, id: 'well', config: { ...config, id: 'well' }, state: { ...HEALTHY, published: fresh } },
      { ...common, id: 'ill', config: { ...config, id: 'ill' }, state: { ...HEALTHY, ...at(now) } },
    ];
  };

/** What a person is told, of roll calls at the check interval, up to a minute late. */
function hear(
  credentials: (now: number) => readonly AddedCredential[],
  { reading = USUAL, until = expiresAt, silentFrom = Number.POSITIVE_INFINITY } = {} as {
    reading?: Reading;
    until?: number;
    silentFrom?: number;
  },
): readonly Told[] {
  const headroom: { at: number; value: number }[] = [];
  const trouble: { at: number; value: number }[] = [];
  for (
    let due = FROM, late = 0;
    due < Math.min(until, silentFrom);
    due += EVERY, late = (late + 23_000) % MINUTE
  ) {
    const at = due + late;
    const roll = callRoll(credentials(at), new Set(), at);
    headroom.push({ at, value: roll.headroom });
    trouble.push({ at, value: roll.trouble });
  }
  const key = (name: string) =>
    metricKey(METRICS.namespace, name, { service: METRICS.service, Prefix: '/broker-tokens' });
  const data = new Map([
    [key(METRICS.fleetHeadroom), headroom],
    [key(METRICS.fleetTrouble), trouble],
  ]);
  return told(alarms, data, { from: FROM, until }, reading);
}

const begins = (list: readonly Told[]) => list.filter(({ state }) => state === 'ALARM');

describe('the alarms of the fleet', () => {
  const promised = alarmLeadTimeSeconds(DEFAULTS) * 1000;

  test.each(READINGS)(
    'tell of one that nobody looks at as early as its own alarm would, however CloudWatch reads: %o',
    (reading) => {
      const first = begins(
        hear(
          fleet(() => ({})),
          { reading },
        ),
      )[0];
      expect(first?.chapter).toBe('FleetExpiringSoon');
      expect(expiresAt - (first?.at ?? expiresAt)).toBeGreaterThanOrEqual(promised);
    },
  );

  test.each(READINGS)('tell of a roll call that falls silent as early: %o', (reading) => {
    const silentFrom = renewAt - MINUTE;
    const [first] = begins(
      hear(
        fleet(() => ({})),
        { reading, silentFrom },
      ),
    );
    expect(first?.chapter).toBe('FleetExpiringSoon');
    expect(expiresAt - (first?.at ?? expiresAt)).toBeGreaterThanOrEqual(promised);
  });

  test('tell of keys that are refused, although all others are well', () => {
    const refused = attempt({ at: renewAt, outcome: 'rejected' });
    const said = begins(hear(fleet((now) => (now < renewAt ? {} : { attempt: refused }))));
    expect(said[0]?.chapter).toBe('FleetNeedsPerson');
    expect(expiresAt - (said[0]?.at ?? expiresAt)).toBeGreaterThan(40 * MINUTE);
  });

  test('tell of an outage that lasts, and not of a single failure', () => {
    const failing = (until: number) =>
      begins(
        hear(
          fleet((now) =>
            now < renewAt || now >= until
              ? { published: { ...TOKEN, renewAt: now + HOUR, expiresAt: now + 5 * HOUR } }
              : { attempt: attempt({ at: now, outcome: 'unavailable' }) },
          ),
        ),
      ).map(({ chapter }) => chapter);
    expect(failing(renewAt + 6 * MINUTE)).toEqual([]);
    expect(failing(expiresAt)[0]).toBe('FleetRefreshFailing');
  });

  test('say nothing while all is well', () => {
    const living = fleet((now) => ({
      published: { ...TOKEN, renewAt: now + HOUR, expiresAt: now + 5 * HOUR },
    }));
    expect(begins(hear(living))).toEqual([]);
  });
});

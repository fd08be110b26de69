import { describe, expect, test } from 'vitest';
import type { Point } from '../../simulator/cloudwatch.ts';
import { KIS_KEY, type WorldOptions } from '../../simulator/world.ts';
import { HOUR, MINUTE, type Operation } from '../scenario/operation.ts';
import { synthesizedAlarms } from './definitions.ts';
import { KIS, KIWOOM, stackOf, Template } from './synth.ts';
import {
  type Data,
  EXPIRY,
  hear,
  LATE,
  lastHours,
  READINGS,
  RENEWAL,
  START,
  sentences,
  tick,
  WRONG,
  watched,
} from './watched.ts';

describe('a week in which all is well is silent, whatever CloudWatch does where its documents are silent', () => {
  const WEEK = START + 7 * 24 * HOUR;
  test.for([
    ['KIS', 'kis', {}],
    ['Kiwoom, which supersedes', 'kiwoom', { kiwoom: { reissue: 'supersede' } }],
    ['Kiwoom, which keeps one token to its end', 'kiwoom', { kiwoom: { reissue: 'same-token' } }],
  ] as const)('%s', async ([, broker, settings]) => {
    const week = await watched(broker, settings, async (operation) => {
      await tick(operation, broker === 'kis' ? KIS.id : KIWOOM.id, WEEK);
    });
    for (const points of week.data.values()) expect(points.length).toBeGreaterThan(2000);
    for (const reading of READINGS) expect(sentences(hear(week, START, reading), EXPIRY)).toEqual([]);
  });

  test('nor does it matter how often the refresher looks', async () => {
    for (const settings of [{ checkEvery: 1 }, { checkEvery: 2 }, { checkEvery: 10, renewBefore: 120 }]) {
      const kept = { ...settings, kiwoom: { reissue: 'same-token' } } as const;
      const days = await watched('kiwoom', kept, (operation) =>
        tick(operation, KIWOOM.id, START + 27 * HOUR),
      );
      for (const reading of READINGS) expect(sentences(hear(days, START, reading), EXPIRY)).toEqual([]);
    }
  });
});

// Minutes from the expiry of the token that was published at the beginning.
test.for<
  [string, Partial<WorldOptions> & { renewBefore?: number }, (o: Operation) => Promise<void>, string[]]
>([
  [
    'one failed attempt wakes nobody',
    {},
    async (operation) => {
      await tick(operation, KIS.id, RENEWAL);
      operation.world.kis.set({ outage: 'html' });
      await tick(operation, KIS.id, RENEWAL + 5 * MINUTE);
      operation.world.kis.set({ outage: 'none' });
      await tick(operation, KIS.id, EXPIRY);
    },
    [],
  ],
  [
    'an outage of three hours with a margin of four: told when it begins, when half of the margin is gone, and that it is over',
    { renewBefore: 240 },
    async (operation) => {
      await tick(operation, KIS.id, EXPIRY - 4 * HOUR);
      operation.world.kis.set({ outage: 'html' });
      await tick(operation, KIS.id, EXPIRY - HOUR);
      operation.world.kis.set({ outage: 'none' });
      await tick(operation, KIS.id, EXPIRY);
    },
    [
      'RefreshFailing ALARM -224m',
      'ExpiringSoon ALARM -117m',
      'RefreshFailing OK -58m',
      'ExpiringSoon OK -54m',
    ],
  ],
  [
    'an outage to the expiry and two hours more: told once each time it gets worse, and no person is called, as none can help',
    {},
    async (operation) => {
      await tick(operation, KIS.id, RENEWAL);
      operation.world.kis.set({ outage: 'refused' });
      await tick(operation, KIS.id, EXPIRY + 2 * HOUR);
      operation.world.kis.set({ outage: 'none' });
      await tick(operation, KIS.id, EXPIRY + 3 * HOUR);
    },
    [
      'RefreshFailing ALARM -44m',
      'ExpiringSoon ALARM -27m',
      'RefreshFailing OK +122m',
      'ExpiringSoon OK +126m',
    ],
  ],
  [
    'answers that are lost until they have spent the budget: told too, until half of the margin is gone and every tick calls again',
    { renewBefore: 240 },
    async (operation) => {
      await tick(operation, KIS.id, EXPIRY - 4 * HOUR);
      operation.world.kis.set({ outage: 'refused' });
      await tick(operation, KIS.id, EXPIRY - HOUR);
      operation.world.kis.set({ outage: 'none' });
      await tick(operation, KIS.id, EXPIRY);
    },
    [
      'RefreshFailing ALARM -224m',
      'NeedsPerson ALARM -203m',
      'ExpiringSoon ALARM -117m',
      'NeedsPerson OK -104m',
      'RefreshFailing OK -58m',
      'ExpiringSoon OK -54m',
    ],
  ],
  [
    'a refresher that falls silent at the renewal, and comes back two hours later',
    {},
    async (operation) => {
      await tick(operation, KIS.id, RENEWAL);
      operation.world.clock.set(EXPIRY + HOUR);
      await tick(operation, KIS.id, EXPIRY + 2 * HOUR);
    },
    ['ExpiringSoon ALARM -34m', 'ExpiringSoon OK +62m'],
  ],
  [
    'a key that is refused at the renewal, and corrected half an hour later',
    {},
    async (operation) => {
      await tick(operation, KIS.id, RENEWAL);
      operation.world.putSecret('kis', WRONG);
      await tick(operation, KIS.id, EXPIRY - 30 * MINUTE);
      operation.world.putSecret('kis', KIS_KEY);
      await tick(operation, KIS.id, EXPIRY + HOUR);
    },
    ['NeedsPerson ALARM -58m', 'RefreshFailing ALARM -44m', 'RefreshFailing OK -28m', 'NeedsPerson OK -14m'],
  ],
  [
    'a new key that is refused in the middle of a life: told, and the token still lives for hours',
    {},
    async (operation) => {
      await tick(operation, KIS.id, EXPIRY - 5 * HOUR);
      operation.world.putSecret('kis', WRONG);
      await operation.send({ credential: KIS.id, cause: 'credentials-changed' });
      await tick(operation, KIS.id, EXPIRY - 4 * HOUR);
      operation.world.putSecret('kis', KIS_KEY);
      await operation.send({ credential: KIS.id, cause: 'credentials-changed' });
      await tick(operation, KIS.id, EXPIRY);
    },
    [
      'NeedsPerson ALARM -298m',
      'RefreshFailing ALARM -284m',
      'RefreshFailing OK -238m',
      'NeedsPerson OK -224m',
    ],
  ],
  [
    'a broker that only ever hands back the old token: told when half of the margin is left',
    { kis: { reuseWindowSeconds: 10 * 24 * 3600 } },
    async (operation) => {
      await tick(operation, KIS.id, EXPIRY + HOUR);
    },
    ['ExpiringSoon ALARM -27m', 'NeedsPerson ALARM +8m', 'RefreshFailing ALARM +25m'],
  ],
])('%s', async ([, settings, play, expected]) => {
  const life = await watched('kis', settings, lastHours(play));
  expect(sentences(hear(life, LATE), EXPIRY)).toEqual(expected);
});

test('a Kiwoom token that is kept to its end leaves no time: an outage there is told when it has expired', async () => {
  const life = await watched('kiwoom', { kiwoom: { reissue: 'same-token' } }, async (operation) => {
    await operation.tick(KIWOOM.id);
    operation.world.clock.set(LATE);
    await tick(operation, KIWOOM.id, EXPIRY - 10 * MINUTE);
    operation.world.kiwoom.set({ outage: 'html' });
    await tick(operation, KIWOOM.id, EXPIRY + HOUR);
  });
  expect(sentences(hear(life, LATE), EXPIRY)).toEqual([
    'ExpiringSoon ALARM +3m',
    'RefreshFailing ALARM +16m',
  ]);
});

test('a job that never ran is told when the warm-up is over', () => {
  const alarms = synthesizedAlarms(Template.fromStack(stackOf({ credentials: [KIS] })));
  const never = { data: new Map(), until: START + 3 * HOUR, alarms };
  expect(sentences(hear(never, START), START)).toEqual(['ExpiringSoon ALARM +20m']);
});

describe('data that arrives late', () => {
  const late = (data: Data, minutes: number): Data =>
    new Map(
      [...data].map(([metric, points]) => [
        metric,
        points.map((point): Point => {
          const held = point.at > LATE + HOUR && point.at < LATE + 2 * HOUR;
          return held ? { ...point, arrives: point.at + minutes * MINUTE } : point;
        }),
      ]),
    );

  test('by ten minutes is no silence; by three quarters of an hour it is, until fresh data comes', async () => {
    const life = await watched(
      'kis',
      {},
      lastHours((operation) => tick(operation, KIS.id, EXPIRY)),
    );
    for (const reading of READINGS) {
      const lateBy = { ...life, data: late(life.data, 10) };
      expect(sentences(hear(lateBy, LATE, reading), EXPIRY)).toEqual([]);
    }
    const lateBy = { ...life, data: late(life.data, 45) };
    expect(sentences(hear(lateBy, LATE), LATE + HOUR)).toEqual([
      'ExpiringSoon ALARM +31m',
      'ExpiringSoon OK +63m',
    ]);
  });
});

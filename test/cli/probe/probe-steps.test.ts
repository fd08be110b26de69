import { describe, expect, test } from 'vitest';
import type { ProbeFindings } from '../../../cli/probe/analyze.ts';
import { planProbe, probeCost } from '../../../cli/probe/probe-plan.ts';
import { GAPS } from '../../../cli/probe/probe-steps.ts';
import { MINUTE } from '../../../cli/time.ts';
import type { KisOptions } from '../../../simulator/brokers/kis.ts';
import type { KiwoomOptions } from '../../../simulator/brokers/kiwoom.ts';
import { KIS_KEY, KIWOOM_KEY } from '../../../simulator/world.ts';
import { Desk } from './simulated-session.ts';

/** Whatever a simulated broker is set to, the probe finds it out: this is what makes its word worth something. */
describe('of KIS the probe finds out', () => {
  const found: readonly [what: string, options: Partial<KisOptions>, findings: object][] = [
    [
      'what the documents say',
      {},
      { lifeSeconds: 86_400, again: { token: 'same', expiry: 'kept', expiresIn: 'whole life' } },
    ],
    ['that six hours are six hours', {}, { reuse: { sameAfterSeconds: 21_300, newAfterSeconds: 21_900 } }],
    [
      'that a window is shorter',
      { reuseWindowSeconds: 3 * 3600 },
      { reuse: { newAfterSeconds: 21_300, oldToken: 'alive' } },
    ],
    ['that a window is longer', { reuseWindowSeconds: 12 * 3600 }, { reuse: { sameAfterSeconds: 21_900 } }],
    ['that the old token lives on', { newTokenKillsOld: false }, { reuse: { oldToken: 'alive' } }],
    ['that the old token dies', { newTokenKillsOld: true }, { reuse: { oldToken: 'dead' } }],
    [
      'a minute between two calls',
      { minimumIntervalSeconds: 60 },
      { interval: { refusedAfterSeconds: 30, answeredAfterSeconds: 61 } },
    ],
    [
      'five minutes between two calls',
      { minimumIntervalSeconds: 300 },
      { interval: { refusedAfterSeconds: 61, answeredAfterSeconds: 301 } },
    ],
    ['a second between two calls', { minimumIntervalSeconds: 1 }, { interval: { answeredAfterSeconds: 2 } }],
    ['how it refuses', {}, { interval: { refusal: { code: 'EGW00133', status: 403 } } }],
    [
      'that a refused call does not count',
      { refusalRestartsInterval: false },
      { interval: { refusalRestarts: false } },
    ],
    [
      'that a refused call counts',
      { refusalRestartsInterval: true },
      { interval: { refusalRestarts: true } },
    ],
    [
      'that expires_in is what is left',
      { expiresInOnReuse: 'left' },
      { again: { expiresIn: 'what is left' } },
    ],
    ['that a partner has three months', { tokenLifeSeconds: 7_776_000 }, { lifeSeconds: 7_776_000 }],
    ['that its clock is ahead', { clockAhead: 90_000 }, { brokerClockAheadSeconds: 90 }],
    ['that its clock is behind', { clockAhead: -45_000 }, { brokerClockAheadSeconds: -45 }],
    [
      'that a revocation brings a new token',
      { reuseDead: 'never' },
      { revoke: { confirmed: true, tokenAfterwards: 'dead', next: 'new' } },
    ],
    [
      'that the dead token comes back after a revocation',
      { reuseDead: 'always' },
      { revoke: { next: 'the same, dead' } },
    ],
    ['what a second revocation says', {}, { revoke: { secondTime: 'EGW00121' } }],
  ];

  test.each(found)('%s', async (_, options, findings) => {
    expect(await Desk.kis(options).run()).toMatchObject(findings);
  });

  test('a token that is dead already when it begins, and waits for one that works', async () => {
    const desk = Desk.kis({ reuseDead: 'always' }, { quick: true, provokeRefusals: false });
    await desk.run();
    // The refresher has just revoked its token, the broker hands it back, and somebody probes.
    const second = Desk.kis({ reuseDead: 'always' }, { quick: true, provokeRefusals: false });
    second.clock.set(desk.clock.now());
    await second.run();
    const revoked = second.journal.entries.findLast(({ kind }) => kind === 'issue')?.print;
    const third = { ...second.journal, done: [], entries: [], startedAt: second.clock.now() };
    second.journal = third;
    second.clock.advance(2 * MINUTE);
    const findings = await second.run();
    const [first] = second.journal.entries;
    expect(first?.print).toBe(revoked);
    expect(second.journal.entries.slice(0, 4).map(({ kind, outcome }) => `${kind} ${outcome}`)).toEqual([
      'issue token',
      'verify dead',
      'issue token',
      'verify alive',
    ]);
    expect(findings.again).toMatchObject({ token: 'same' });
  });
});

describe('of Kiwoom the probe finds out', () => {
  const found: readonly [what: string, options: Partial<KiwoomOptions>, findings: object][] = [
    [
      'that one token is kept',
      { reissue: 'same-token' },
      { again: { token: 'same', expiry: 'kept' }, reuse: { sameAfterSeconds: expect.closeTo(21_640, -2) } },
    ],
    [
      'that a new token ends the old one',
      { reissue: 'supersede' },
      { again: { token: 'new', oldToken: 'dead' }, reuse: { oldToken: 'dead' } },
    ],
    ['how long a token lives', { tokenLifeSeconds: 15_720 }, { lifeSeconds: 15_720 }],
    [
      'how close two calls may be',
      { tokenCallInterval: 1000 },
      { interval: { refusedAfterSeconds: 0.3, answeredAfterSeconds: 3 } },
    ],
    [
      'that five seconds have to be between them',
      { tokenCallInterval: 5000 },
      { interval: { refusedAfterSeconds: 3, answeredAfterSeconds: 11 } },
    ],
    [
      'that half a minute has to be between them',
      { tokenCallInterval: 30_000 },
      { interval: { refusedAfterSeconds: 11, answeredAfterSeconds: 61 } },
    ],
    ['that it refuses with HTTP 429', { throttleStatus: 429 }, { interval: { refusal: { status: 429 } } }],
    [
      'that it refuses with HTTP 200',
      { throttleStatus: 200 },
      { interval: { refusal: { code: '1700', status: 200 } } },
    ],
    [
      'that a revocation brings a new token',
      {},
      { revoke: { confirmed: true, tokenAfterwards: 'dead', next: 'new' } },
    ],
    ['that a dead token comes back', { reuseDead: 'always' }, { revoke: { next: 'the same, dead' } }],
    ['that a second revocation says 8016', { deadRevoke: '8016' }, { revoke: { secondTime: '8016' } }],
    ['that a second revocation says 8015', { deadRevoke: '8015' }, { revoke: { secondTime: '8015' } }],
  ];

  test.each(found)('%s', async (_, options, findings) => {
    expect(await Desk.kiwoom(options).run()).toMatchObject(findings);
  });
});

describe('the probe keeps the rules', () => {
  test.each(['kis', 'kiwoom'] as const)(
    '%s is never called too early but where that is what was asked for',
    async (kind) => {
      const desk = Desk[kind]();
      await desk.run();
      const issues = desk.broker.calls.filter((call) => call.kind === 'issue');
      const provoked = desk.journal.entries
        .filter(({ kind: call }) => call === 'issue')
        .map(({ step }) => step === 'refusal');
      issues.forEach((call, index) => {
        const before = issues[index - 1];
        if (before !== undefined && !provoked[index])
          expect(call.at - before.at).toBeGreaterThanOrEqual(GAPS[kind].usual);
      });
      expect(issues.length).toBeGreaterThan(4);
    },
  );

  test.each(['kis', 'kiwoom'] as const)('%s: unless asked for, no call is refused', async (kind) => {
    const desk = Desk[kind]({}, { quick: false, provokeRefusals: false });
    await desk.run();
    expect(desk.journal.entries.filter(({ outcome }) => outcome === 'throttled')).toEqual([]);
    expect(desk.broker.count('issue')).toBeGreaterThan(3);
  });

  test.each([
    ['kis', true, true],
    ['kis', false, true],
    ['kis', false, false],
    ['kiwoom', true, true],
    ['kiwoom', false, false],
  ] as const)(
    '%s, quick %s, refusals %s: it issues no more than it said',
    async (kind, quick, provokeRefusals) => {
      const scope = { quick, provokeRefusals };
      for (const options of [{}, { minimumIntervalSeconds: 1 }, { tokenCallInterval: 100 }]) {
        const desk = Desk[kind](options, scope);
        await desk.run();
        const answered = desk.journal.entries.filter(
          ({ kind: call, outcome }) => call === 'issue' && outcome === 'token',
        );
        expect(answered.length).toBeLessThanOrEqual(probeCost(planProbe(kind, scope, [])).issues);
      }
    },
  );

  test('a broker that refuses even after five minutes is left alone', async () => {
    const desk = Desk.kis({ minimumIntervalSeconds: 900 });
    await expect(desk.run()).rejects.toThrow('even 5 min after the last one');
    expect(desk.broker.count('issue')).toBe(3);
  });

  test('refused keys end it at once', async () => {
    const desk = Desk.kis({ refuseIssue: 'EGW00103' });
    await expect(desk.run()).rejects.toThrow('EGW00103');
    expect(desk.broker.count('issue')).toBe(1);
  });

  test('an outage is waited out, five minutes at a time', async () => {
    const desk = Desk.kiwoom({ outage: 'html' });
    let calls = 0;
    desk.stillAlone = async () => {
      calls += 1;
      if (calls === 4) desk.broker.set({ outage: 'none' });
    };
    expect(await desk.run()).toMatchObject({ again: { token: 'same' } });
    expect(desk.slept.filter((slept) => slept === 5 * MINUTE)).toHaveLength(3);
  });
});

describe('a probe that was broken off', () => {
  class KilledError extends Error {}

  test.each(['kis', 'kiwoom'] as const)(
    '%s: goes on with the same command, and comes to the same findings',
    async (kind) => {
      const whole = await Desk[kind]().run();
      for (let kill = 1; kill <= 8; kill += 1) {
        const desk = Desk[kind]();
        let calls = 0;
        desk.stillAlone = async () => {
          calls += 1;
          if (calls === kill) throw new KilledError();
        };
        await expect(desk.run()).rejects.toThrow(KilledError);
        desk.clock.advance(7 * MINUTE);
        const findings = await desk.run();
        expect(essence(findings), `ended before call ${kill}`).toEqual(essence(whole));
      }
    },
  );

  test('never asks early after a call whose end nobody saw', async () => {
    const cutOff = Desk.kis();
    cutOff.journal.entries.push({
      step: 'base',
      kind: 'issue',
      at: cutOff.clock.now() - 1000,
      outcome: 'unknown',
    });
    await cutOff.run();
    expect(cutOff.slept[0]).toBe(15_000 + GAPS.kis.usual - 1000);
  });

  test('what it writes down holds no token and no key', async () => {
    for (const desk of [Desk.kis(), Desk.kiwoom()]) {
      await desk.run();
      const text = desk.saved.join('\n');
      const secrets = [KIS_KEY, KIWOOM_KEY].flatMap(({ appkey, secret }) => [appkey, secret]);
      expect(desk.broker.tokens.length).toBeGreaterThan(1);
      for (const secret of [...secrets, ...desk.broker.tokens.map(({ token }) => token)])
        expect(text).not.toContain(secret);
    }
  });
});

/** Without the figures that depend on when it was broken off. */
function essence({ interval, again, reuse, revoke, lifeSeconds }: ProbeFindings): object {
  return {
    lifeSeconds,
    refused: interval.refusedAfterSeconds,
    restarts: interval.refusalRestarts,
    again: again?.token,
    old: reuse?.oldToken,
    revoke,
  };
}

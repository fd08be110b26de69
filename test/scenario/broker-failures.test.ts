import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatConfig } from '../../lambdas/shared/credential.ts';
import { names } from '../../simulator/world.ts';
import { HOUR, MINUTE, Operation, trace } from './operation.ts';

const START = Date.parse('2026-11-23T09:00:00+09:00');
const SECOND = 1000;

let operation: Operation;
beforeEach(async () => {
  operation = await Operation.start({
    start: START,
    credentials: [
      { id: 'kis-main', broker: 'kis' },
      { id: 'kiwoom-main', broker: 'kiwoom' },
    ],
    kiwoom: { reissue: 'supersede' },
  });
});
afterEach(() => operation.stop());

describe('the first token', () => {
  it('delayed by the one-minute rule it arrives in about a minute, not a tick later', async () => {
    const { world } = operation;
    world.kis.set({ refuseIssue: 'EGW00133' });
    const first = operation.send({ credential: 'kis-main', cause: 'schedule' });
    const { lines } = await first;
    expect(trace(lines).slice(0, 2)).toEqual(['issue Missing throttled', 'wait TooSoon']);
    expect(operation.slept).toEqual([61 * SECOND, 61 * SECOND]);
    expect(world.kis.count('issue')).toBe(3);
  });

  it('at most three calls are made in one invocation, all of them the minimum interval apart', async () => {
    const { world } = operation;
    world.kis.set({ refuseIssue: 'EGW00133' });
    await operation.run('kis-main', START + 20 * MINUTE);
    const at = world.kis.calls.map((call) => call.at);
    for (const [index, instant] of at.entries()) {
      expect(instant - (at[index - 1] ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(61 * SECOND);
    }
  });

  it('is not slept for through an outage: the next tick asks', async () => {
    const { world } = operation;
    world.kis.set({ outage: 'html' });
    const { lines } = await operation.tick('kis-main');
    expect(trace(lines)).toEqual(['issue Missing unavailable', 'wait TooSoon']);
    expect(operation.slept).toEqual([]);
    world.kis.set({ outage: 'none' });
    world.clock.advance(5 * MINUTE);
    expect(trace((await operation.tick('kis-main')).lines)).toEqual(['issue Missing published']);
  });
});

describe('an outage of the broker', () => {
  it.each(['html', 'http-500', 'refused', 'cut'] as const)(
    '%s: the published token is not touched',
    async (outage) => {
      const { world } = operation;
      await operation.tick('kis-main');
      const { token } = world.published('kis-main');
      world.clock.set(START + 23 * HOUR);
      world.kis.set({ outage });
      const { lines, state } = await operation.tick('kis-main');
      expect(trace(lines)).toEqual(['verify BeforeCall unreachable', 'wait BrokerUnhealthy']);
      expect(world.published('kis-main').token).toBe(token);
      expect(state).toMatchObject({ generation: 1, published: { health: 'live' } });
      expect(world.kis.count('issue')).toBe(1);
      expect(operation.lastReadings('kis-main')).toMatchObject({ failureLevel: 1, secondsToExpiry: 3600 });
      // While more than two thirds of the margin are left the broker is not asked; then it is asked regardless.
      await operation.run('kis-main', START + 23 * HOUR + 15 * MINUTE);
      expect(operation.state('kis-main')).toMatchObject({ attempt: { outcome: 'published' } });
      world.clock.advance(5 * MINUTE);
      await operation.tick('kis-main');
      expect(operation.state('kis-main')).toMatchObject({
        generation: 1,
        attempt: { outcome: 'unavailable', failures: 1 },
      });
      expect(world.published('kis-main').token).toBe(token);
    },
  );

  it('shorter than the margin less two ticks costs no second without a living token', async () => {
    const { world } = operation;
    await operation.run('kis-main', START + 22 * HOUR);
    world.kis.set({ outage: 'html' });
    await operation.run('kis-main', START + 23 * HOUR + 49 * MINUTE);
    world.kis.set({ outage: 'none' });
    await operation.run('kis-main', START + 26 * HOUR);
    expect(world.deadSpans('kis-main')).toEqual([]);
    expect(world.published('kis-main').state?.generation).toBe(2);
  });

  it('a call that was cut counts as an issue, a page of maintenance does not', async () => {
    const { world } = operation;
    world.kis.set({ outage: 'cut' });
    expect((await operation.tick('kis-main')).state?.issues).toHaveLength(1);
    world.kiwoom.set({ outage: 'html' });
    expect((await operation.tick('kiwoom-main')).state?.issues).toHaveLength(0);
  });

  it('after a reply that was cut the next call brings the same token, and it is published', async () => {
    const { world } = operation;
    world.kis.set({ outage: 'cut' });
    await operation.tick('kis-main');
    world.kis.set({ outage: 'none' });
    world.clock.advance(5 * MINUTE);
    const { state } = await operation.tick('kis-main');
    expect(state).toMatchObject({ generation: 1 });
    expect(world.kis.tokens).toHaveLength(1);
    expect(world.published('kis-main').token).toBe(world.kis.tokens[0]?.token);
  });
});

describe('a reply that must not be published', () => {
  it('an expiry in the past is refused, asked for again after 5, then every 15 minutes', async () => {
    const { world } = operation;
    world.kis.set({ clockAhead: -24 * HOUR - 20 * MINUTE });
    const lines = await operation.run('kis-main', START + HOUR);
    expect(world.published('kis-main').token).toBeUndefined();
    expect(lines[0]).toMatchObject({ outcome: 'malformed' });
    const asked = world.kis.calls.map(({ at }) => (at - START) / MINUTE);
    expect(asked).toEqual([0, 5, 20, 35, 50]);
    expect(operation.lastReadings('kis-main')).toMatchObject({ failureLevel: 2 });
  });
});

describe('the issue budget of a day', () => {
  it('stops a broker that always hands back the same token from costing a message each time', async () => {
    const { world } = operation;
    world.kis.set({ reuseWindowSeconds: 10 * 24 * 3600 });
    await operation.run('kis-main', START + 24 * HOUR - 10 * MINUTE);
    // The renewal an hour before the expiry, and once more after 30 minutes; then the token is kept to its end.
    expect(world.kis.count('issue')).toBe(3);
    expect(world.kis.count('issue', 'reused')).toBe(2);
  });

  it('in an emergency one call in each check interval goes through', async () => {
    const { world } = operation;
    world.kis.set({ outage: 'cut' });
    await operation.run('kis-main', START + 2 * HOUR);
    const calls = world.kis.calls.map(({ at }) => at - START);
    const spent = calls.slice(8);
    expect(spent.length).toBeGreaterThan(5);
    for (const [index, at] of spent.entries()) {
      expect(at - (spent[index - 1] ?? calls[7] ?? 0)).toBeGreaterThanOrEqual(5 * MINUTE);
    }
  });

  it('answers a forced refresh with BudgetSpent, without an alarm, while the token lives', async () => {
    const { world } = operation;
    await operation.tick('kiwoom-main');
    for (let i = 0; i < 8; i++) {
      world.clock.advance(MINUTE);
      await operation.send({ credential: 'kiwoom-main', cause: 'forced' });
    }
    expect(world.kiwoom.count('issue')).toBe(8);
    expect(operation.lastReadings('kiwoom-main')).toMatchObject({ failureLevel: 0 });
    expect(operation.state('kiwoom-main')?.lastRequest).toMatchObject({
      action: 'wait',
      reason: 'BudgetSpent',
    });
    expect(operation.state('kiwoom-main')?.pending).toBeUndefined();
  });
});

describe('the clock', () => {
  it('turned back by a day has each tick verify the token, which is replaced when the broker has ended it', async () => {
    const { world } = operation;
    await operation.tick('kis-main');
    world.kis.set({ clockAhead: 24 * HOUR });
    world.clock.set(START + 5 * MINUTE - 24 * HOUR);
    const found = ['verify Suspect alive', 'keep StillAlive'];
    expect(trace((await operation.tick('kis-main')).lines)).toEqual(found);
    world.clock.advance(5 * MINUTE);
    expect(trace((await operation.tick('kis-main')).lines)).toEqual(found);
    // Here the token expires by the clock of the broker, a day before it does by the clock of the refresher.
    await operation.run('kis-main', START - 5 * MINUTE);
    expect(operation.state('kis-main')).toMatchObject({ generation: 1 });
    const lines = await operation.run('kis-main', START + 5 * MINUTE);
    expect(trace(lines).slice(-4)).toEqual([
      ...['verify Suspect dead', 'issue TokenDead published'],
      ...['verify Suspect alive', 'keep StillAlive'],
    ]);
    expect(operation.state('kis-main')).toMatchObject({ generation: 2, published: { health: 'live' } });
  });
});

describe('a call whose answer is lost, at a broker that ends the old token when it issues', () => {
  it('leaves a suspect token, which is verified and replaced when the broker is back, although the budget is spent', async () => {
    const { world } = operation;
    const { config } = names('kiwoom-main');
    const twoADay = { ...world.config('kiwoom-main'), maxIssuesPerDay: 2 };
    world.aws.putParameter(config, formatConfig(twoADay));
    await operation.tick('kiwoom-main');
    world.clock.set(START + 7 * HOUR);
    // The broker answers the verify call before the issue call, and nothing afterwards.
    world.kiwoom.set({ outage: { issue: 'lost' } });
    operation.killer = (step) => {
      if (step === 'after broker.verify') world.kiwoom.set({ outage: { issue: 'lost', data: 'http-500' } });
    };
    await operation.send({ credential: 'kiwoom-main', cause: 'forced' });
    operation.killer = () => {};
    await operation.run('kiwoom-main', START + 8 * HOUR);
    expect(world.kiwoom.isAlive(world.published('kiwoom-main').token ?? '')).toBe(false);
    const { issues, published } = operation.state('kiwoom-main') ?? {};
    expect([issues?.length, published?.health]).toEqual([2, 'suspect']);
    expect(operation.lastReadings('kiwoom-main')).toMatchObject({ failureLevel: 2 });

    world.kiwoom.set({ outage: 'none' });
    const lines = await operation.run('kiwoom-main', START + 8 * HOUR + 10 * MINUTE);
    expect(trace(lines).slice(0, 2)).toEqual(['verify Suspect dead', 'issue TokenDead published']);
    expect(world.kiwoom.isAlive(world.published('kiwoom-main').token ?? '')).toBe(true);
  });

  it('is not replaced when it turns out to be alive', async () => {
    const { world } = operation;
    await operation.tick('kis-main');
    world.clock.set(START + 7 * HOUR);
    world.kis.set({ outage: { issue: 'lost' } });
    await operation.send({ credential: 'kis-main', cause: 'forced' });
    world.kis.set({ outage: 'none' });
    const before = world.kis.count('issue');
    await operation.run('kis-main', START + 7 * HOUR + 20 * MINUTE);
    expect(operation.state('kis-main')).toMatchObject({ pending: undefined, generation: 2 });
    expect(world.kis.count('issue')).toBe(before + 1);
  });
});

describe("a day's budget that is spent while no token lives", () => {
  it('still allows a call at every tick, although ticks are only precise to the minute and calls take time', async () => {
    const { world } = operation;
    world.kis.set({ outage: 'lost' });
    await operation.run('kis-main', START + HOUR);
    const before = world.kis.count('issue');
    for (let tick = 1; tick <= 6; tick += 1) {
      // Alternately late and early within the minute.
      world.clock.set(START + HOUR + tick * 5 * MINUTE + (tick % 2 === 0 ? -20 : 20) * SECOND);
      await operation.tick('kis-main');
    }
    expect(world.kis.count('issue') - before).toBe(6);
  });
});

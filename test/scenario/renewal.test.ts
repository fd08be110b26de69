import { afterEach, describe, expect, it } from 'vitest';
import { formatDecisions, HOUR, MINUTE, Operation } from './operation.ts';

const START = Date.parse('2026-11-23T09:00:00+09:00');
const kis = { id: 'kis-main', broker: 'kis' } as const;
const kiwoom = { id: 'kiwoom-main', broker: 'kiwoom' } as const;

let operation: Operation;
afterEach(() => operation.stop());

async function begin(...args: Parameters<typeof Operation.start>): Promise<Operation> {
  operation = await Operation.start(...args);
  return operation;
}

describe('Over several days, the refresher', () => {
  it.each([kis, kiwoom])(
    'issues one $broker token a day if the renewal margin is one hour',
    async (credential) => {
      const { id } = credential;
      const { world } = await begin({
        start: START,
        credentials: [credential],
        kiwoom: { reissue: 'supersede' },
      });
      const lines = await operation.run(id, START + 72 * HOUR);
      expect(formatDecisions(lines)).toEqual([
        'issue Missing published',
        ...['verify BeforeCall alive', 'issue NearExpiry published'],
        ...['verify BeforeCall alive', 'issue NearExpiry published'],
        ...['verify BeforeCall alive', 'issue NearExpiry published'],
      ]);
      expect(world.deadSpans(id)).toEqual([]);
      expect(world.published(id).state?.generation).toBe(4);
      expect(world.broker(id).count('issue')).toBe(4);
      expect(operation.issueCallCount).toBe(4);
    },
  );

  it('replaces a Kiwoom token within two seconds after its expiry if Kiwoom returns the same token until its expiry', async () => {
    const { world } = await begin({
      start: START,
      credentials: [kiwoom],
      kiwoom: { reissue: 'same-token' },
    });
    const lines = await operation.run('kiwoom-main', START + 50 * HOUR);
    expect(new Set(formatDecisions(lines))).toEqual(
      new Set([
        'issue Missing published',
        'verify BeforeCall alive',
        'issue NearExpiry unchanged',
        'wait TooSoon',
        'wait AwaitExpiry',
        'verify AwaitExpiry alive',
        'issue Expired published',
      ]),
    );
    const spans = world.deadSpans('kiwoom-main');
    expect(spans).toHaveLength(2);
    for (const { from, to } of spans) expect(to - from).toBeLessThanOrEqual(2000);
    expect(world.published('kiwoom-main').state?.generation).toBe(3);
  });

  it('replaces an expired Kiwoom token within two seconds if the tick after the expiry is late', async () => {
    const { world } = await begin({ start: START, credentials: [kiwoom], kiwoom: { reissue: 'same-token' } });
    await operation.run('kiwoom-main', START + 23 * HOUR + 10 * MINUTE);
    const end = world.published('kiwoom-main').state?.published?.expiresAt ?? 0;
    // If the next tick is on time, the token is still live at that tick.
    world.clock.set(end - 5 * MINUTE - 5000);
    await operation.tick('kiwoom-main');
    // The refresher must publish metrics at least every six minutes; otherwise the alarm for missing data
    // fires.
    expect(operation.readings.slice(-2)).toMatchObject([
      { at: end - 5 * MINUTE - 5000, readings: { headroom: 3600, failureLevel: 0 } },
      { at: end + 1000 },
    ]);
    world.clock.set(Math.max(world.clock.now(), end - 5000 + MINUTE));
    await operation.tick('kiwoom-main');
    const spans = world.deadSpans('kiwoom-main');
    expect(spans).toHaveLength(1);
    for (const { from, to } of spans) expect(to - from).toBeLessThanOrEqual(2000);
  });
});

describe('An idle tick', () => {
  it('writes no parameter while the refresher keeps the token until the token expires', async () => {
    const { world } = await begin({ start: START, credentials: [kiwoom], kiwoom: { reissue: 'same-token' } });
    await operation.run('kiwoom-main', START + 23 * HOUR);
    // This tick makes the hourly check of the secret, so the next tick does not. More than half of the margin is
    // left, so the next tick does not verify the token either.
    world.clock.advance(10 * MINUTE);
    await operation.tick('kiwoom-main');
    world.aws.clearCalls();
    world.clock.advance(5 * MINUTE);
    expect(formatDecisions((await operation.tick('kiwoom-main')).lines)).toEqual(['wait AwaitExpiry']);
    expect(world.aws.calls.map(({ operation }) => operation)).toEqual(['GetParameters']);
  });
});

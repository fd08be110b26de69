import { describe, expect, it } from 'vitest';
import {
  DEFAULT_LOAD,
  type LoadOptions,
  type LoadScenario,
  runLoadScenario,
} from '../../../simulator/load/load-scenarios.ts';
import { QUOTAS, type Quotas } from '../../../simulator/load/quotas.ts';

const HOUR = 3600;

function quotas(name: string): Quotas {
  const found = QUOTAS.find((each) => each.name === name);
  if (found === undefined) throw new Error(`there are no quotas "${name}"`);
  return found;
}

function lived(scenario: LoadScenario, credentials: number, options: Partial<LoadOptions> = {}) {
  return runLoadScenario(scenario, { ...DEFAULT_LOAD, quotas: quotas('default'), credentials, ...options });
}

describe('a fleet within the default quotas of AWS', () => {
  it('of a thousand credentials keeps every token alive though all of them are due at once', async () => {
    const { died, callsPerToken, wait, unserved } = await lived('expire', 1000);
    expect({ died, callsPerToken, unserved }).toEqual({ died: 0, callsPerToken: 1, unserved: 0 });
    // Three writes each, three a second: 1,000 s at best.
    expect(wait.longest).toBeGreaterThan(1000);
    expect(wait.longest).toBeLessThan(HOUR);
  });

  it('of a thousand new credentials gets each its token with one call to the broker', async () => {
    const { callsPerToken, mostCalls, unserved, silent } = await lived('created', 1000);
    expect({ callsPerToken, mostCalls, unserved, silent }).toEqual({
      callsPerToken: 1,
      mostCalls: 1,
      unserved: 0,
      silent: 0,
    });
  });

  it('of ten thousand credentials loses no token from day to day, if it looks every twelve minutes', async () => {
    const settings = { checkEverySeconds: 720, renewBeforeSeconds: 3 * HOUR };
    const { died, lost, silent, used } = await lived('calm', 10_000, settings);
    expect({ died, lost, silent }).toEqual({ died: 0, lost: 0, silent: 0 });
    expect(used.reads.minute).toBeLessThan(0.7);
  });

  it('loses with a broker that is down for three hours only the tokens that ended meanwhile', async () => {
    const { died, diedInOutage, unserved } = await lived('outage', 1000);
    expect({ died, unserved }).toEqual({ died: 0, unserved: 0 });
    expect(diedInOutage).toBeGreaterThan(0);
    // Half of them are that broker's; of these, what ends in three of 24 hours less the margin of one.
    expect(diedInOutage).toBeLessThan(500 * (3 / 23));
  });

  it('also works in a new account, where ten functions run at once', async () => {
    const { died, unserved, used, queue } = await lived('expire', 1000, { quotas: quotas('new-account') });
    expect({ died, unserved, most: used.concurrency.second }).toEqual({ died: 0, unserved: 0, most: 1 });
    expect(queue.deepest).toBeGreaterThan(100);
  });
});

describe('where a limit bites', () => {
  it('ticks that fall into one second are more than Parameter Store serves; within a minute they are not', async () => {
    const together = await lived('calm', 1000, { spread: 'minute' });
    expect(together.lost).toBeGreaterThan(0.3);
    const window = await lived('calm', 1000, { spread: 'window' });
    expect(window).toMatchObject({ died: 0, silent: 0 });
    expect(window.lost).toBeLessThan(0.001);
  });

  it('programs that read every five seconds leave nothing for the refresher', async () => {
    const greedy = await lived('calm', 300, { otherReads: 1000 / 5 });
    expect(greedy.used.reads.second).toBe(1);
    expect(greedy.lost).toBeGreaterThan(0.2);
    // The reader's six reads a day, by as many programs.
    const modest = await lived('calm', 300, { otherReads: (1000 * 6) / 86_400 });
    expect(modest).toMatchObject({ died: 0, lost: 0 });
  });

  it('more tokens that end at once than the margin has seconds cannot all be kept', async () => {
    const { died } = await lived('expire', 1000, { renewBeforeSeconds: 900 });
    expect(died).toBeGreaterThan(0);
  });

  it('a parameter more than an account may have is no matter of time', async () => {
    const { parameters } = await lived('calm', 3400);
    expect(parameters).toBeGreaterThan(1);
  });
});

describe('the model', () => {
  it.each(QUOTAS)('takes no more than quotas "$name" give, in any second', async (given) => {
    const { used } = await lived('created', 300, { quotas: given, spread: 'together' });
    for (const { second, minute } of Object.values(used)) {
      expect(second).toBeLessThanOrEqual(1);
      expect(minute).toBeLessThanOrEqual(1);
    }
    expect(used.writes.second).toBe(1);
  });

  it('is the same for the same seed, and another for another', async () => {
    const first = await lived('outage', 100);
    expect(await lived('outage', 100)).toEqual(first);
    expect(await lived('outage', 100, { seed: 2 })).not.toEqual(first);
  });
});

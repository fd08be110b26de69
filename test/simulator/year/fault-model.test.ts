import { describe, expect, it } from 'vitest';
import { BAD_YEAR, findActiveFault, generateFaults, NO_FAULTS } from '../../../simulator/year/fault-model.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const FROM = Date.parse('2027-01-01T00:00:00+09:00');
const DECADES = { from: FROM, to: FROM + 40 * 365 * DAY };

describe('the fault generator', () => {
  const many = generateFaults(BAD_YEAR, DECADES, 300_000, 3);

  it('generates outages at the configured rate and with the configured median length', () => {
    const outages = many.broker.filter(({ from, to }) => to - from !== BAD_YEAR.maintenanceMinutes * MINUTE);
    expect(outages.length / 40).toBeGreaterThan(BAD_YEAR.outagesPerYear * 0.9);
    expect(outages.length / 40).toBeLessThan(BAD_YEAR.outagesPerYear * 1.1);
    const longer = outages.filter(({ from, to }) => to - from > BAD_YEAR.outageMedian * MINUTE);
    expect(longer.length / outages.length).toBeCloseTo(0.5, 1);
  });

  it('generates broker maintenance at 02:00 KST', () => {
    const rates = { ...NO_FAULTS, maintenanceEveryDays: 14, maintenanceMinutes: 40 };
    const nights = generateFaults(rates, DECADES, 300_000, 1);
    const hours = new Set(nights.broker.map(({ from }) => new Date(from + 9 * 60 * MINUTE).getUTCHours()));
    expect([...hours]).toEqual([2]);
  });

  it('generates lost, repeated and delayed ticks at the configured rates', () => {
    const tickFaults = [...many.ticks.values()];
    const ticks = (DECADES.to - DECADES.from) / 300_000;
    for (const [tickFault, share] of [
      ['lost', BAD_YEAR.lostTickShare],
      ['twice', BAD_YEAR.duplicateTickShare],
      ['late', BAD_YEAR.lateTickShare],
    ] as const)
      expect(tickFaults.filter((each) => each === tickFault).length / ticks).toBeCloseTo(share, 3);
  });

  it('generates the same tick faults if only the rate of outages changes', () => {
    const calmer = generateFaults({ ...BAD_YEAR, outagesPerYear: 1 }, DECADES, 300_000, 3);
    expect(calmer.ticks).toEqual(many.ticks);
    expect(calmer.broker.length).toBeLessThan(many.broker.length);
  });

  it('returns the active fault with the latest start if several faults are active', () => {
    const spans = [
      { from: 0, to: 10 },
      { from: 5, to: 7 },
    ];
    expect([4, 5, 7, 10].map((now) => findActiveFault(spans, now)?.from)).toEqual([0, 5, 0, undefined]);
  });
});

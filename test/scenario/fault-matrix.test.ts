import { describe, expect, it } from 'vitest';
import { AWS_FAULTS } from './faults/aws-faults.ts';
import { BROKER_FAULTS } from './faults/broker-faults.ts';
import { live } from './faults/cell.ts';
import { SITUATIONS } from './faults/fault.ts';
import { ROWS } from './faults/rows.ts';

const FAULTS = [...BROKER_FAULTS, ...AWS_FAULTS];

/** Every fault in every situation: the decisions, the token that readers find, the next issue call, the alarms. */
describe('the fault matrix', () => {
  it('has more than forty kinds of fault, each named once, and no expectation that nothing meets', () => {
    const names = FAULTS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(40);
    expect(new Set(FAULTS.map(({ row }) => row))).toEqual(new Set(Object.keys(ROWS)));
  });

  it.each(FAULTS.map((fault) => [fault.name, fault] as const))(
    '%s',
    async (_name, fault) => {
      const cells = [];
      for (const situation of SITUATIONS) cells.push(`${situation}: ${await live(fault, situation)}`);
      expect(cells).toEqual(SITUATIONS.map((situation, index) => `${situation}: ${ROWS[fault.row][index]}`));
    },
    30_000,
  );
});

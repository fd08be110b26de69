import { describe, expect, it } from 'vitest';
import { BROKER_FAULTS } from './faults/broker-faults.ts';
import { EXPECTED_ROWS } from './faults/expected-rows.ts';
import { SITUATIONS } from './faults/fault.ts';
import { runFault } from './faults/run-fault.ts';

/**
 * Each test runs one broker fault in every situation. The test compares the decisions, the published
 * token, the time of the next issue call and the alarms with expected-rows.ts.
 */
describe('The matrix of broker faults', () => {
  it('contains more than forty faults with unique names, and each expected result belongs to a fault', () => {
    const names = BROKER_FAULTS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(40);
    expect(new Set(BROKER_FAULTS.map(({ row }) => row))).toEqual(new Set(Object.keys(EXPECTED_ROWS)));
  });

  it.each(BROKER_FAULTS.map((fault) => [fault.name, fault] as const))(
    'has the expected results for the fault: %s',
    async (_name, fault) => {
      const cells = [];
      for (const situation of SITUATIONS) cells.push(`${situation}: ${await runFault(fault, situation)}`);
      expect(cells).toEqual(
        SITUATIONS.map((situation, index) => `${situation}: ${EXPECTED_ROWS[fault.row][index]}`),
      );
    },
    30_000,
  );
});

import { describe, expect, it } from 'vitest';
import { names } from '../../simulator/world.ts';
import { BROKER_FAULTS, type Fault, ID } from './faults/broker-faults.ts';
import { EXPECTED_ROWS, SITUATIONS, type Situation } from './faults/expected-rows.ts';
import { formatDecisions, HOUR, MINUTE, Operation } from './operation.ts';

const START = Date.parse('2026-11-23T09:00:00+09:00');
/** The age of a token with a lifetime of 24 hours and a margin of one hour, in each situation. */
const AGE: Readonly<Record<Exclude<Situation, 'no token yet'>, number>> = {
  fresh: HOUR,
  'should refresh': 23 * HOUR,
  'must refresh': 24 * HOUR - 3 * MINUTE,
  expired: 25 * HOUR,
};
/** The time for which the test runs further ticks during the fault. */
const FURTHER_TICKS_DURATION = 70 * MINUTE;

/** Runs one fault in one situation. @returns a cell as in expected-rows.ts */
async function runFault(fault: Fault, situation: Situation): Promise<string> {
  const id = ID[fault.broker];
  const operation = await Operation.start({
    start: START,
    credentials: [{ id, broker: fault.broker, ...fault.credential }],
    ...fault.initialBrokerOptions,
  });
  try {
    const { world } = operation;
    if (situation !== 'no token yet') {
      await operation.tick(id);
      world.clock.advance(AGE[situation]);
    }
    const before = world.aws.parameter(names(id).token);
    fault.cause?.(operation);
    const logLengthBefore = operation.log.length;
    const readingCountBefore = operation.readings.length;
    await (fault.deliver ?? ((each) => each.tick(id)))(operation, id);
    const lines = operation.log.slice(logLengthBefore).filter(({ message }) => message === 'decision');
    const actions = formatDecisions(
      lines.map(({ fields }) => fields) as unknown as Parameters<typeof formatDecisions>[0],
    );
    const after = world.aws.parameter(names(id).token);
    const keptOrNew = after?.version === before?.version ? 'kept' : 'new';
    const token = after === undefined ? (before ? 'lost' : 'none') : keptOrNew;
    const alarms = alarmLettersOf(operation, readingCountBefore);
    const next = fault.slow ? '-' : await minutesToNextIssueCall(operation, id);
    return [actions.join(', '), token, next, alarms].join(' | ');
  } finally {
    await operation.stop();
  }
}

async function minutesToNextIssueCall(operation: Operation, id: string): Promise<number | '-'> {
  const { world } = operation;
  const issueCalls = () => world.broker(id).calls.filter(({ kind }) => kind === 'issue');
  const before = issueCalls().length;
  const from = world.clock.now();
  for (let tick = 1; tick * 5 * MINUTE <= FURTHER_TICKS_DURATION; tick += 1) {
    world.clock.set(Math.max(world.clock.now(), from + tick * 5 * MINUTE));
    await operation.tick(id).catch(() => {});
    const call = issueCalls()[before];
    if (call) return Math.round((call.at - from) / MINUTE);
  }
  return '-';
}

/**
 * Returns the letters of the alarms whose thresholds are reached, and `?` if the refresher published no
 * metrics. The comment on `EXPECTED_ROWS` explains the letters.
 */
function alarmLettersOf({ readings, refusedMessageCount }: Operation, readingCountBefore: number): string {
  const refusedMessagesLetter = refusedMessageCount > 0 ? 'R' : '';
  const last = readings.slice(readingCountBefore).at(-1)?.readings;
  if (last === undefined) return `${refusedMessagesLetter}?`;
  const { headroom, failureLevel } = last;
  return `${refusedMessagesLetter}${headroom < 1800 ? 'E' : ''}${failureLevel >= 1 ? 'F' : ''}${failureLevel === 2 ? 'P' : ''}`;
}

/**
 * Each test runs one broker fault in every situation. The test compares the decisions, the published
 * token, the time of the next issue call and the alarms with expected-rows.ts.
 */
describe('The matrix of broker faults', () => {
  it('contains more than forty faults with unique names, and each expected result belongs to a fault', () => {
    const faultNames = BROKER_FAULTS.map(({ name }) => name);
    expect(new Set(faultNames).size).toBe(faultNames.length);
    expect(faultNames.length).toBeGreaterThan(40);
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
  );
});

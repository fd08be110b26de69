import { Random } from '../random.ts';
import { Timeline } from '../timeline.ts';
import type { BrokerOutage } from './load-brokers.ts';
import type { LoadOptions, LoadScenario } from './load-options.ts';
import { type LoadResult, summarizeLoad } from './load-result.ts';
import { LoadSimulation } from './load-simulation.ts';
import type { SimulatedCredential } from './member.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** The simulation starts on a Monday morning in Korea. */
const START = Date.parse('2026-11-23T10:00:00+09:00');

/** Runs one scenario. Runs with equal options return equal results. */
export async function runLoadScenario(scenario: LoadScenario, options: LoadOptions): Promise<LoadResult> {
  const { quotas, seed, otherReads, fleetMonitor, checkEverySeconds, renewBeforeSeconds } = options;
  const timeline = new Timeline(START);
  const settings = { checkEverySeconds, renewBeforeSeconds };
  const outage = outageIn(scenario);
  const fleet = new LoadSimulation({
    timeline,
    quotas,
    seed,
    credentials: createCredentials(scenario, options),
    settings,
    otherReads,
    fleetMonitor,
    outage,
  });
  fleet.start();
  if (scenario === 'calm') await timeline.run(START + 3 * HOUR);
  else {
    // The run ends when no renewal is overdue by more than two check intervals.
    await timeline.run(START + HOUR);
    const twoCheckIntervals = 2 * checkEverySeconds * 1000;
    if (outage) await timeline.run(outage.to + twoCheckIntervals);
    await timeline.run(
      START + options.hours * HOUR,
      () => fleet.statistics.countDue(timeline.now - twoCheckIntervals) === 0,
    );
  }
  return summarizeLoad(scenario, fleet, options, timeline.now);
}

function outageIn(scenario: LoadScenario): BrokerOutage | undefined {
  if (scenario !== 'outage') return undefined;
  return { behavior: 'kis', from: START + HOUR, to: START + 4 * HOUR };
}

function createCredentials(scenario: LoadScenario, options: LoadOptions): readonly SimulatedCredential[] {
  const phaseRandom = new Random(options.seed, 22);
  const ageRandom = new Random(options.seed, 23);
  const renewalAge = DAY - options.renewBeforeSeconds * 1000;
  return Array.from({ length: options.credentials }, (_, number): SimulatedCredential => {
    const usesBrokerWithoutOutage = scenario === 'outage' && number % 2 === 1;
    const behavior = usesBrokerWithoutOutage ? 'kiwoom-supersede' : options.behavior;
    const phase = phaseOf(options, phaseRandom);
    if (scenario === 'created') return { behavior, phase };
    // In the scenario `expire`, all renewals are due ten minutes after the start. In the other scenarios, the
    // renewals are due at random times in the first 24 hours.
    const age = scenario === 'expire' ? renewalAge - 10 * MINUTE : ageRandom.uniform() * renewalAge;
    return { behavior, phase, issuedAt: Math.floor(START - age) };
  });
}

function phaseOf({ spread, checkEverySeconds }: LoadOptions, random: Random): number {
  const interval = checkEverySeconds * 1000;
  const minute = Math.floor((random.uniform() * interval) / MINUTE) * MINUTE;
  switch (spread) {
    case 'creation':
      return Math.floor(random.uniform() * interval);
    case 'minute':
      return minute;
    case 'window':
      return minute + Math.floor(random.uniform() * MINUTE);
  }
}

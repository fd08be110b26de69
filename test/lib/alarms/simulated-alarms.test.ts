import { expect, test } from 'vitest';
import { SCENARIOS } from '../../../simulator/year/scenario.ts';
import { alarmDefinitions } from '../../../simulator/year/simulated-alarms.ts';
import { KIS, templateOf } from '../synth.ts';
import { synthesizedAlarms } from './synthesized-alarms.ts';

test.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))(
  'the simulation of a year in the scenario "%s" uses the same alarm definitions as the stack',
  (_name, scenario) => {
    const { checkEverySeconds, renewBeforeSeconds } = scenario;
    const minutes = (seconds: number) => `${seconds / 60}m`;
    const template = templateOf({
      checkEvery: minutes(checkEverySeconds),
      renewBefore: minutes(renewBeforeSeconds),
      credentials: [{ ...KIS, sessions: scenario.sessions }],
    });
    const deployed = synthesizedAlarms(template).filter(({ name }) => name.includes(KIS.id));
    expect(Object.fromEntries(deployed.map(({ chapter, definition }) => [chapter, definition]))).toEqual(
      alarmDefinitions(scenario),
    );
  },
);

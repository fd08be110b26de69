import { consumerSteps } from './consumer-steps.ts';
import { alarmStep, operatorSteps, secretStep } from './operator-steps.ts';
import type { Step } from './scenario.ts';
import { firstSteps, tokenSteps } from './token-steps.ts';

/**
 * The steps of the scenario, in order. The alarm step is early, because its alarm takes minutes to return to
 * OK.
 */
export const allSteps: readonly Step[] = [
  ...firstSteps,
  alarmStep,
  secretStep,
  // The consumer steps wait for the next tick, which the token steps also need.
  ...consumerSteps,
  ...tokenSteps,
  ...operatorSteps,
];

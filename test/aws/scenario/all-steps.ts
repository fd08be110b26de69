import { consumerSteps } from './consumer-steps.ts';
import { alarmStep, operatorSteps, secretStep } from './operator-steps.ts';
import type { Step } from './scenario.ts';
import { firstSteps, tokenSteps } from './token-steps.ts';

/** The scenario, in order. The alarm step is first, because the alarm takes the longest to return to OK. */
export const allSteps: readonly Step[] = [
  ...firstSteps,
  alarmStep,
  secretStep,
  // The consumer steps wait for the next tick, which the steps after them need, too.
  ...consumerSteps,
  ...tokenSteps,
  ...operatorSteps,
];

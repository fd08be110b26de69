import { consumerSteps } from './consumer-steps.ts';
import { alarmStep, operatorSteps, secretStep } from './operator-steps.ts';
import type { Step } from './scenario.ts';
import { firstSteps, tokenSteps } from './token-steps.ts';

/** The scenario, in order. The alarm comes first, because it takes the longest to end. */
export const allSteps: readonly Step[] = [
  ...firstSteps,
  alarmStep,
  secretStep,
  // Here the next tick is awaited, which the steps after them need, too.
  ...consumerSteps,
  ...tokenSteps,
  ...operatorSteps,
];

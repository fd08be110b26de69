import type { BrokerId } from '../../lambdas/shared/credential.ts';
import { HOUR, MINUTE, SECOND } from '../time.ts';
import type { ProbeStep } from './journal.ts';
import { type Scope, stepsOf } from './probe-steps.ts';

export interface PlannedStep {
  readonly step: ProbeStep;
  readonly question: string;
  /** Issue calls that are answered, at most. */
  readonly issues: number;
  /** Milliseconds, about. */
  readonly takes: number;
}

const STEPS: Readonly<Record<BrokerId, Readonly<Partial<Record<ProbeStep, Omit<PlannedStep, 'step'>>>>>> = {
  kis: {
    base: { question: 'a token: its life, and how the clocks differ', issues: 1, takes: 5 * SECOND },
    again: {
      question:
        'asked again after 61 s: the same token? is the minute long enough? what does expires_in say?',
      issues: 1,
      takes: 65 * SECOND,
    },
    refusal: {
      question:
        'called too early on purpose: refused from when on, and does a refusal begin the interval anew?',
      issues: 3,
      takes: 4 * MINUTE,
    },
    window: {
      question: 'before and after six hours: same token, new token, and does the old one die?',
      issues: 2,
      takes: 6 * HOUR + 5 * MINUTE,
    },
    revoke: {
      question: 'revoked: does it end at once, what does a second time say, is the next token new?',
      issues: 1,
      takes: 130 * SECOND,
    },
  },
  kiwoom: {
    base: { question: 'a token, and its life', issues: 1, takes: 5 * SECOND },
    again: {
      question: 'asked again after 11 s: the same token, or a new one that ends the old?',
      issues: 1,
      takes: 15 * SECOND,
    },
    refusal: {
      question: 'called too early on purpose: refused from when on, and with which code?',
      issues: 3,
      takes: MINUTE,
    },
    later: { question: 'six hours later: still the same token?', issues: 1, takes: 6 * HOUR },
    revoke: {
      question:
        'revoked: does it end at once, what does a second time say (8015, 8016), is the next token new?',
      issues: 1,
      takes: 30 * SECOND,
    },
  },
};

/** What is still to be made, and what it costs. */
export function planProbe(
  broker: BrokerId,
  scope: Scope,
  done: readonly ProbeStep[],
): readonly PlannedStep[] {
  return stepsOf(broker, scope)
    .filter((step) => !done.includes(step))
    .flatMap((step) => {
      const planned = STEPS[broker][step];
      return planned === undefined ? [] : [{ step, ...planned }];
    });
}

export function probeCost(steps: readonly PlannedStep[]): {
  readonly issues: number;
  readonly takes: number;
} {
  return {
    issues: steps.reduce((sum, { issues }) => sum + issues, 0),
    takes: steps.reduce((sum, { takes }) => sum + takes, 0),
  };
}

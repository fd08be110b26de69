import { Token } from 'aws-cdk-lib';

/** An account and region; either may be unknown at synth. */
export interface Environment {
  readonly account?: string | undefined;
  readonly region?: string | undefined;
}

/**
 * Returns the part (account or region) in which two environments certainly differ. A part that is unknown at
 * synth counts as equal.
 */
export function differingPart(one: Environment, other: Environment): 'account' | 'region' | undefined {
  return (['account', 'region'] as const).find((part) => {
    const [a, b] = [one[part], other[part]];
    if (a === undefined || b === undefined || a === b) return false;
    return !Token.isUnresolved(a) && !Token.isUnresolved(b);
  });
}

import { describe, expect, it } from 'vitest';
import { parameterFacts } from '../../../lambdas/decision/health.ts';
import { HEALTHY, ISSUED_FOR, TOKEN } from './facts.ts';

const KEY = ISSUED_FOR.tokenKeyArn;
const ours = { parameter: 'ours', unknownToken: false } as const;

describe('The version of the token parameter', () => {
  it('is ours if it is the one that was written, under the key of today', () => {
    expect(parameterFacts(HEALTHY, TOKEN.tokenVersion, KEY)).toEqual(ours);
    expect(parameterFacts(HEALTHY, TOKEN.tokenVersion, 'FAKE-other-key')).toEqual({
      ...ours,
      parameter: 'changed',
    });
  });

  it('is changed, and may belong to an unknown token, if it is another one', () => {
    const changed = { parameter: 'changed', unknownToken: true };
    expect(parameterFacts(HEALTHY, (TOKEN.tokenVersion ?? 0) + 1, KEY)).toEqual(changed);
    expect(parameterFacts({ generation: 0, issues: [] }, 1, KEY)).toEqual(changed);
  });

  it('is changed without an unknown token if the parameter does not exist', () => {
    const missing = { parameter: 'changed', unknownToken: false };
    expect(parameterFacts(HEALTHY, undefined, KEY)).toEqual(missing);
    expect(parameterFacts({ ...HEALTHY, interrupted: true }, undefined, KEY)).toEqual(missing);
    expect(parameterFacts({ generation: 0, issues: [] }, undefined, KEY)).toEqual(missing);
  });

  it('may belong to an unknown token after an interrupted call, although it is the one that was written', () => {
    const state = { ...HEALTHY, interrupted: true } as const;
    expect(parameterFacts(state, TOKEN.tokenVersion, KEY)).toEqual({ ...ours, unknownToken: true });
  });
});

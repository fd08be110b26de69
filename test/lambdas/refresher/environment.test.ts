import { describe, expect, it } from 'vitest';
import { EnvironmentError, readEnvironment } from '../../../lambdas/refresher/environment.ts';

const good = { PARAMETER_PREFIX: '/broker-tokens', TOKEN_KEY_ARN: 'arn:aws:kms:x' };

describe("the function's environment", () => {
  it('is read by the names of the contract', () => {
    expect(readEnvironment(good)).toEqual({
      parameterPrefix: '/broker-tokens',
      tokenKeyArn: 'arn:aws:kms:x',
    });
  });

  it.each([
    ['a missing prefix', { ...good, PARAMETER_PREFIX: undefined }, 'PARAMETER_PREFIX must match'],
    ['a prefix with a slash at its end', { ...good, PARAMETER_PREFIX: '/x/' }, 'got "/x/"'],
    ['an empty key', { ...good, TOKEN_KEY_ARN: '' }, 'got ""'],
    ['a missing key', { ...good, TOKEN_KEY_ARN: undefined }, 'got nothing. Deploy the stack again'],
  ])('%s is told by name', (_sentence, environment, message) => {
    expect(() => readEnvironment(environment)).toThrow(EnvironmentError);
    expect(() => readEnvironment(environment)).toThrow(message);
  });
});

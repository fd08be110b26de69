import { describe, expect, it } from 'vitest';
import { FAKE_KEYS } from '../../../simulator/brokers/keys.ts';

describe('the default keys of the simulated brokers', () => {
  it.each([
    ['kis', 36, 180],
    ['kiwoom', 43, 43],
  ] as const)('at %s have %i and %i characters and contain the word FAKE', (broker, ...lengths) => {
    const { appkey, secret } = FAKE_KEYS[broker];
    expect([appkey.length, secret.length]).toEqual(lengths);
    for (const text of [appkey, secret]) expect(text).toContain('FAKE');
  });
});

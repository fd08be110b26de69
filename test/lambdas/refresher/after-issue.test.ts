import { describe, expect, it } from 'vitest';
import type { Done } from '../../../lambdas/decision/facts.ts';
import { afterCall } from '../../../lambdas/refresher/issue.ts';
import type { Outcome } from '../../../lambdas/shared/state.ts';
import { attempt, factsAt, HEALTHY, kst, TOKEN } from '../decision/facts.ts';

const NOW = kst('08:00');
const factsWith = (done: Partial<Done>, hasToken = true) =>
  factsAt(NOW, {
    parameter: 'changed',
    token: hasToken ? {} : null,
    done: { calls: 1, repeats: 1, verdict: 'alive', returned: true, ...done },
  });
const stateWith = (outcome: Outcome) => ({ ...HEALTHY, attempt: attempt({ at: NOW, outcome }) });
const REVOKED = { revoked: TOKEN.fingerprint };

describe('The invocation after an issue call', () => {
  it.each<[outcome: Outcome, done: Partial<Done>, result: Record<string, unknown>]>([
    ['published', {}, { returned: false, published: true, parameter: 'ours' }],
    ['unchanged', { published: true }, { returned: true, published: false, parameter: 'ours' }],
    ['unavailable', { published: true }, { returned: false, published: true, parameter: 'changed' }],
    ['unavailable', { published: false }, { returned: false, published: false, parameter: 'changed' }],
  ])('that ended %s after %j has %j', (outcome, done, { parameter, ...result }) => {
    const state = stateWith(outcome);
    const next = afterCall(factsWith(done), state, false);
    expect(next).toMatchObject({ state, parameter, done: { calls: 2, repeats: 1, ...result } });
    expect(next.done.verdict).toBeUndefined();
  });

  it.each<[what: string, done: Partial<Done>, refused: boolean, hasToken: boolean, counts: object]>([
    ['refused after our own revocation', REVOKED, true, true, { calls: 1, repeats: 2 }],
    ['lost after our own revocation', REVOKED, false, true, { calls: 2, repeats: 1 }],
    [
      'refused after the revocation of another token',
      { revoked: 'FAKE' },
      true,
      true,
      { calls: 2, repeats: 1 },
    ],
    ['refused without a revocation', {}, true, true, { calls: 2, repeats: 1 }],
    ['refused without a token', {}, true, false, { calls: 2, repeats: 1 }],
    ['refused after a revocation, without a token', REVOKED, true, false, { calls: 2, repeats: 1 }],
  ])('that was %s counts it: %#', (_what, done, refused, hasToken, counts) => {
    expect(afterCall(factsWith(done, hasToken), stateWith('throttled'), refused).done).toMatchObject(counts);
  });
});

import { describe, expect, it } from 'vitest';
import { decide } from '../../../lambdas/refresher/decide.ts';
import { wishAfter, wishTakenUp } from '../../../lambdas/refresher/wish.ts';
import type { Wish } from '../../../lambdas/shared/state.ts';
import { attempt, type FactsChange, factsWith, HOUR, KIWOOM, kst, MINUTE, SECOND, TOKEN } from './facts.ts';

const NOW = kst('20:00', '2026-11-19');
const EARLIER = NOW - HOUR;

const after = (change: FactsChange): Wish | undefined => {
  const facts = factsWith(change);
  return wishAfter(facts, decide(facts, NOW), NOW);
};
const forced: Wish = { reason: 'Forced', since: EARLIER };
const rejected: Wish = { reason: 'Rejected', generation: 41, since: EARLIER };
const changed: Wish = { reason: 'CredentialsChanged', since: EARLIER };
const tooSoon = { lastCallAt: NOW - SECOND };
const held = { attempt: undefined } as const;

describe('what is still wanted after a decision', () => {
  it.each<[string, FactsChange, Wish | undefined]>([
    ['nothing, after an idle tick', {}, undefined],
    [
      'a forced refresh that came too soon',
      { message: { cause: 'forced' }, state: tooSoon },
      { reason: 'Forced', since: NOW },
    ],
    [
      'one that came too soon before there was any token',
      { message: { cause: 'forced' }, state: { ...tooSoon, generation: 0, published: undefined } },
      { reason: 'Forced', since: NOW },
    ],
    [
      'one that came while an unusable answer is waited out',
      {
        message: { cause: 'forced' },
        state: { attempt: attempt({ at: NOW - MINUTE, outcome: 'malformed', retryAt: NOW + MINUTE }) },
      },
      { reason: 'Forced', since: NOW },
    ],
    [
      'a report that is repeated, since when it was repeated',
      { message: { cause: 'rejected', generation: 41 }, verdict: 'unknown', state: { wanted: rejected } },
      { ...rejected, since: NOW },
    ],
    [
      'since when it was asked for first',
      { message: { cause: 'forced' }, state: { ...tooSoon, wanted: forced } },
      forced,
    ],
    [
      'not one that would reuse the token: that is an answer',
      { message: { cause: 'forced' }, state: { published: { ...TOKEN, issuedAt: NOW - HOUR } } },
      undefined,
    ],
    [
      'a report that could not be checked',
      { message: { cause: 'rejected', generation: 41 }, verdict: 'unknown' },
      { reason: 'Rejected', generation: 41, since: NOW },
    ],
    [
      'the newest report',
      { message: { cause: 'rejected', generation: 42 }, verdict: 'unknown', state: { wanted: rejected } },
      { reason: 'Rejected', generation: 42, since: NOW },
    ],
    ['not a report that turned out wrong', { state: { wanted: rejected }, verdict: 'alive' }, undefined],
    [
      'not a report on a token known to be dead',
      { state: { ...tooSoon, dead: true, wanted: rejected } },
      undefined,
    ],
    ['not a report under pause', { state: { paused: true, wanted: rejected } }, undefined],
    [
      'not a report on a generation that was replaced',
      { state: { wanted: { ...rejected, generation: 40 } } },
      undefined,
    ],
    [
      'a report without a generation is about the current one',
      { state: { wanted: { reason: 'Rejected', since: EARLIER } }, verdict: 'unknown' },
      { reason: 'Rejected', since: EARLIER },
    ],
    [
      'a changed secret that could not be served',
      { message: { cause: 'credentials-changed' }, secretVersion: 'v2', state: tooSoon },
      { reason: 'CredentialsChanged', since: NOW },
    ],
    ['a pending change of the secret', { state: { ...tooSoon, wanted: changed } }, changed],
    ['not a change to what is in use', { state: { wanted: changed }, secretVersion: 'v1' }, undefined],
    [
      'not a change before there is any token: the first one is due anyway',
      { state: { ...tooSoon, generation: 0, published: undefined, wanted: changed }, secretVersion: 'v2' },
      undefined,
    ],
    [
      'a change of the secret rather than a force, as it serves both',
      { message: { cause: 'forced' }, state: { ...tooSoon, wanted: changed } },
      changed,
    ],
    [
      'a change of the secret that comes upon a pending force',
      {
        message: { cause: 'credentials-changed' },
        secretVersion: 'v2',
        state: { ...tooSoon, wanted: forced },
      },
      { reason: 'CredentialsChanged', since: NOW },
    ],
    [
      'a report that could not be checked, beside the change of the secret',
      {
        message: { cause: 'credentials-changed' },
        secretVersion: 'v2',
        verdict: 'unknown',
        state: { ...tooSoon, wanted: rejected },
      },
      { reason: 'CredentialsChanged', generation: 41, since: NOW },
    ],
    [
      'a force, beside the report that could not be checked',
      {
        message: { cause: 'rejected', generation: 42 },
        verdict: 'unknown',
        state: { ...tooSoon, wanted: { ...forced, generation: 41 } },
      },
      { ...forced, generation: 42 },
    ],
    [
      'the change of the secret alone, once the report beside it has been checked',
      {
        verdict: 'alive',
        secretVersion: 'v2',
        state: { ...tooSoon, wanted: { ...changed, generation: 41 } },
      },
      changed,
    ],
    [
      'the report alone, once the change of the secret beside it is void',
      { verdict: 'unknown', secretVersion: 'v1', state: { wanted: { ...changed, generation: 41 } } },
      { reason: 'Rejected', generation: 41, since: EARLIER },
    ],
    [
      'nothing, when a secret event says nothing new',
      { message: { cause: 'credentials-changed' }, state: held },
      undefined,
    ],
  ])('%s', (_sentence, change, wish) => {
    expect(after(change)).toEqual(wish);
  });
});

it('two wishes that are still open are written once, not at every tick', () => {
  const wanted: Wish = { ...changed, generation: 41 };
  const facts = factsWith({ state: { ...tooSoon, wanted }, secretVersion: 'v2', verdict: 'unknown' });
  expect(wishAfter(facts, decide(facts, NOW), NOW)).toBe(wanted);
});

describe('what an attempt takes up', () => {
  it.each<[string, FactsChange, Wish | undefined]>([
    ['a tick takes up what is pending', { state: { wanted: changed } }, changed],
    ['a tick takes up nothing', {}, undefined],
    [
      'a message is taken up, so that a crash does not lose it',
      { message: { cause: 'forced' } },
      { reason: 'Forced', since: NOW },
    ],
    [
      'a report without a generation is about the current one',
      { contract: KIWOOM, message: { cause: 'rejected' } },
      { reason: 'Rejected', generation: 41, since: NOW },
    ],
    [
      'a late report of an old generation does not push out the one that is still to be checked',
      { message: { cause: 'rejected', generation: 40 }, state: { wanted: rejected } },
      { reason: 'Rejected', generation: 41, since: NOW },
    ],
    [
      'not beside a stronger wish either',
      {
        message: { cause: 'rejected', generation: 40 },
        state: { wanted: { ...forced, generation: 41 } },
      },
      { reason: 'Forced', generation: 41, since: EARLIER },
    ],
    ['a revoke wishes nothing: it is done at once', { message: { cause: 'revoke' } }, undefined],
  ])('%s', (_sentence, change, wish) => {
    expect(wishTakenUp(factsWith(change), NOW)).toEqual(wish);
  });
});

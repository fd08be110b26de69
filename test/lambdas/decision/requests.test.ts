import { describe, expect, it } from 'vitest';
import type { Decision, Wait } from '../../../lambdas/decision/facts.ts';
import {
  acceptRequest,
  adaptStoredState,
  isStaleReport,
  withoutCompletedRequests,
} from '../../../lambdas/decision/requests.ts';
import type { InboxMessage } from '../../../lambdas/shared/message.ts';
import { INITIAL_STATE, type State } from '../../../lambdas/shared/state.ts';
import {
  attempt,
  changed,
  DAY,
  EXPIRY,
  type FactsChange,
  factsAt,
  forced,
  HEALTHY_STATE,
  HOUR,
  keyRejection,
  MINUTE,
  FRESH as NOW,
  OTHER_FINGERPRINT,
  PUBLISHED_TOKEN,
  revocation,
} from './facts.ts';

const credential = 'kis-main';
const messages = {
  tick: { credential, cause: 'schedule' },
  changed: { credential, cause: 'credentials-changed' },
  forced: { credential, cause: 'forced' },
  revoke: { credential, cause: 'revoke' },
  revokeOnly: { credential, cause: 'revoke', reissue: false },
} as const;
const report = (generation: number): InboxMessage => ({ credential, cause: 'rejected', generation });
const withPending = (pending: State['pending']): State => ({ ...HEALTHY_STATE, pending });
const withToken = (token: object): State => ({
  ...HEALTHY_STATE,
  published: { ...PUBLISHED_TOKEN, ...token },
});
const accept = (state: State, message: InboxMessage, unknownToken = false) =>
  acceptRequest(state, message, NOW, unknownToken);

describe('A message', () => {
  it('from the schedule adds no pending request', () => {
    expect(accept(HEALTHY_STATE, messages.tick)).toBe(HEALTHY_STATE);
  });

  const added = { credentialsChanged: { since: NOW } };
  it.each([
    ['adds a pending request', HEALTHY_STATE, withPending(added)],
    ['does not change the time of a pending request', withPending(changed), withPending(changed)],
    ['keeps other pending requests', withPending(forced), withPending({ ...forced, ...added })],
    ['changes nothing before the first token is published', INITIAL_STATE, INITIAL_STATE],
  ])('about a changed secret %s', (_what, before, after) => {
    expect(accept(before, messages.changed)).toEqual(after);
  });

  it.each([
    [40, 'live', 'live', true],
    [41, 'live', 'suspect', false],
    [42, 'live', 'suspect', false],
    [41, 'suspect', 'suspect', false],
    [41, 'dead', 'dead', false],
  ] as const)(
    'that reports generation %i sets the health of a %s token to "%s"',
    (generation, from, to, isStale) => {
      const state = withToken({ health: from });
      expect(accept(state, report(generation))).toEqual(withToken({ health: to }));
      expect(isStaleReport(state, report(generation))).toBe(isStale);
    },
  );

  it('that reports a rejected token changes nothing before the first token is published', () => {
    expect(accept(INITIAL_STATE, report(1))).toBe(INITIAL_STATE);
  });
});

describe('A forced refresh', () => {
  it('ends a pause and every delay, and clears the flag revokeUseless (revocation has no effect)', () => {
    const last = attempt({ at: NOW, outcome: 'malformed', failures: 3 });
    const refused = keyRejection({ since: 1, retryAt: NOW + HOUR, times: 7 });
    const state: State = {
      ...withPending(changed),
      paused: true,
      revokeUseless: true,
      refused,
      attempt: { ...last, retryAt: NOW + HOUR },
    };
    expect(accept(state, messages.forced)).toEqual({
      ...withPending({ ...changed, forced: { since: NOW } }),
      refused: { ...refused, retryAt: NOW, times: 0 },
      attempt: last,
    });
  });

  it('does not delay the next attempt with a rejected app key', () => {
    const refused = keyRejection({ retryAt: NOW - HOUR });
    expect(accept({ ...HEALTHY_STATE, refused }, messages.forced).refused).toEqual({ ...refused, times: 0 });
  });

  it('sets the field reissue of a pending revocation to true', () => {
    expect(accept(withPending(revocation(false)), messages.forced).pending).toMatchObject(revocation(true));
  });
});

describe('A requested revocation', () => {
  const both = { ...forced, ...revocation(true) };
  it.each<[what: string, message: keyof typeof messages, before: State['pending'], after: State['pending']]>([
    [
      'keeps the time of the first request, but not the field reissue',
      'revokeOnly',
      revocation(true),
      revocation(false),
    ],
    ['keeps a pending forced refresh', 'revoke', both, both],
    ['without a replacement removes a pending forced refresh', 'revokeOnly', both, revocation(false)],
  ])('%s', (_what, message, before, after) => {
    expect(accept(withPending(before), messages[message]).pending).toEqual(after);
  });

  it.each<[string, State]>([
    ['no token', INITIAL_STATE],
    ['a token that was revoked', withToken({ revokedAt: NOW - 1, health: 'dead' })],
    ['an expired token', withToken({ expiresAt: NOW })],
  ])('causes no broker call for %s, and pauses the credential if reissue is false', (_what, state) => {
    expect(accept(state, messages.revokeOnly)).toEqual({ ...state, paused: true });
    expect(accept(state, messages.revoke)).toEqual(state);
    const requested: State = { ...state, pending: forced };
    expect(accept(requested, messages.revokeOnly)).toEqual({ ...state, paused: true });
    const paused: State = { ...requested, paused: true };
    expect(accept(paused, messages.revoke)).toEqual(paused);
  });
});

describe('At the start of an invocation', () => {
  const adapt = (change: FactsChange, now = NOW) => adaptStoredState(factsAt(now, change), now);
  const foreign = { fingerprint: OTHER_FINGERPRINT };

  it.each<[when: string, token: object, now: number, paused: true | undefined]>([
    ['expired', {}, EXPIRY, true],
    ['was revoked', { revokedAt: NOW, health: 'dead' }, NOW, true],
    ['was replaced', foreign, NOW, undefined],
  ])('a pending revocation is removed if the token %s', (_when, token, now, paused) => {
    const ended = adapt({ token, state: { pending: revocation(false) } }, now);
    expect({ pending: ended.pending, paused: ended.paused }).toEqual({ pending: undefined, paused });
    const reissued = adapt({ token, state: { pending: { ...revocation(true), ...forced } } }, now);
    expect({ pending: reissued.pending, paused: reissued.paused }).toEqual({
      pending: forced,
      paused: undefined,
    });
  });

  it('a pending revocation is removed from a state without a token', () => {
    expect(adapt({ token: null })).toEqual(INITIAL_STATE);
    expect(adapt({ token: null, state: { pending: revocation(true) } })).toEqual(INITIAL_STATE);
  });

  it('a requested revocation stays pending until the token expires', () => {
    const pending = revocation(false);
    expect(adapt({ state: { pending } }, EXPIRY - 1).pending).toEqual(pending);
  });

  it('the time renewAt is computed again if the setting renewBefore was changed', () => {
    const renewAt = PUBLISHED_TOKEN.renewAt - HOUR;
    expect(adapt({ config: { renewBeforeSeconds: 2 * 3600 } })).toEqual(withToken({ renewAt }));
    expect(adapt({})).toEqual(HEALTHY_STATE);
  });

  it.each([
    ['suspect', 'live', NOW + HOUR],
    ['dead', 'dead', NOW + HOUR],
    ['live', 'live', NOW + MINUTE],
  ] as const)(
    'the health of a token is %s if it was %s and the issue time is in the future',
    (after, health, issuedAt) => {
      expect(adapt({ token: { issuedAt, health } }).published?.health).toBe(after);
    },
  );
});

describe('A decision that ends the invocation', () => {
  const keep: Decision = { action: 'keep', reason: 'Fresh' };
  const wait = (reason: Wait['reason']): Decision => ({
    action: 'wait',
    reason,
    until: NOW + DAY,
    sleep: false,
  });
  const rejected: State = { ...HEALTHY_STATE, refused: keyRejection({ retryAt: NOW }) };
  const rejectedSecret: State = { ...rejected, pending: changed };
  const rejectedForced: State = { ...rejected, pending: forced };
  const both = withPending({ ...forced, ...changed });

  it.each<[what: string, decision: Decision, before: State, after: State]>([
    ['completes a forced refresh', wait('BudgetSpent'), both, withPending(changed)],
    ['keeps a forced refresh pending', wait('TooSoon'), withPending(forced), withPending(forced)],
    ['removes the record of a rejected key', keep, rejected, HEALTHY_STATE],
    ['keeps this record during a wait', wait('TooSoon'), rejected, rejected],
    ['keeps this record after a forced refresh', wait('BudgetSpent'), rejectedForced, rejected],
    ['keeps this record while a changed secret is pending', keep, rejectedSecret, rejectedSecret],
    ['changes nothing in a state without requests', keep, HEALTHY_STATE, HEALTHY_STATE],
  ])('%s', (_what, decision, before, after) => {
    expect(withoutCompletedRequests(before, decision)).toEqual(after);
  });
});

import { describe, expect, it } from 'vitest';
import type { FailedCall } from '../../../lambdas/decision/attempts.ts';
import type { Facts, InvocationProgress, Verdict } from '../../../lambdas/decision/facts.ts';
import { stateAfterFailedIssue, stateAfterIssue } from '../../../lambdas/decision/issue-result.ts';
import {
  stateAfterFailedRevocation,
  stateAfterRevocation,
  stateAfterVerify,
} from '../../../lambdas/decision/transitions.ts';
import type { Health, PublishedToken, State } from '../../../lambdas/shared/state.ts';
import {
  callStartAt,
  DAY,
  FINGERPRINT,
  factsAt,
  kst,
  LOST_ANSWER,
  MINUTE,
  OTHER_FINGERPRINT,
  PUBLISHED_TOKEN,
  REJECTED_CALL,
  receivedToken,
  SECOND,
  stepOf,
} from './facts.ts';

// The renewal has been due since 08:00 and the token expires at 09:00, so most of its renewal margin is left
// at 08:10.
const NOW = kst('08:10');
const END = NOW + SECOND;
const start = callStartAt(NOW);

type Event = (facts: Facts) => Facts;

const after = (facts: Facts, state: State, done: Partial<InvocationProgress> = {}): Facts => ({
  ...facts,
  state,
  done: { ...facts.done, ...done },
});
const verify =
  (verdict: Verdict): Event =>
  (facts) => {
    const answered = after(facts, facts.state, { verdict });
    return { ...answered, state: stateAfterVerify(answered, verdict, END) };
  };
const issue =
  (fingerprint: string, expiresAt: number, done: Partial<InvocationProgress>): Event =>
  (facts) =>
    after(facts, stateAfterIssue(facts, start, receivedToken(fingerprint, expiresAt), END), {
      calls: 1,
      ...done,
    });
const alive = verify('alive');
const dead = verify('dead');
const unclear = verify('unclear');
const unreachable = verify('unreachable');
const returned = issue(FINGERPRINT, PUBLISHED_TOKEN.expiresAt, { returned: true });
const returnedExpired = issue(FINGERPRINT, NOW - 20 * MINUTE, { returned: true });
const replaced = issue(OTHER_FINGERPRINT, NOW + DAY, { published: true });
// If the verify call gives no verdict, a token that the same invocation published counts as live, because the
// broker has just issued the token.
const unverified: Event = (facts) => unclear(replaced(facts));
const issueLost: Event = (facts) =>
  after(facts, stateAfterFailedIssue(facts, start, LOST_ANSWER, END), { calls: 1 });
const revokedDone = { revoked: FINGERPRINT };
const revoked: Event = (facts) => after(facts, stateAfterRevocation(facts, start, END), revokedDone);
const revokeFailed =
  (failure: FailedCall): Event =>
  (facts) =>
    after(facts, stateAfterFailedRevocation(facts, start, failure), revokedDone);
const revokeLost = revokeFailed(LOST_ANSWER);
const revokeRejected = revokeFailed(REJECTED_CALL);

const RENEW = 'issue NearExpiry';
const REPLACE = 'issue TokenDead';
const VERIFY = 'verify Suspect';
const VERIFY_RENEWAL = 'verify BeforeCall';
const VERIFY_DEAD = 'verify TokenDead';
const UNHEALTHY = 'wait BrokerUnhealthy';
const OTHER = { fingerprint: OTHER_FINGERPRINT };
const REVOKED = { health: 'dead', revokedAt: END, revocations: 1 } as const;
const KEPT = { expiresAt: PUBLISHED_TOKEN.expiresAt };

type Row = [what: string, Event, from: Health, token: Partial<PublishedToken>, nextStep: string];

describe('The published token', () => {
  it.each<Row>([
    ['a verify call with the verdict "alive"', alive, 'live', { health: 'live' }, RENEW],
    ['a verify call with the verdict "alive"', alive, 'suspect', { health: 'live' }, RENEW],
    ['a verify call with the verdict "alive"', alive, 'dead', { health: 'live' }, RENEW],
    ['a verify call with the verdict "dead"', dead, 'live', { health: 'dead' }, REPLACE],
    ['a verify call with the verdict "dead"', dead, 'suspect', { health: 'dead' }, REPLACE],
    ['a verify call with the verdict "dead"', dead, 'dead', { health: 'dead' }, REPLACE],
    ['a verify call with the verdict "unclear"', unclear, 'live', { health: 'live' }, RENEW],
    ['a verify call with the verdict "unclear"', unclear, 'suspect', { health: 'suspect' }, RENEW],
    ['a verify call with the verdict "unclear"', unclear, 'dead', { health: 'dead' }, REPLACE],
    ['a verify call without an answer', unreachable, 'live', { health: 'live' }, UNHEALTHY],
    ['a verify call without an answer', unreachable, 'suspect', { health: 'suspect' }, UNHEALTHY],
    ['a verify call without an answer', unreachable, 'dead', { health: 'dead' }, REPLACE],
    // The reason is TooSoon, because the minimum interval is checked before WouldReuse.
    ['the return of the same token', returned, 'live', { health: 'live', returnedAgain: 1 }, 'wait TooSoon'],
    ['the return of the same token', returned, 'suspect', { health: 'suspect', returnedAgain: 1 }, VERIFY],
    ['the return of the same token', returned, 'dead', { health: 'dead', returnedAgain: 1 }, VERIFY_DEAD],
    ['the issue of a new token', replaced, 'live', { ...OTHER, health: 'live' }, 'keep Fresh'],
    ['the issue of a new token', replaced, 'suspect', { ...OTHER, health: 'suspect' }, VERIFY],
    ['the issue of a new token', replaced, 'dead', { ...OTHER, health: 'suspect' }, VERIFY],
    ['a new token without a verdict', unverified, 'suspect', { ...OTHER, health: 'live' }, 'keep Unverified'],
    ['a new token without a verdict', unverified, 'dead', { ...OTHER, health: 'live' }, 'keep Unverified'],
    ['the lost answer of an issue call', issueLost, 'live', { health: 'suspect' }, VERIFY],
    ['the lost answer of an issue call', issueLost, 'suspect', { health: 'suspect' }, VERIFY],
    ['the lost answer of an issue call', issueLost, 'dead', { health: 'dead' }, 'wait TooSoon'],
    ['a confirmed revocation', revoked, 'live', REVOKED, REPLACE],
    ['a confirmed revocation', revoked, 'suspect', REVOKED, REPLACE],
    ['a confirmed revocation', revoked, 'dead', REVOKED, REPLACE],
    ['a revocation without an answer', revokeLost, 'live', { health: 'suspect', revocations: 1 }, VERIFY],
    ['a revocation without an answer', revokeLost, 'suspect', { health: 'suspect', revocations: 1 }, VERIFY],
    ['a revocation without an answer', revokeLost, 'dead', { health: 'dead', revocations: 1 }, REPLACE],
    ['a rejected revocation', revokeRejected, 'live', { health: 'live', revocations: 1 }, VERIFY_RENEWAL],
    ['a rejected revocation', revokeRejected, 'dead', { health: 'dead', revocations: 1 }, REPLACE],
    // A dead token stays dead until a verify call shows that the token is live.
    ['a stated expiry in the past', returnedExpired, 'live', { ...KEPT, health: 'suspect' }, VERIFY],
    ['a stated expiry in the past', returnedExpired, 'suspect', { ...KEPT, health: 'suspect' }, VERIFY],
    ['a stated expiry in the past', returnedExpired, 'dead', { ...KEPT, health: 'dead' }, VERIFY_DEAD],
  ])(
    'has the fields $3 after $0 of a $2 token, and the next step is $4',
    (_what, event, health, token, step) => {
      const facts = event(factsAt(NOW, { token: { health } }));
      expect(facts.state.published).toMatchObject(token);
      expect(stepOf(facts, END)).toBe(step);
    },
  );

  it('stays dead if a verify call after a confirmed revocation has the verdict "alive"', () => {
    const facts = alive(factsAt(NOW, { token: { health: 'dead', revokedAt: NOW } }));
    expect(facts.state.published).toMatchObject({ health: 'dead', revokedAt: NOW });
    expect(stepOf(facts, END)).toBe(REPLACE);
  });
});

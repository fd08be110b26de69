import { describe, expect, it } from 'vitest';
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

// Each table contains the transitions of the token's health for one event. The renewal has been due since
// 08:00 and the token expires at 09:00, so most of its renewal margin is left at 08:10.
const NOW = kst('08:10');
const END = NOW + SECOND;
const start = callStartAt(NOW);

type Event = (facts: Facts) => Facts;
type Row = [from: Health, token: Partial<PublishedToken>, nextStep: string];

/** Each row contains the health before the event, and the expected token and step after the event. */
function table(title: string, event: Event, rows: readonly Row[], tokenBefore: Partial<PublishedToken> = {}) {
  describe(title, () => {
    it.each(rows)('gives a %s token the fields %j, and the next step is %s', (health, token, nextStep) => {
      const facts = event(factsAt(NOW, { token: { health, ...tokenBefore } }));
      expect(facts.state.published).toMatchObject(token);
      expect(stepOf(facts, END)).toBe(nextStep);
    });
  });
}

const after = (facts: Facts, state: State, done: Partial<InvocationProgress> = {}): Facts => ({
  ...facts,
  state,
  done: { ...facts.done, ...done },
});
const verify = (verdict: Verdict) => (facts: Facts) => {
  const answered = after(facts, facts.state, { verdict });
  return { ...answered, state: stateAfterVerify(answered, verdict, END) };
};

const ISSUE_RENEWAL = 'issue NearExpiry';
const ISSUE_DEAD = 'issue TokenDead';
const VERIFY_SUSPECT = 'verify Suspect';
const UNHEALTHY = 'wait BrokerUnhealthy';
const TOO_SOON = 'wait TooSoon';
const REVOKED = { health: 'dead', revokedAt: END, revocations: 1 } as const;
const EXPIRY_KEPT = { expiresAt: PUBLISHED_TOKEN.expiresAt };

table('A verify call with the verdict "alive"', verify('alive'), [
  ['live', { health: 'live' }, ISSUE_RENEWAL],
  ['suspect', { health: 'live' }, ISSUE_RENEWAL],
  ['dead', { health: 'live' }, ISSUE_RENEWAL],
]);

table(
  'A verify call with the verdict "alive" after a confirmed revocation',
  verify('alive'),
  [['dead', { health: 'dead', revokedAt: NOW }, ISSUE_DEAD]],
  { revokedAt: NOW },
);

table('A verify call with the verdict "dead"', verify('dead'), [
  ['live', { health: 'dead' }, ISSUE_DEAD],
  ['suspect', { health: 'dead' }, ISSUE_DEAD],
  ['dead', { health: 'dead' }, ISSUE_DEAD],
]);

table('A verify call with the verdict "unclear"', verify('unclear'), [
  ['live', { health: 'live' }, ISSUE_RENEWAL],
  ['suspect', { health: 'suspect' }, ISSUE_RENEWAL],
  ['dead', { health: 'dead' }, ISSUE_DEAD],
]);

table('A verify call with the verdict "unreachable"', verify('unreachable'), [
  ['live', { health: 'live' }, UNHEALTHY],
  ['suspect', { health: 'suspect' }, UNHEALTHY],
  ['dead', { health: 'dead' }, ISSUE_DEAD],
]);

const issue = (fingerprint: string, expiresAt: number, done: Partial<InvocationProgress>) => (facts: Facts) =>
  after(facts, stateAfterIssue(facts, start, receivedToken(fingerprint, expiresAt), END), {
    calls: 1,
    ...done,
  });
const returned = issue(FINGERPRINT, PUBLISHED_TOKEN.expiresAt, { returned: true });

table('An issue call that returns the same token', returned, [
  // The reason is TooSoon, because the minimum interval is checked before WouldReuse.
  ['live', { health: 'live', returnedAgain: 1 }, TOO_SOON],
  ['suspect', { health: 'suspect', returnedAgain: 1 }, VERIFY_SUSPECT],
  ['dead', { health: 'dead', returnedAgain: 1 }, 'verify TokenDead'],
]);

const replaced = issue(OTHER_FINGERPRINT, NOW + DAY, { published: true });

table('An issue call that returns a different token', replaced, [
  ['live', { fingerprint: OTHER_FINGERPRINT, health: 'live' }, 'keep Fresh'],
  ['suspect', { fingerprint: OTHER_FINGERPRINT, health: 'suspect' }, VERIFY_SUSPECT],
  ['dead', { fingerprint: OTHER_FINGERPRINT, health: 'suspect' }, VERIFY_SUSPECT],
]);

// If the verify call gives no verdict, a token that the same invocation published counts as live, because the
// broker has just issued the token.
table(
  'A verify call with the verdict "unclear" on a token that was just published',
  (facts) => verify('unclear')(replaced(facts)),
  [
    ['suspect', { fingerprint: OTHER_FINGERPRINT, health: 'live' }, 'keep Unverified'],
    ['dead', { fingerprint: OTHER_FINGERPRINT, health: 'live' }, 'keep Unverified'],
  ],
);

table(
  'An issue call whose answer was lost',
  (facts) => after(facts, stateAfterFailedIssue(facts, start, LOST_ANSWER, END), { calls: 1 }),
  [
    ['live', { health: 'suspect' }, VERIFY_SUSPECT],
    ['suspect', { health: 'suspect' }, VERIFY_SUSPECT],
    ['dead', { health: 'dead' }, TOO_SOON],
  ],
);

const revokedDone = { revoked: FINGERPRINT };

table(
  'A confirmed revocation',
  (facts) => after(facts, stateAfterRevocation(facts, start, END), revokedDone),
  [
    ['live', REVOKED, ISSUE_DEAD],
    ['suspect', REVOKED, ISSUE_DEAD],
    ['dead', REVOKED, ISSUE_DEAD],
  ],
);

table(
  'A revocation whose answer was lost',
  (facts) => after(facts, stateAfterFailedRevocation(facts, start, LOST_ANSWER), revokedDone),
  [
    ['live', { health: 'suspect', revocations: 1 }, VERIFY_SUSPECT],
    ['suspect', { health: 'suspect', revocations: 1 }, VERIFY_SUSPECT],
    ['dead', { health: 'dead', revocations: 1 }, ISSUE_DEAD],
  ],
);

table(
  'A revocation that the broker rejected',
  (facts) => after(facts, stateAfterFailedRevocation(facts, start, REJECTED_CALL), revokedDone),
  [
    ['live', { health: 'live', revocations: 1 }, 'verify BeforeCall'],
    ['dead', { health: 'dead', revocations: 1 }, ISSUE_DEAD],
  ],
);

// A dead token stays dead until a verify call shows that the token is live. The next step is always a verify
// call.
table(
  'The same token returned with an expiry that has passed',
  issue(FINGERPRINT, NOW - 20 * MINUTE, { returned: true }),
  [
    ['live', { health: 'suspect', ...EXPIRY_KEPT }, VERIFY_SUSPECT],
    ['suspect', { health: 'suspect', ...EXPIRY_KEPT }, VERIFY_SUSPECT],
    ['dead', { health: 'dead', ...EXPIRY_KEPT }, 'verify TokenDead'],
  ],
);

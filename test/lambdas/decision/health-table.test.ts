import { describe, expect, it } from 'vitest';
import { decide } from '../../../lambdas/decision/decide.ts';
import type { Facts, InvocationProgress, Verdict } from '../../../lambdas/decision/facts.ts';
import { stateAfterFailedIssue, stateAfterIssue } from '../../../lambdas/decision/issue-result.ts';
import { acceptRequest } from '../../../lambdas/decision/requests.ts';
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
  HEALTHY_STATE,
  kst,
  LOST_ANSWER,
  MINUTE,
  OTHER_FINGERPRINT,
  PUBLISHED_TOKEN,
  receivedToken,
  SECOND,
} from './facts.ts';

// Each table contains the transitions of the token's health for one event. The renewal has been due since
// 08:00 and the token expires at 09:00, so most of its renewal margin is left at 08:10.
const NOW = kst('08:10');
const END = NOW + SECOND;

const tokenThatIs = (health: Health, token: Partial<PublishedToken> = {}): Facts =>
  factsAt(NOW, { token: { health, ...token } });
const after = (facts: Facts, state: State, done: Partial<InvocationProgress> = {}): Facts => ({
  ...facts,
  state,
  done: { ...facts.done, ...done },
});

type Cell = [from: Health, token: Partial<PublishedToken>, next: object];

/**
 * Tests one event. Each row contains the health before the event, and the expected token and decision after
 * the event.
 */
function table(title: string, event: (facts: Facts) => Facts, cells: readonly Cell[], start = tokenThatIs) {
  describe(title, () => {
    it.each(cells)(
      'gives a %s token the fields %j, and the next decision contains %j',
      (from, token, next) => {
        const facts = event(start(from));
        expect(facts.state.published).toMatchObject(token);
        expect(decide(facts, END)).toMatchObject(next);
      },
    );
  });
}

const verify = (verdict: Verdict) => (facts: Facts) => {
  const answered = after(facts, facts.state, { verdict });
  return { ...answered, state: stateAfterVerify(answered, verdict, END) };
};

const ISSUE_RENEWAL = { action: 'issue', reason: 'NearExpiry' };
const ISSUE_DEAD = { action: 'issue', reason: 'TokenDead' };
const VERIFY_SUSPECT = { action: 'verify', reason: 'Suspect' };
const UNHEALTHY = { action: 'wait', reason: 'BrokerUnhealthy', until: END + 5 * MINUTE, sleep: false };

table('A verify call with the verdict "alive"', verify('alive'), [
  ['live', { health: 'live' }, ISSUE_RENEWAL],
  ['suspect', { health: 'live' }, ISSUE_RENEWAL],
  ['dead', { health: 'live' }, ISSUE_RENEWAL],
]);

table(
  'A verify call with the verdict "alive" after a confirmed revocation',
  verify('alive'),
  [['dead', { health: 'dead', revokedAt: NOW }, ISSUE_DEAD]],
  (health) => tokenThatIs(health, { revokedAt: NOW }),
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

const returned = (facts: Facts) =>
  after(facts, stateAfterIssue(facts, callStartAt(NOW), receivedToken(FINGERPRINT, PUBLISHED_TOKEN), END), {
    calls: 1,
    returned: true,
  });

table('An issue call that returns the same token', returned, [
  // The reason is TooSoon, because the minimum interval is checked before WouldReuse.
  ['live', { health: 'live', returnedAgain: 1 }, { action: 'wait', reason: 'TooSoon', sleep: false }],
  ['suspect', { health: 'suspect', returnedAgain: 1 }, VERIFY_SUSPECT],
  ['dead', { health: 'dead', returnedAgain: 1 }, { action: 'verify', reason: 'TokenDead' }],
]);

table(
  'A dead token that was returned and is verified "dead" again',
  (facts) => verify('dead')(returned(facts)),
  [['dead', { health: 'dead' }, { action: 'revoke', reason: 'TokenDead' }]],
);

const replaced = (facts: Facts) =>
  after(
    facts,
    stateAfterIssue(facts, callStartAt(NOW), receivedToken(OTHER_FINGERPRINT, { expiresAt: NOW + DAY }), END),
    {
      calls: 1,
      published: true,
    },
  );

table('An issue call that returns a different token', replaced, [
  ['live', { fingerprint: OTHER_FINGERPRINT, health: 'live' }, { action: 'keep', reason: 'Fresh' }],
  ['suspect', { fingerprint: OTHER_FINGERPRINT, health: 'suspect' }, VERIFY_SUSPECT],
  ['dead', { fingerprint: OTHER_FINGERPRINT, health: 'suspect' }, VERIFY_SUSPECT],
]);

// If the verify call gives no verdict, a token that the same invocation published counts as live, because the
// broker has just issued the token.
table(
  'A verify call with the verdict "unclear" on a token that was just published',
  (facts) => verify('unclear')(replaced(facts)),
  [
    ['suspect', { fingerprint: OTHER_FINGERPRINT, health: 'live' }, { action: 'keep', reason: 'Unverified' }],
    ['dead', { fingerprint: OTHER_FINGERPRINT, health: 'live' }, { action: 'keep', reason: 'Unverified' }],
  ],
);

table(
  'An issue call whose answer was lost',
  (facts) => after(facts, stateAfterFailedIssue(facts, callStartAt(NOW), LOST_ANSWER, END), { calls: 1 }),
  [
    ['live', { health: 'suspect' }, VERIFY_SUSPECT],
    ['suspect', { health: 'suspect' }, VERIFY_SUSPECT],
    ['dead', { health: 'dead' }, { action: 'wait', reason: 'TooSoon', until: END + 61 * SECOND }],
  ],
);

table(
  'A confirmed revocation',
  (facts) => after(facts, stateAfterRevocation(facts, callStartAt(NOW), END), { revoked: FINGERPRINT }),
  [
    ['live', { health: 'dead', revokedAt: END, revocations: 1 }, ISSUE_DEAD],
    ['suspect', { health: 'dead', revokedAt: END, revocations: 1 }, ISSUE_DEAD],
    ['dead', { health: 'dead', revokedAt: END, revocations: 1 }, ISSUE_DEAD],
  ],
);

table(
  'A revocation whose answer was lost',
  (facts) =>
    after(facts, stateAfterFailedRevocation(facts, callStartAt(NOW), LOST_ANSWER), {
      revoked: FINGERPRINT,
    }),
  [
    ['live', { health: 'suspect', revocations: 1 }, VERIFY_SUSPECT],
    ['suspect', { health: 'suspect', revocations: 1 }, VERIFY_SUSPECT],
    ['dead', { health: 'dead', revocations: 1 }, ISSUE_DEAD],
  ],
);

const report = { credential: 'kis-main', cause: 'rejected', generation: HEALTHY_STATE.generation } as const;
table(
  'A report of a consumer on this generation',
  (facts) => after(facts, acceptRequest(facts.state, report, END, false)),
  [
    ['live', { health: 'suspect' }, VERIFY_SUSPECT],
    ['suspect', { health: 'suspect' }, VERIFY_SUSPECT],
    ['dead', { health: 'dead' }, ISSUE_DEAD],
  ],
);

table('A token parameter that was changed', (facts) => ({ ...facts, parameter: 'changed' }), [
  ['live', { health: 'live' }, { action: 'restore', reason: 'ParameterChanged' }],
  ['suspect', { health: 'suspect' }, VERIFY_SUSPECT],
  ['dead', { health: 'dead' }, ISSUE_DEAD],
]);

table('A token parameter that cannot be restored', (facts) => ({ ...facts, parameter: 'lost' }), [
  ['live', { health: 'live' }, { action: 'issue', reason: 'ParameterLost' }],
  ['suspect', { health: 'suspect' }, { action: 'issue', reason: 'ParameterLost' }],
  ['dead', { health: 'dead' }, { action: 'issue' }],
]);

const saidExpired = (facts: Facts) =>
  after(
    facts,
    stateAfterIssue(
      facts,
      callStartAt(NOW),
      receivedToken(FINGERPRINT, { expiresAt: NOW - 20 * MINUTE }),
      END,
    ),
    {
      calls: 1,
      returned: true,
    },
  );

// A dead token stays dead until a verify call shows that the token is live. The next step is always a verify
// call.
table('The same token returned with an expiry that has passed', saidExpired, [
  ['live', { health: 'suspect', expiresAt: PUBLISHED_TOKEN.expiresAt }, VERIFY_SUSPECT],
  ['suspect', { health: 'suspect', expiresAt: PUBLISHED_TOKEN.expiresAt }, VERIFY_SUSPECT],
  [
    'dead',
    { health: 'dead', expiresAt: PUBLISHED_TOKEN.expiresAt },
    { action: 'verify', reason: 'TokenDead' },
  ],
]);

describe('The health of the published token', () => {
  it('is live after an issue call has replaced a live token', () => {
    const { published } = replaced(tokenThatIs('live')).state;
    expect(published).toEqual({
      fingerprint: OTHER_FINGERPRINT,
      tokenType: 'Bearer',
      issuedAt: END,
      expiresAt: NOW + DAY,
      renewAt: NOW + DAY - 60 * MINUTE,
      tokenVersion: 42,
      health: 'live',
      issuedFor: PUBLISHED_TOKEN.issuedFor,
    });
  });

  it('is live after the broker rejected the revocation of a live token', () => {
    const failure = { ...LOST_ANSWER, kind: 'rejected' as const, mayHaveActed: false };
    const { published } = stateAfterFailedRevocation(tokenThatIs('live'), callStartAt(NOW), failure);
    expect(published).toMatchObject({ health: 'live', revocations: 1 });
  });
});

import { type ExpectedRow, FRESH, failing, REFUSED, thrice } from './expected-row.ts';

/**
 * The expected result of each fault, written down by hand. Each cell: every decision but `keep Fresh` with
 * the outcome of its call | the published token afterwards | minutes to the next issue call if the fault
 * goes on (`-`: none within 70) | alarms whose condition holds: E ExpiringSoon, F RefreshFailing, P ActionRequired,
 * R RefusedMessages, `?` no readings (ExpiringSoon takes missing data for a breach).
 */
function unavailable(asksAfter: number, followUp = ''): ExpectedRow {
  return [
    'issue Missing unavailable, wait TooSoon | none | 5 | EF',
    FRESH,
    `verify BeforeCall unreachable, wait BrokerUnhealthy | kept | ${asksAfter} | F`,
    `issue NearExpiry unavailable, ${followUp}wait TooSoon | kept | 15 | EF`,
    'issue Expired unavailable, wait TooSoon | kept | 15 | EF',
  ];
}

export const EXPECTED_ROWS = {
  fine: [
    'issue Missing published | new | - | ',
    FRESH,
    'verify BeforeCall alive, issue NearExpiry published | new | - | ',
    'issue NearExpiry published | new | - | ',
    'issue Expired published | new | - | ',
  ],
  // The token's own stamp is old, so it may be a token that the broker returned again.
  'fine, verified': [
    'issue Missing published, verify Suspect alive, keep StillAlive | new | - | ',
    FRESH,
    'verify BeforeCall alive, issue NearExpiry published, verify Suspect alive, keep StillAlive | new | - | ',
    'issue NearExpiry published, verify Suspect alive, keep StillAlive | new | - | ',
    'issue Expired published, verify Suspect alive, keep StillAlive | new | - | ',
  ],
  // By its own clock the broker has ended the token already.
  'ended an hour early': [
    'issue Missing published | new | - | ',
    FRESH,
    'verify BeforeCall dead, issue TokenDead published, verify Suspect alive, keep StillAlive | new | - | ',
    'issue NearExpiry published | new | - | ',
    'issue Expired published | new | - | ',
  ],
  // Never slept for. A live token waits until two thirds of the margin are left, at Kiwoom one third. When it has
  // expired, the broker is asked every 15 minutes while it does not answer the verify call either.
  'KIS unavailable': unavailable(20),
  'Kiwoom unavailable': unavailable(40),
  // The request may have ended the token.
  'KIS unavailable, may have acted': unavailable(20, 'verify Suspect unreachable, '),
  'Kiwoom unavailable, may have acted': unavailable(40, 'verify Suspect unreachable, '),
  'unavailable, not followed': [
    'issue Missing unavailable, wait TooSoon | none | - | EF',
    FRESH,
    'verify BeforeCall unreachable, wait BrokerUnhealthy | kept | - | F',
    'issue NearExpiry unavailable, verify Suspect unreachable, wait TooSoon | kept | - | EF',
    'issue Expired unavailable, wait TooSoon | kept | - | EF',
  ],
  // Only issue calls are refused.
  'issue unavailable': failing('unavailable', { next: 5 }),
  // Slept through where no living token will be left: three calls, the interval apart.
  throttled: [
    `${thrice('issue Missing throttled')} | none | 5 | EF`,
    FRESH,
    'verify BeforeCall alive, issue NearExpiry throttled, wait TooSoon | kept | 5 | F',
    `${thrice('issue NearExpiry throttled')} | kept | 5 | EF`,
    `${thrice('issue Expired throttled')} | kept | 5 | EF`,
  ],
  // A person must act; asked again after 5 minutes, then 15, then 60.
  rejected: failing('rejected', { next: 5, person: true, after: 'hold CredentialsRejected' }),
  // After 5 minutes, then every 15.
  malformed: failing('malformed', { next: 5, verified: ', verify Suspect alive' }),
  // After its expiry the token is revoked, which makes KIS issue another.
  'the same until revoked': [
    'issue Missing published | new | - | ',
    FRESH,
    'verify BeforeCall alive, issue NearExpiry unchanged, wait TooSoon | kept | 30 | ',
    'issue NearExpiry unchanged, wait TooSoon, verify WouldReuse alive, wait WouldReuse, issue Expired unchanged, wait TooSoon, issue Expired unchanged, revoke Expired revoked, wait TooSoon | kept | 5 | EF',
    'issue Expired unchanged, wait TooSoon, issue Expired unchanged, revoke Expired revoked, wait TooSoon, issue TokenDead published, verify Suspect alive, keep StillAlive | new | - | ',
  ],
  // The revocation does not help.
  'the same for two days': [
    'issue Missing published | new | - | ',
    FRESH,
    'verify BeforeCall alive, issue NearExpiry unchanged, wait TooSoon | kept | 30 | ',
    'issue NearExpiry unchanged, wait TooSoon, verify WouldReuse alive, wait WouldReuse, issue Expired unchanged, wait TooSoon, issue Expired unchanged, revoke Expired revoked, wait TooSoon | kept | 5 | EF',
    'issue Expired unchanged, wait TooSoon, issue Expired unchanged, revoke Expired revoked, wait TooSoon, issue TokenDead unchanged, wait TooSoon | kept | 5 | EFP',
  ],
  // It cannot be replaced before its end, and no alarm is raised while the broker answers.
  'one token to its end': [
    'issue Missing published | new | - | ',
    FRESH,
    'verify BeforeCall alive, issue NearExpiry unchanged, wait TooSoon | kept | 60 | ',
    'issue NearExpiry unchanged, wait TooSoon, verify AwaitExpiry alive, wait AwaitExpiry, issue Expired published | new | - | ',
    'issue Expired published | new | - | ',
  ],
  'revoked early': [
    'issue Missing published | new | - | ',
    FRESH,
    'verify BeforeCall alive, issue NearExpiry unchanged, wait TooSoon, revoke NearExpiry revoked, issue TokenDead published, verify Suspect alive, keep StillAlive | new | - | ',
    'issue NearExpiry unchanged, wait TooSoon, revoke NearExpiry revoked, issue TokenDead published, verify Suspect alive, keep StillAlive | new | - | ',
    'issue Expired published | new | - | ',
  ],
  // AWS will refuse again: a person must act. Asked again after 5 minutes, which is not slept through.
  'reported and dead': [
    'issue Missing published | new | - | ',
    'verify Suspect dead, issue TokenDead published, verify Suspect alive, keep StillAlive | new | - | ',
    'verify Suspect dead, issue TokenDead published, verify Suspect alive, keep StillAlive | new | - | ',
    'verify Suspect dead, issue TokenDead published, verify Suspect alive, keep StillAlive | new | - | ',
    'issue Expired published, verify Suspect alive, keep StillAlive | new | - | ',
  ],
  // Within six hours KIS returns the dead token: it is verified again and revoked, which makes KIS issue another.
  'reported, dead, and returned until revoked': [
    'issue Missing published | new | - | ',
    'verify Suspect dead, issue TokenDead unchanged, verify TokenDead dead, revoke TokenDead revoked, wait TooSoon, issue TokenDead published, verify Suspect alive, keep StillAlive | new | - | ',
    'verify Suspect dead, issue TokenDead published, verify Suspect alive, keep StillAlive | new | - | ',
    'verify Suspect dead, issue TokenDead published, verify Suspect alive, keep StillAlive | new | - | ',
    'issue Expired published, verify Suspect alive, keep StillAlive | new | - | ',
  ],
  // Returned after the revocation as well: asked for after 15, 30, then every 60 minutes.
  'reported, dead, and returned': [
    'issue Missing published | new | - | ',
    'verify Suspect dead, issue TokenDead unchanged, verify TokenDead dead, revoke TokenDead revoked, wait TooSoon, issue TokenDead unchanged, wait TooSoon | kept | 15 | EFP',
    'verify Suspect dead, issue TokenDead published, verify Suspect alive, keep StillAlive | new | - | ',
    'verify Suspect dead, issue TokenDead published, verify Suspect alive, keep StillAlive | new | - | ',
    'issue Expired published, verify Suspect alive, keep StillAlive | new | - | ',
  ],
  // No token is accepted, new ones included: three calls, and the next tick goes on.
  'every token refused': [
    'issue Missing published | new | - | ',
    `verify Suspect dead, ${REFUSED}, ${REFUSED}, ${REFUSED}, wait TooSoon | new | 5 | EF`,
    `verify Suspect dead, ${REFUSED}, ${REFUSED}, ${REFUSED}, wait TooSoon | new | 5 | EF`,
    `verify Suspect dead, ${REFUSED}, ${REFUSED}, ${REFUSED}, wait TooSoon | new | 5 | EF`,
    'issue Expired published, verify Suspect dead, issue TokenDead published, verify Suspect dead, issue TokenDead published, verify Suspect dead, wait TooSoon | new | 5 | EF',
  ],
  // The doubt stays, and each tick verifies; a token that was issued a moment ago is trusted.
  'reported, unclear': [
    'issue Missing published | new | - | ',
    'verify Suspect unclear, keep Unverified | kept | - | F',
    'verify Suspect unclear, issue NearExpiry published, verify Suspect unclear, keep Unverified | new | - | ',
    'verify Suspect unclear, issue NearExpiry published, verify Suspect unclear, keep Unverified | new | - | ',
    'issue Expired published, verify Suspect unclear, keep Unverified | new | - | ',
  ],
} as const satisfies Readonly<Record<string, ExpectedRow>>;

export type RowName = keyof typeof EXPECTED_ROWS;

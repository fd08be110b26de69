import { type ExpectedRow, FRESH_TOKEN_CELLS, failing, REJECTED, repeatThreeTimes } from './expected-row.ts';

/**
 * The expected result of each fault, written by hand. A cell: every decision except `keep Fresh`, with the outcome
 * of its call | the published token afterwards | minutes to the next issue call while the fault lasts (`-`: none
 * within 70) | alarms whose condition holds: E ExpiringSoon, F RefreshFailing, P ActionRequired, R RefusedMessages;
 * `?`: no metrics, which ExpiringSoon treats as breaching.
 */
function unavailable(asksAfter: number, followUp = ''): ExpectedRow {
  return [
    'issue Missing unavailable, wait TooSoon | none | 5 | EF',
    FRESH_TOKEN_CELLS,
    `verify BeforeCall unreachable, wait BrokerUnhealthy | kept | ${asksAfter} | F`,
    `issue NearExpiry unavailable, ${followUp}wait TooSoon | kept | 15 | EF`,
    'issue Expired unavailable, wait TooSoon | kept | 15 | EF',
  ];
}

export const EXPECTED_ROWS = {
  fine: [
    'issue Missing published | new | - | ',
    FRESH_TOKEN_CELLS,
    'verify BeforeCall alive, issue NearExpiry published | new | - | ',
    'issue NearExpiry published | new | - | ',
    'issue Expired published | new | - | ',
  ],
  // The issue time in the token is old, so the broker may have returned a previous token.
  'fine, verified': [
    'issue Missing published, verify Suspect alive, keep StillAlive | new | - | ',
    FRESH_TOKEN_CELLS,
    'verify BeforeCall alive, issue NearExpiry published, verify Suspect alive, keep StillAlive | new | - | ',
    'issue NearExpiry published, verify Suspect alive, keep StillAlive | new | - | ',
    'issue Expired published, verify Suspect alive, keep StillAlive | new | - | ',
  ],
  // According to the broker's clock, the token has expired.
  'expired an hour early': [
    'issue Missing published | new | - | ',
    FRESH_TOKEN_CELLS,
    'verify BeforeCall dead, issue TokenDead published, verify Suspect alive, keep StillAlive | new | - | ',
    'issue NearExpiry published | new | - | ',
    'issue Expired published | new | - | ',
  ],
  // A live token is kept until two thirds of the margin are left, at Kiwoom one third. After its expiry, the broker
  // is called every 15 minutes while the verify call fails, too.
  'KIS unavailable': unavailable(20),
  'Kiwoom unavailable': unavailable(40),
  // The broker may have executed the request and invalidated the token.
  'KIS unavailable, may have acted': unavailable(20, 'verify Suspect unreachable, '),
  'Kiwoom unavailable, may have acted': unavailable(40, 'verify Suspect unreachable, '),
  'unavailable, not followed': [
    'issue Missing unavailable, wait TooSoon | none | - | EF',
    FRESH_TOKEN_CELLS,
    'verify BeforeCall unreachable, wait BrokerUnhealthy | kept | - | F',
    'issue NearExpiry unavailable, verify Suspect unreachable, wait TooSoon | kept | - | EF',
    'issue Expired unavailable, wait TooSoon | kept | - | EF',
  ],
  // The broker rejects only issue calls.
  'issue unavailable': failing('unavailable', { next: 5 }),
  // If no token will be live at the next tick, the invocation waits and makes three calls at the minimum
  // interval.
  throttled: [
    `${repeatThreeTimes('issue Missing throttled')} | none | 5 | EF`,
    FRESH_TOKEN_CELLS,
    'verify BeforeCall alive, issue NearExpiry throttled, wait TooSoon | kept | 5 | F',
    `${repeatThreeTimes('issue NearExpiry throttled')} | kept | 5 | EF`,
    `${repeatThreeTimes('issue Expired throttled')} | kept | 5 | EF`,
  ],
  // The owner must act. The next calls follow after 5, 15 and then every 60 minutes.
  rejected: failing('rejected', { next: 5, actionRequired: true, after: 'hold CredentialsRejected' }),
  // The next calls follow after 5 and then every 15 minutes.
  malformed: failing('malformed', { next: 5, verified: ', verify Suspect alive' }),
  // After its expiry the token is revoked, so that KIS issues a new one.
  'the same until revoked': [
    'issue Missing published | new | - | ',
    FRESH_TOKEN_CELLS,
    'verify BeforeCall alive, issue NearExpiry unchanged, wait TooSoon | kept | 30 | ',
    'issue NearExpiry unchanged, wait TooSoon, verify WouldReuse alive, wait WouldReuse, issue Expired unchanged, wait TooSoon, issue Expired unchanged, revoke Expired revoked, wait TooSoon | kept | 5 | EF',
    'issue Expired unchanged, wait TooSoon, issue Expired unchanged, revoke Expired revoked, wait TooSoon, issue TokenDead published, verify Suspect alive, keep StillAlive | new | - | ',
  ],
  // A revocation has no effect.
  'the same for two days': [
    'issue Missing published | new | - | ',
    FRESH_TOKEN_CELLS,
    'verify BeforeCall alive, issue NearExpiry unchanged, wait TooSoon | kept | 30 | ',
    'issue NearExpiry unchanged, wait TooSoon, verify WouldReuse alive, wait WouldReuse, issue Expired unchanged, wait TooSoon, issue Expired unchanged, revoke Expired revoked, wait TooSoon | kept | 5 | EF',
    'issue Expired unchanged, wait TooSoon, issue Expired unchanged, revoke Expired revoked, wait TooSoon, issue TokenDead unchanged, wait TooSoon | kept | 5 | EFP',
  ],
  // The token cannot be replaced before its expiry. No alarm fires while the broker answers.
  'same token until expiry': [
    'issue Missing published | new | - | ',
    FRESH_TOKEN_CELLS,
    'verify BeforeCall alive, issue NearExpiry unchanged, wait TooSoon | kept | 60 | ',
    'issue NearExpiry unchanged, wait TooSoon, verify AwaitExpiry alive, wait AwaitExpiry, issue Expired published | new | - | ',
    'issue Expired published | new | - | ',
  ],
  'revoked early': [
    'issue Missing published | new | - | ',
    FRESH_TOKEN_CELLS,
    'verify BeforeCall alive, issue NearExpiry unchanged, wait TooSoon, revoke NearExpiry revoked, issue TokenDead published, verify Suspect alive, keep StillAlive | new | - | ',
    'issue NearExpiry unchanged, wait TooSoon, revoke NearExpiry revoked, issue TokenDead published, verify Suspect alive, keep StillAlive | new | - | ',
    'issue Expired published | new | - | ',
  ],
  'reported and dead': [
    'issue Missing published | new | - | ',
    'verify Suspect dead, issue TokenDead published, verify Suspect alive, keep StillAlive | new | - | ',
    'verify Suspect dead, issue TokenDead published, verify Suspect alive, keep StillAlive | new | - | ',
    'verify Suspect dead, issue TokenDead published, verify Suspect alive, keep StillAlive | new | - | ',
    'issue Expired published, verify Suspect alive, keep StillAlive | new | - | ',
  ],
  // Within six hours KIS returns the dead token. It is verified again and revoked, so that KIS issues a new one.
  'reported, dead, and returned until revoked': [
    'issue Missing published | new | - | ',
    'verify Suspect dead, issue TokenDead unchanged, verify TokenDead dead, revoke TokenDead revoked, wait TooSoon, issue TokenDead published, verify Suspect alive, keep StillAlive | new | - | ',
    'verify Suspect dead, issue TokenDead published, verify Suspect alive, keep StillAlive | new | - | ',
    'verify Suspect dead, issue TokenDead published, verify Suspect alive, keep StillAlive | new | - | ',
    'issue Expired published, verify Suspect alive, keep StillAlive | new | - | ',
  ],
  // The broker returns the token even after the revocation: the next calls follow after 15, 30 and then every
  // 60 minutes.
  'reported, dead, and returned': [
    'issue Missing published | new | - | ',
    'verify Suspect dead, issue TokenDead unchanged, verify TokenDead dead, revoke TokenDead revoked, wait TooSoon, issue TokenDead unchanged, wait TooSoon | kept | 15 | EFP',
    'verify Suspect dead, issue TokenDead published, verify Suspect alive, keep StillAlive | new | - | ',
    'verify Suspect dead, issue TokenDead published, verify Suspect alive, keep StillAlive | new | - | ',
    'issue Expired published, verify Suspect alive, keep StillAlive | new | - | ',
  ],
  // The broker accepts no token: three calls, and the next tick continues.
  'every token rejected': [
    'issue Missing published | new | - | ',
    `verify Suspect dead, ${REJECTED}, ${REJECTED}, ${REJECTED}, wait TooSoon | new | 5 | EF`,
    `verify Suspect dead, ${REJECTED}, ${REJECTED}, ${REJECTED}, wait TooSoon | new | 5 | EF`,
    `verify Suspect dead, ${REJECTED}, ${REJECTED}, ${REJECTED}, wait TooSoon | new | 5 | EF`,
    'issue Expired published, verify Suspect dead, issue TokenDead published, verify Suspect dead, issue TokenDead published, verify Suspect dead, wait TooSoon | new | 5 | EF',
  ],
  // The token stays suspect, and each tick verifies it. A token that was just issued is trusted.
  'reported, unclear': [
    'issue Missing published | new | - | ',
    'verify Suspect unclear, keep Unverified | kept | - | F',
    'verify Suspect unclear, issue NearExpiry published, verify Suspect unclear, keep Unverified | new | - | ',
    'verify Suspect unclear, issue NearExpiry published, verify Suspect unclear, keep Unverified | new | - | ',
    'issue Expired published, verify Suspect unclear, keep Unverified | new | - | ',
  ],
} as const satisfies Readonly<Record<string, ExpectedRow>>;

export type RowName = keyof typeof EXPECTED_ROWS;

/** The states of the token in which each fault is tested. */
export const SITUATIONS = ['no token yet', 'fresh', 'should refresh', 'must refresh', 'expired'] as const;
export type Situation = (typeof SITUATIONS)[number];

/** The expected cells of a row, one for each entry of `SITUATIONS`, in the same order. */
type ExpectedRow = readonly [string, string, string, string, string];

/** The expected cell for a fresh token: the refresher makes no call and keeps the token. */
const FRESH_TOKEN_CELL = ' | kept | - | ';
/** The step in which the refresher verifies a live token before an issue call. */
const VERIFY_STEP = 'verify BeforeCall alive, ';

/**
 * Returns the expected row of a fault in which every issue call fails with `outcome`.
 * @param verified the expected verification of a token that the call may have invalidated
 */
function failingRow(
  outcome: string,
  { after = 'wait TooSoon', verified = '', alarms = 'F' } = {},
): ExpectedRow {
  const formatCell = (steps: string, token: string, expiring: boolean) =>
    `${steps}, ${after} | ${token} | 5 | ${expiring ? 'E' : ''}${alarms}`;
  return [
    formatCell(`issue Missing ${outcome}`, 'none', true),
    FRESH_TOKEN_CELL,
    formatCell(`${VERIFY_STEP}issue NearExpiry ${outcome}${verified}`, 'kept', false),
    formatCell(`issue NearExpiry ${outcome}${verified}`, 'kept', true),
    formatCell(`issue Expired ${outcome}`, 'kept', true),
  ];
}

/** The steps in which the refresher issues a new token and the broker rejects this token. */
const REJECTED_NEW_TOKEN = 'issue TokenDead published, verify Suspect dead';
const repeatThreeTimes = (step: string) =>
  [step, 'wait TooSoon', step, 'wait TooSoon', step, 'wait TooSoon'].join(', ');

/** Returns the expected row of a fault in which the broker is unavailable. */
function unavailableRow(minutesToNextCall: number, followUp = ''): ExpectedRow {
  return [
    'issue Missing unavailable, wait TooSoon | none | 5 | EF',
    FRESH_TOKEN_CELL,
    `verify BeforeCall unreachable, wait BrokerUnhealthy | kept | ${minutesToNextCall} | F`,
    `issue NearExpiry unavailable, ${followUp}wait TooSoon | kept | 15 | EF`,
    'issue Expired unavailable, wait TooSoon | kept | 15 | EF',
  ];
}

/**
 * The expected cells of each fault: decisions | published token | minutes to the next issue call (`-`: none
 * within 70 minutes) | alarms whose thresholds are reached: E ExpiringSoon, F RefreshFailing, P
 * ActionRequired, R RefusedMessages; `?`: the refresher publishes no metrics.
 */
export const EXPECTED_ROWS = {
  fine: [
    'issue Missing published | new | - | ',
    FRESH_TOKEN_CELL,
    'verify BeforeCall alive, issue NearExpiry published | new | - | ',
    'issue NearExpiry published | new | - | ',
    'issue Expired published | new | - | ',
  ],
  // The issue time in the token is before the issue call, so the refresher verifies the token.
  'fine, verified': [
    'issue Missing published, verify Suspect alive, keep StillAlive | new | - | ',
    FRESH_TOKEN_CELL,
    'verify BeforeCall alive, issue NearExpiry published, verify Suspect alive, keep StillAlive | new | - | ',
    'issue NearExpiry published, verify Suspect alive, keep StillAlive | new | - | ',
    'issue Expired published, verify Suspect alive, keep StillAlive | new | - | ',
  ],
  // The clock of the broker is an hour ahead, so the broker rejects the token an hour before its expiry.
  'expired an hour early': [
    'issue Missing published | new | - | ',
    FRESH_TOKEN_CELL,
    'verify BeforeCall dead, issue TokenDead published, verify Suspect alive, keep StillAlive | new | - | ',
    'issue NearExpiry published | new | - | ',
    'issue Expired published | new | - | ',
  ],
  // While verify calls fail, the refresher makes no issue call until only a part of the margin is left: two
  // thirds for KIS, one third for Kiwoom. After the expiry, the refresher makes an issue call every 15
  // minutes.
  'KIS unavailable': unavailableRow(20),
  'Kiwoom unavailable': unavailableRow(40),
  // The broker may have executed the issue call and invalidated the published token, so the refresher
  // verifies it.
  'KIS unavailable, may have acted': unavailableRow(20, 'verify Suspect unreachable, '),
  'Kiwoom unavailable, may have acted': unavailableRow(40, 'verify Suspect unreachable, '),
  'unavailable, not followed': [
    'issue Missing unavailable, wait TooSoon | none | - | EF',
    FRESH_TOKEN_CELL,
    'verify BeforeCall unreachable, wait BrokerUnhealthy | kept | - | F',
    'issue NearExpiry unavailable, verify Suspect unreachable, wait TooSoon | kept | - | EF',
    'issue Expired unavailable, wait TooSoon | kept | - | EF',
  ],
  // Only issue calls fail; the broker answers verify calls.
  'issue unavailable': failingRow('unavailable'),
  // If no token will be live at the next tick, the same invocation makes three issue calls and waits for the
  // minimum interval between them.
  throttled: [
    `${repeatThreeTimes('issue Missing throttled')} | none | 5 | EF`,
    FRESH_TOKEN_CELL,
    'verify BeforeCall alive, issue NearExpiry throttled, wait TooSoon | kept | 5 | F',
    `${repeatThreeTimes('issue NearExpiry throttled')} | kept | 5 | EF`,
    `${repeatThreeTimes('issue Expired throttled')} | kept | 5 | EF`,
  ],
  // The refresher gets no token until the owner of the app key acts. The refresher repeats the issue call
  // after 5, 15 and then every 60 minutes.
  rejected: failingRow('rejected', { after: 'hold CredentialsRejected', alarms: 'FP' }),
  // The refresher repeats the issue call after 5 and then every 15 minutes.
  malformed: failingRow('malformed', { verified: ', verify Suspect alive' }),
  // After the expiry, the refresher revokes the expired token, so that KIS issues a new one.
  'the same until revoked': [
    'issue Missing published | new | - | ',
    FRESH_TOKEN_CELL,
    'verify BeforeCall alive, issue NearExpiry unchanged, wait TooSoon | kept | 30 | ',
    'issue NearExpiry unchanged, wait TooSoon, verify WouldReuse alive, wait WouldReuse, issue Expired unchanged, wait TooSoon, issue Expired unchanged, revoke Expired revoked, wait TooSoon | kept | 5 | EF',
    'issue Expired unchanged, wait TooSoon, issue Expired unchanged, revoke Expired revoked, wait TooSoon, issue TokenDead published, verify Suspect alive, keep StillAlive | new | - | ',
  ],
  // KIS returns the same token even after its revocation.
  'the same for two days': [
    'issue Missing published | new | - | ',
    FRESH_TOKEN_CELL,
    'verify BeforeCall alive, issue NearExpiry unchanged, wait TooSoon | kept | 30 | ',
    'issue NearExpiry unchanged, wait TooSoon, verify WouldReuse alive, wait WouldReuse, issue Expired unchanged, wait TooSoon, issue Expired unchanged, revoke Expired revoked, wait TooSoon | kept | 5 | EF',
    'issue Expired unchanged, wait TooSoon, issue Expired unchanged, revoke Expired revoked, wait TooSoon, issue TokenDead unchanged, wait TooSoon | kept | 5 | EFP',
  ],
  // The refresher cannot replace the token before its expiry. No alarm fires while the broker answers.
  'same token until expiry': [
    'issue Missing published | new | - | ',
    FRESH_TOKEN_CELL,
    'verify BeforeCall alive, issue NearExpiry unchanged, wait TooSoon | kept | 60 | ',
    'issue NearExpiry unchanged, wait TooSoon, verify AwaitExpiry alive, wait AwaitExpiry, issue Expired published | new | - | ',
    'issue Expired published | new | - | ',
  ],
  'revoked early': [
    'issue Missing published | new | - | ',
    FRESH_TOKEN_CELL,
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
  // Within six hours of the issue, KIS returns the dead token. The refresher verifies the returned
  // token and revokes it, so that KIS issues a new one.
  'reported, dead, and returned until revoked': [
    'issue Missing published | new | - | ',
    'verify Suspect dead, issue TokenDead unchanged, verify TokenDead dead, revoke TokenDead revoked, wait TooSoon, issue TokenDead published, verify Suspect alive, keep StillAlive | new | - | ',
    'verify Suspect dead, issue TokenDead published, verify Suspect alive, keep StillAlive | new | - | ',
    'verify Suspect dead, issue TokenDead published, verify Suspect alive, keep StillAlive | new | - | ',
    'issue Expired published, verify Suspect alive, keep StillAlive | new | - | ',
  ],
  // KIS returns the dead token even after its revocation. The refresher repeats the issue call after 15, 30
  // and then every 60 minutes.
  'reported, dead, and returned': [
    'issue Missing published | new | - | ',
    'verify Suspect dead, issue TokenDead unchanged, verify TokenDead dead, revoke TokenDead revoked, wait TooSoon, issue TokenDead unchanged, wait TooSoon | kept | 15 | EFP',
    'verify Suspect dead, issue TokenDead published, verify Suspect alive, keep StillAlive | new | - | ',
    'verify Suspect dead, issue TokenDead published, verify Suspect alive, keep StillAlive | new | - | ',
    'issue Expired published, verify Suspect alive, keep StillAlive | new | - | ',
  ],
  // The broker rejects every new token. Each invocation makes three issue calls.
  'every token rejected': [
    'issue Missing published | new | - | ',
    `verify Suspect dead, ${REJECTED_NEW_TOKEN}, ${REJECTED_NEW_TOKEN}, ${REJECTED_NEW_TOKEN}, wait TooSoon | new | 5 | EF`,
    `verify Suspect dead, ${REJECTED_NEW_TOKEN}, ${REJECTED_NEW_TOKEN}, ${REJECTED_NEW_TOKEN}, wait TooSoon | new | 5 | EF`,
    `verify Suspect dead, ${REJECTED_NEW_TOKEN}, ${REJECTED_NEW_TOKEN}, ${REJECTED_NEW_TOKEN}, wait TooSoon | new | 5 | EF`,
    'issue Expired published, verify Suspect dead, issue TokenDead published, verify Suspect dead, issue TokenDead published, verify Suspect dead, wait TooSoon | new | 5 | EF',
  ],
  // Without a verdict, a token stays suspect, and each tick verifies it again. A token that was just issued
  // counts as live.
  'reported, unclear': [
    'issue Missing published | new | - | ',
    'verify Suspect unclear, keep Unverified | kept | - | F',
    'verify Suspect unclear, issue NearExpiry published, verify Suspect unclear, keep Unverified | new | - | ',
    'verify Suspect unclear, issue NearExpiry published, verify Suspect unclear, keep Unverified | new | - | ',
    'issue Expired published, verify Suspect unclear, keep Unverified | new | - | ',
  ],
} as const satisfies Readonly<Record<string, ExpectedRow>>;

export type RowName = keyof typeof EXPECTED_ROWS;

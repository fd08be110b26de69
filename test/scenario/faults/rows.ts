import type { SITUATIONS } from './fault.ts';

/** A cell for each situation, in their order. */
type Row = readonly [string, string, string, string, string] & {
  readonly length: (typeof SITUATIONS)['length'];
};

const FRESH = ' | kept | - | ';

/** An issue call that came to something unusable, in all situations but `fresh`. */
function failing(
  outcome: string,
  then: { readonly next: number | '-'; readonly person?: boolean; readonly after?: string },
): Row {
  const { next, person = false, after = 'wait TooSoon' } = then;
  const alarms = person ? 'P' : '';
  const cell = (reason: string, token: string, expiring: boolean) =>
    `issue ${reason} ${outcome}${after && `, ${after}`} | ${token} | ${next} | ${expiring ? 'E' : ''}F${alarms}`;
  return [
    cell('Missing', 'none', true),
    FRESH,
    cell('NearExpiry', 'kept', false),
    cell('NearExpiry', 'kept', true),
    cell('Expired', 'kept', true),
  ];
}

/** The invocation got no further than AWS let it: no call of the broker, the token untouched. */
function stopped(alarms: readonly [string, string, string, string, string], next: number | '-' = '-'): Row {
  const [missing, fresh, should, must, expired] = alarms;
  return [
    ` | none | ${next} | ${missing}`,
    ` | kept | - | ${fresh}`,
    ` | kept | ${next} | ${should}`,
    ` | kept | ${next} | ${must}`,
    ` | kept | ${next} | ${expired}`,
  ];
}

const thrice = (step: string) =>
  [step, 'wait TooSoon', step, 'wait TooSoon', step, 'wait TooSoon'].join(', ');

/**
 * What the design says must come of a fault, written down by hand. Each cell: every decision but `keep Fresh`
 * with what the attempt came to | the published token afterwards | minutes to the next issue call if the fault
 * goes on (`-`: none within 70) | alarms whose condition holds: E ExpiringSoon, F RefreshFailing, P NeedsPerson,
 * R RefusedMessages, `?` no readings (ExpiringSoon takes missing data for a breach).
 */
export const ROWS = {
  fine: [
    'issue Missing published | new | - | ',
    FRESH,
    'issue NearExpiry published | new | - | ',
    'issue NearExpiry published | new | - | ',
    'issue Expired published | new | - | ',
  ],
  // Asked again at the next tick, never slept for.
  unavailable: failing('unavailable', { next: 5 }),
  'unavailable, not followed': failing('unavailable', { next: '-' }),
  // Slept through where no living token will be left: three calls, the interval apart.
  throttled: [
    `${thrice('issue Missing throttled')} | none | 5 | EF`,
    FRESH,
    'issue NearExpiry throttled, wait TooSoon | kept | 5 | F',
    `${thrice('issue NearExpiry throttled')} | kept | 5 | EF`,
    `${thrice('issue Expired throttled')} | kept | 5 | EF`,
  ],
  // A person must act; asked again after 5 minutes, then 15, then 60.
  rejected: failing('rejected', { next: 5, person: true, after: 'hold CredentialsRejected' }),
  // After 5 minutes, then every 15.
  malformed: failing('malformed', { next: 5 }),
  'the same for two days': [
    'issue Missing published | new | - | ',
    FRESH,
    'issue NearExpiry unchanged, wait TooSoon | kept | 15 | ',
    'issue NearExpiry unchanged, wait TooSoon, wait WouldReuse, issue Expired unchanged, wait TooSoon, issue Expired unchanged, wait TooSoon | kept | 5 | E',
    `${thrice('issue Expired unchanged')} | kept | 5 | E`,
  ],
  // Nothing can be done before its end, so nothing is asked and nobody is called.
  'one token to its end': [
    'issue Missing published | new | - | ',
    FRESH,
    'issue NearExpiry unchanged, wait TooSoon | kept | 60 | ',
    'issue NearExpiry unchanged, wait TooSoon, wait AwaitExpiry, issue Expired published | new | - | ',
    'issue Expired published | new | - | ',
  ],
  'revoked early': [
    'issue Missing published | new | - | ',
    FRESH,
    'revoke NearExpiry revoked, issue TokenDead published | new | - | ',
    'revoke NearExpiry revoked, issue TokenDead published | new | - | ',
    'issue Expired published | new | - | ',
  ],
  'nothing can be read': stopped(['?', '?', '?', '?', '?']),
  'not a known credential': stopped(['R?', 'R?', 'R?', 'R?', 'R?']),
  'AWS in trouble': stopped(['EF', '', 'F', 'EF', 'EF']),
  'AWS refuses': stopped(['EFP', '', 'FP', 'EFP', 'EFP']),
  unpublished: [
    'issue Missing unpublished, wait TooSoon, wait BackingOff | none | 5 | EF',
    FRESH,
    'issue NearExpiry unpublished, wait TooSoon | kept | 5 | F',
    'issue NearExpiry unpublished, wait TooSoon, wait BackingOff | kept | 5 | EF',
    'issue Expired unpublished, wait TooSoon, wait BackingOff | kept | 5 | EF',
  ],
  // The invocation has spent its time on storing it: nothing is slept through afterwards.
  'unpublished, after minutes': [
    'issue Missing unpublished, wait TooSoon | none | 5 | EF',
    FRESH,
    'issue NearExpiry unpublished, wait TooSoon | kept | 5 | F',
    'issue NearExpiry unpublished, wait TooSoon | kept | 5 | EF',
    'issue Expired unpublished, wait TooSoon | kept | 5 | EF',
  ],
  // Written all the same: readers have the new token, and the state says so after the next call.
  'unpublished, it seems': [
    'issue Missing unpublished, wait TooSoon | new | 5 | EF',
    FRESH,
    'issue NearExpiry unpublished, wait TooSoon | new | 5 | F',
    'issue NearExpiry unpublished, wait TooSoon | new | 5 | EF',
    'issue Expired unpublished, wait TooSoon | new | 5 | EF',
  ],
  unconfigured: failing('unconfigured', { next: '-', person: true, after: '' }),
  // The parameter's own time bounds the last call, so a minute is slept first.
  'state damaged': [
    'issue Missing published | new | - | ',
    'wait TooSoon, issue Interrupted published | new | - | ',
    'wait TooSoon, issue Interrupted published | new | - | ',
    'wait TooSoon, issue Interrupted published | new | - | ',
    'wait TooSoon, issue Interrupted published | new | - | ',
  ],
  'state gone': [
    'issue Missing published | new | - | ',
    'issue Missing published | new | - | ',
    'issue Missing published | new | - | ',
    'issue Missing published | new | - | ',
    'issue Missing published | new | - | ',
  ],
  'two hours later': [
    'issue Missing published | new | - | ',
    FRESH,
    'issue Expired published | new | - | ',
    'issue Expired published | new | - | ',
    'issue Expired published | new | - | ',
  ],
  'half an hour earlier': [
    'issue Missing published | new | - | ',
    FRESH,
    ' | kept | 30 | ',
    'issue NearExpiry published | new | - | ',
    'issue Expired published | new | - | ',
  ],
  // What was before the last write says that a call was never answered: one call more, nothing lost.
  'stale read': [
    'issue Missing published | new | - | ',
    'issue Interrupted published | new | - | ',
    'issue Interrupted published | new | - | ',
    'issue Interrupted published | new | - | ',
    'issue Interrupted published | new | - | ',
  ],
  'reports out of order': [
    'issue Missing published, keep StillAlive | new | - | ',
    'keep StillAlive, keep StillAlive | kept | - | ',
    'issue NearExpiry published, keep AlreadyReplaced | new | - | ',
    'issue NearExpiry published, keep AlreadyReplaced | new | - | ',
    'issue Expired published, keep AlreadyReplaced | new | - | ',
  ],
  'reported and dead': [
    'issue Missing published | new | - | ',
    'keep Rejected, issue TokenDead published | new | - | ',
    'keep Rejected, issue TokenDead published | new | - | ',
    'keep Rejected, issue TokenDead published | new | - | ',
    'issue Expired published | new | - | ',
  ],
  // Within six hours KIS hands the dead token back: it is revoked for everybody, and asked for again.
  'reported, dead, and handed back': [
    'issue Missing published | new | - | ',
    'keep Rejected, issue TokenDead unchanged, revoke TokenDead revoked, wait TooSoon, issue TokenDead published | new | - | ',
    'keep Rejected, issue TokenDead published | new | - | ',
    'keep Rejected, issue TokenDead published | new | - | ',
    'issue Expired published | new | - | ',
  ],
  // Not believed, and checked again at every tick.
  'reported, unclear': [
    'issue Missing published | new | - | ',
    'keep Unverified | kept | - | ',
    'issue NearExpiry published | new | - | ',
    'issue NearExpiry published | new | - | ',
    'issue Expired published | new | - | ',
  ],
  killed: stopped(['?', '', '?', '?', '?'], 5),
} as const satisfies Readonly<Record<string, Row>>;

export type RowName = keyof typeof ROWS;

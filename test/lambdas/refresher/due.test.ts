import { describe, expect, it } from 'vitest';
import { type Decision, decide } from '../../../lambdas/refresher/decide.ts';
import { attempt, DAY, type FactsChange, factsWith, HOUR, KIWOOM, kst, MINUTE, TOKEN } from './facts.ts';

const NOON_BEFORE = kst('20:00', '2026-11-19');

type Row = [sentence: string, now: number, facts: FactsChange, expected: Partial<Decision>];

const keepFresh = { action: 'keep', reason: 'Fresh', until: TOKEN.renewAt } as const;
const first = { generation: 0, published: undefined, attempt: undefined, lastCallAt: undefined, issues: [] };

const rows: Row[] = [
  ['a token with hours to live is kept until its renewal', NOON_BEFORE, {}, keepFresh],
  ['a millisecond before the renewal it is still kept', TOKEN.renewAt - 1, {}, keepFresh],
  [
    'at the renewal a new one is asked for while the old one lives',
    TOKEN.renewAt,
    {},
    { action: 'issue', reason: 'NearExpiry', must: false },
  ],
  [
    'a millisecond before its end it is near expiry, and must be replaced',
    TOKEN.expiresAt - 1,
    {},
    { action: 'issue', reason: 'NearExpiry', must: true },
  ],
  ['at its end it is expired', TOKEN.expiresAt, {}, { action: 'issue', reason: 'Expired', must: true }],
  [
    'one that lives on when the next tick comes, even 90 s late, should be replaced',
    TOKEN.expiresAt - 5 * MINUTE - 90_000 - 1,
    {},
    { action: 'issue', must: false },
  ],
  [
    'one that may end before the next tick, should that be 90 s late, must be replaced',
    TOKEN.expiresAt - 5 * MINUTE - 90_000,
    {},
    { action: 'issue', must: true },
  ],
  [
    'a credential without a token gets its first',
    NOON_BEFORE,
    { state: first },
    { action: 'issue', reason: 'Missing', must: true },
  ],
  [
    'a state that nobody can read is asked for anew, even within the reuse window',
    TOKEN.issuedAt + HOUR,
    { unreadable: true },
    { action: 'issue', reason: 'Interrupted', must: false },
  ],
  [
    'a refresh that was killed in the middle is finished, even within the reuse window',
    TOKEN.issuedAt + HOUR,
    { state: { attempt: attempt({ at: TOKEN.issuedAt, outcome: 'started' }) } },
    { action: 'issue', reason: 'Interrupted' },
  ],
  [
    'a first issue that was killed in the middle is interrupted rather than missing',
    NOON_BEFORE,
    { state: { ...first, attempt: attempt({ at: TOKEN.issuedAt, outcome: 'started' }) } },
    { action: 'issue', reason: 'Interrupted', must: true },
  ],
  [
    'a token that an interrupted attempt may have ended is tried first: the budget may keep us from asking',
    NOON_BEFORE,
    { state: { doubted: true, attempt: attempt({ at: TOKEN.issuedAt, outcome: 'started' }) } },
    { action: 'keep', reason: 'Rejected' },
  ],
  [
    'once it has been tried, the broker is asked',
    NOON_BEFORE,
    {
      state: { doubted: true, attempt: attempt({ at: TOKEN.issuedAt, outcome: 'started' }) },
      verdict: 'alive',
    },
    { action: 'issue', reason: 'Interrupted' },
  ],
  [
    'a dead one need not be tried',
    NOON_BEFORE,
    { state: { dead: true, doubted: true, attempt: attempt({ at: TOKEN.issuedAt, outcome: 'started' }) } },
    { action: 'issue', reason: 'Interrupted' },
  ],
  [
    'nor one that has expired',
    TOKEN.expiresAt,
    { state: { doubted: true, attempt: attempt({ at: TOKEN.issuedAt, outcome: 'started' }) } },
    { action: 'issue', reason: 'Interrupted' },
  ],
  [
    'a token issued a minute and a millisecond in the future means that the clock was turned back',
    TOKEN.issuedAt - MINUTE - 1,
    {},
    { action: 'issue', reason: 'Interrupted' },
  ],
  [
    'a token issued a minute in the future is a clock a little off',
    TOKEN.issuedAt - MINUTE,
    { state: { lastCallAt: undefined } },
    keepFresh,
  ],
  [
    'a token known to be dead is replaced, even within the reuse window',
    TOKEN.issuedAt + HOUR,
    { state: { dead: true } },
    { action: 'issue', reason: 'TokenDead', must: true },
  ],
  [
    'an operator may force a new token',
    NOON_BEFORE,
    { message: { cause: 'forced' } },
    { action: 'issue', reason: 'Forced', must: false },
  ],
  [
    'a forced refresh that had to wait is still wanted at the next tick',
    NOON_BEFORE,
    { state: { wanted: { reason: 'Forced', since: NOON_BEFORE - MINUTE } } },
    { action: 'issue', reason: 'Forced' },
  ],
  [
    'a changed secret asks for a token of the new key, even within the reuse window',
    TOKEN.issuedAt + HOUR,
    { message: { cause: 'credentials-changed' }, secretVersion: 'v2' },
    { action: 'issue', reason: 'CredentialsChanged' },
  ],
  [
    'a secret event without a new version changes nothing',
    NOON_BEFORE,
    { message: { cause: 'credentials-changed' }, secretVersion: 'v1' },
    keepFresh,
  ],
  [
    'a secret event says nothing before the secret has been read',
    NOON_BEFORE,
    { message: { cause: 'credentials-changed' } },
    keepFresh,
  ],
  [
    'a changed secret that could not be served is still wanted at the next tick',
    NOON_BEFORE,
    { state: { wanted: { reason: 'CredentialsChanged', since: NOON_BEFORE } } },
    { action: 'issue', reason: 'CredentialsChanged' },
  ],
  [
    'a changed secret that turns out to be the one that issued the token is void',
    NOON_BEFORE,
    { state: { wanted: { reason: 'CredentialsChanged', since: NOON_BEFORE } }, secretVersion: 'v1' },
    keepFresh,
  ],
  [
    'a new secret version alone, with nobody asking, waits for the renewal',
    NOON_BEFORE,
    { secretVersion: 'v2' },
    keepFresh,
  ],
  [
    'a rejected token is kept until the report has been checked',
    NOON_BEFORE,
    { message: { cause: 'rejected', generation: 41 } },
    { action: 'keep', reason: 'Rejected' },
  ],
  [
    'a report on a generation newer than known is about the current one',
    NOON_BEFORE,
    { message: { cause: 'rejected', generation: 42 } },
    { action: 'keep', reason: 'Rejected' },
  ],
  [
    'a report without a generation is about the current one',
    NOON_BEFORE,
    { message: { cause: 'rejected' } },
    { action: 'keep', reason: 'Rejected' },
  ],
  [
    'a report on an older generation is void: it has been replaced already',
    NOON_BEFORE,
    { message: { cause: 'rejected', generation: 40 } },
    { action: 'keep', reason: 'AlreadyReplaced' },
  ],
  [
    'a pending report on an older generation is forgotten',
    NOON_BEFORE,
    { state: { wanted: { reason: 'Rejected', generation: 40, since: NOON_BEFORE } } },
    keepFresh,
  ],
  [
    'a pending report without a generation is about the current one',
    NOON_BEFORE,
    { state: { wanted: { reason: 'Rejected', since: NOON_BEFORE } } },
    { action: 'keep', reason: 'Rejected' },
  ],
  [
    'a report that is still to be checked goes before the wish that it stands beside',
    NOON_BEFORE,
    { state: { wanted: { reason: 'CredentialsChanged', generation: 41, since: NOON_BEFORE } } },
    { action: 'keep', reason: 'Rejected' },
  ],
  [
    'and once it is checked, the wish is served',
    NOON_BEFORE,
    {
      state: { wanted: { reason: 'CredentialsChanged', generation: 41, since: NOON_BEFORE } },
      secretVersion: 'v2',
      verdict: 'alive',
    },
    { action: 'issue', reason: 'CredentialsChanged' },
  ],
  [
    'a reported token that works is kept',
    NOON_BEFORE,
    { message: { cause: 'rejected', generation: 41 }, verdict: 'alive' },
    { action: 'keep', reason: 'StillAlive' },
  ],
  [
    'a reported token that could not be tried is kept',
    NOON_BEFORE,
    { message: { cause: 'rejected', generation: 41 }, verdict: 'unknown' },
    { action: 'keep', reason: 'Unverified' },
  ],
  [
    'a report that could not be checked is checked at the next tick',
    NOON_BEFORE,
    { state: { wanted: { reason: 'Rejected', generation: 41, since: NOON_BEFORE } } },
    { action: 'keep', reason: 'Rejected' },
  ],
  [
    'a reported token that works is renewed in time all the same',
    TOKEN.renewAt,
    { message: { cause: 'rejected', generation: 41 }, verdict: 'alive' },
    { action: 'issue', reason: 'NearExpiry' },
  ],
  [
    'an expired token needs no check of a report',
    TOKEN.expiresAt,
    { message: { cause: 'rejected', generation: 41 } },
    { action: 'issue', reason: 'Expired' },
  ],
  [
    'before the first token there is nothing to check',
    NOON_BEFORE,
    { state: first, message: { cause: 'rejected', generation: 1 } },
    { action: 'issue', reason: 'Missing' },
  ],
  [
    'a renewal planned inside a session says that it failed open',
    TOKEN.renewAt,
    { config: { sessions: [{ preset: 'nxt' }] } },
    { action: 'issue', reason: 'NearExpiryFailOpen' },
  ],
  [
    'a renewal planned within the reuse window says that it failed open, and waits for the window',
    TOKEN.issuedAt + 5 * HOUR,
    { state: { published: { ...TOKEN, renewAt: TOKEN.issuedAt + 5 * HOUR } } },
    { action: 'wait', reason: 'WouldReuse', due: 'NearExpiryFailOpen', until: TOKEN.issuedAt + 6 * HOUR },
  ],
  [
    'a broker without a reuse window knows no such renewal',
    TOKEN.issuedAt + 5 * HOUR,
    { contract: KIWOOM, state: { published: { ...TOKEN, renewAt: TOKEN.issuedAt + 5 * HOUR } } },
    { action: 'issue', reason: 'NearExpiry' },
  ],
  [
    'a report under pause calls nobody',
    NOON_BEFORE,
    { state: { paused: true }, message: { cause: 'rejected', generation: 41 } },
    { action: 'hold', reason: 'Paused', due: 'Rejected' },
  ],
  [
    'a revoke message alone makes nothing due: the token it killed does',
    NOON_BEFORE,
    { message: { cause: 'revoke' } },
    keepFresh,
  ],
  [
    'a token of three months is kept for three months',
    TOKEN.issuedAt + 80 * DAY,
    {
      state: {
        published: {
          ...TOKEN,
          expiresAt: TOKEN.issuedAt + 90 * DAY,
          renewAt: TOKEN.issuedAt + 90 * DAY - HOUR,
        },
      },
    },
    { action: 'keep', reason: 'Fresh' },
  ],
];

describe('a new token is due, or not', () => {
  it.each(rows)('%s', (_sentence, now, facts, expected) => {
    expect(decide(factsWith(facts), now)).toMatchObject(expected);
  });
});

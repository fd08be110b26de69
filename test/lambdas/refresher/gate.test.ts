import { describe, expect, it } from 'vitest';
import { type Decision, decide } from '../../../lambdas/refresher/decide.ts';
import {
  attempt,
  DAY,
  type FactsChange,
  factsWith,
  HOUR,
  KIS,
  KIWOOM,
  kst,
  MINUTE,
  SECOND,
  TOKEN,
} from './facts.ts';

type Row = [sentence: string, now: number, facts: FactsChange, expected: Partial<Decision>];

const NOW = kst('08:10');
const LATER = kst('08:15');
const dead = { dead: true } as const;
const rejectedAt = (at: number, retryAt: number | undefined) =>
  attempt({ at, outcome: 'rejected', brokerCode: 'EGW00103', retryAt });
const issuesAt = (...hoursAgo: number[]) => hoursAgo.map((hours) => NOW - hours * HOUR);
const spent = issuesAt(23, 20, 15, 12, 9, 6, 3, 1);

const pausing: Row[] = [
  ['a paused credential asks nobody', NOW, { state: { paused: true } }, { action: 'hold', reason: 'Paused' }],
  [
    'not even for a changed secret',
    NOW,
    { state: { paused: true }, message: { cause: 'credentials-changed' }, secretVersion: 'v2' },
    { action: 'hold', reason: 'Paused', due: 'CredentialsChanged' },
  ],
  [
    'force lifts the pause',
    NOW,
    { state: { paused: true, ...dead }, message: { cause: 'forced' } },
    { action: 'issue', reason: 'TokenDead' },
  ],
];

const rejection: Row[] = [
  [
    'refused keys are not tried again before their time',
    NOW,
    { state: { attempt: rejectedAt(NOW - MINUTE, NOW + 1) } },
    { action: 'hold', reason: 'CredentialsRejected', until: NOW + 1, due: 'NearExpiry' },
  ],
  ['they are at that time', NOW, { state: { attempt: rejectedAt(NOW - MINUTE, NOW) } }, { action: 'issue' }],
  [
    'refused keys with the same secret version stay refused',
    NOW,
    { state: { attempt: rejectedAt(NOW - MINUTE, NOW + HOUR) }, secretVersion: 'v1' },
    { action: 'hold', reason: 'CredentialsRejected' },
  ],
  [
    'a corrected secret is tried at once',
    NOW,
    { state: { attempt: rejectedAt(NOW - MINUTE, NOW + HOUR) }, secretVersion: 'v2' },
    { action: 'issue', reason: 'NearExpiry' },
  ],
  [
    'force tries refused keys at once',
    NOW,
    { state: { attempt: rejectedAt(NOW - MINUTE, NOW + HOUR) }, message: { cause: 'forced' } },
    { action: 'issue', reason: 'Forced' },
  ],
  [
    'a force that had to wait tries them at the next tick',
    NOW,
    {
      state: {
        attempt: rejectedAt(NOW - 10 * MINUTE, NOW + HOUR),
        wanted: { reason: 'Forced', since: NOW - 5 * MINUTE },
      },
    },
    { action: 'issue', reason: 'Forced' },
  ],
  [
    'a force that came before the refusal has had its answer',
    NOW,
    {
      state: {
        attempt: rejectedAt(NOW - 10 * MINUTE, NOW + HOUR),
        wanted: { reason: 'Forced', since: NOW - 11 * MINUTE },
      },
    },
    { action: 'hold', reason: 'CredentialsRejected' },
  ],
  [
    'a refusal stamped in the future is void',
    NOW,
    { state: { attempt: rejectedAt(NOW + MINUTE + 1, NOW + HOUR) } },
    { action: 'issue' },
  ],
  [
    'a refusal without a time to ask again holds nobody',
    NOW,
    { state: { attempt: rejectedAt(NOW - MINUTE, undefined) } },
    { action: 'issue' },
  ],
];

const interval: Row[] = [
  [
    'a millisecond before the minute is over KIS is not called',
    NOW,
    { state: { lastCallAt: NOW - 61 * SECOND + 1 } },
    { action: 'wait', reason: 'TooSoon', until: NOW + 1, due: 'NearExpiry', must: false },
  ],
  ['when it is over KIS is called', NOW, { state: { lastCallAt: NOW - 61 * SECOND } }, { action: 'issue' }],
  [
    'nothing passes the minimum interval, not even force for a dead token with a changed secret',
    NOW,
    {
      state: { ...dead, lastCallAt: NOW - SECOND, wanted: { reason: 'CredentialsChanged', since: NOW } },
      message: { cause: 'forced' },
      secretVersion: 'v2',
    },
    { action: 'wait', reason: 'TooSoon', must: true },
  ],
  [
    'a call whose end is unknown counts as ending after its stamp',
    NOW,
    { state: { lastCallAt: NOW + 15 * SECOND, attempt: attempt({ at: NOW, outcome: 'started' }) } },
    { action: 'wait', reason: 'TooSoon', until: NOW + 76 * SECOND, due: 'Interrupted' },
  ],
  [
    'a call stamped a minute in the future counts',
    NOW,
    { state: { lastCallAt: NOW + MINUTE } },
    { action: 'wait', reason: 'TooSoon' },
  ],
  [
    'a call stamped further in the future is void: the clock was turned back',
    NOW,
    { state: { lastCallAt: NOW + MINUTE + 1 } },
    { action: 'issue' },
  ],
  [
    'a longer interval is kept where the owner asks for it',
    NOW,
    { contract: { ...KIS, minimumInterval: 300 * SECOND }, state: { lastCallAt: NOW - 299 * SECOND } },
    { action: 'wait', reason: 'TooSoon', until: NOW + SECOND },
  ],
];

const recent = {
  ...TOKEN,
  issuedAt: NOW - 6 * HOUR + 1,
  expiresAt: NOW + 18 * HOUR,
  renewAt: NOW + 17 * HOUR,
};
const forced = { message: { cause: 'forced' } } as const;
const sameAgain = (at: number, retryAt: number | undefined) =>
  attempt({ at, outcome: 'unchanged', failures: 0, retryAt });

const reuse: Row[] = [
  [
    'force within the six hours would bring the same token back',
    NOW,
    { ...forced, state: { published: recent } },
    { action: 'wait', reason: 'WouldReuse', until: NOW + 1, due: 'Forced' },
  ],
  [
    'when the six hours are over it is served',
    NOW + 1,
    { ...forced, state: { published: recent } },
    { action: 'issue', reason: 'Forced' },
  ],
  [
    'another secret version has no window yet',
    NOW,
    { ...forced, state: { published: recent }, secretVersion: 'v2' },
    { action: 'issue' },
  ],
  [
    'the same secret version has',
    NOW,
    { ...forced, state: { published: recent }, secretVersion: 'v1' },
    { action: 'wait', reason: 'WouldReuse' },
  ],
  [
    'a token that could not be stored is fetched again, window or not',
    NOW,
    { ...forced, state: { published: recent, attempt: attempt({ at: NOW - HOUR, outcome: 'unpublished' }) } },
    { action: 'issue' },
  ],
  [
    'a dead token passes the window',
    NOW,
    { state: { published: recent, ...dead } },
    { action: 'issue', reason: 'TokenDead' },
  ],
  [
    'the same token came back: it is asked for again only at the instant that was planned',
    NOW,
    { state: { attempt: sameAgain(NOW - MINUTE, NOW + 1) } },
    { action: 'wait', reason: 'WouldReuse', until: NOW + 1 },
  ],
  ['and then it is', NOW, { state: { attempt: sameAgain(NOW - MINUTE, NOW) } }, { action: 'issue' }],
  [
    'a dead token that came back waits too',
    NOW,
    { state: { ...dead, attempt: sameAgain(NOW - MINUTE, NOW + MINUTE) } },
    { action: 'wait', reason: 'WouldReuse', due: 'TokenDead' },
  ],
  [
    'a token that came back before it was known to be dead does not hold back its replacement',
    NOW,
    { state: { ...dead, attempt: sameAgain(NOW - MINUTE, undefined) } },
    { action: 'issue', reason: 'TokenDead' },
  ],
  [
    'a changed secret is tried although the same token just came back',
    NOW,
    {
      state: { attempt: sameAgain(NOW - 2 * MINUTE, NOW + HOUR) },
      message: { cause: 'credentials-changed' },
      secretVersion: 'v2',
    },
    { action: 'issue', reason: 'CredentialsChanged' },
  ],
  [
    'an answer stamped in the future is void',
    NOW,
    { state: { attempt: sameAgain(NOW + MINUTE + 1, NOW + HOUR) } },
    { action: 'issue' },
  ],
  [
    'Kiwoom keeps one token to its end: its expiry is awaited',
    NOW,
    { contract: KIWOOM, state: { attempt: sameAgain(NOW - MINUTE, TOKEN.expiresAt + SECOND) } },
    { action: 'wait', reason: 'AwaitExpiry', until: TOKEN.expiresAt + SECOND },
  ],
  [
    'and a second more, for clocks that differ',
    TOKEN.expiresAt,
    { contract: KIWOOM, state: { attempt: sameAgain(NOW - MINUTE, TOKEN.expiresAt + SECOND) } },
    { action: 'wait', reason: 'AwaitExpiry', until: TOKEN.expiresAt + SECOND, due: 'Expired', must: true },
  ],
  [
    'a token that still comes back after its expiry is no longer awaited',
    TOKEN.expiresAt + 2 * SECOND,
    {
      contract: KIWOOM,
      state: { attempt: sameAgain(TOKEN.expiresAt + SECOND, TOKEN.expiresAt + 11 * SECOND) },
    },
    { action: 'wait', reason: 'WouldReuse', until: TOKEN.expiresAt + 11 * SECOND, due: 'Expired' },
  ],
  [
    'a second after its expiry Kiwoom is asked',
    TOKEN.expiresAt + SECOND,
    { contract: KIWOOM, state: { attempt: sameAgain(NOW - MINUTE, TOKEN.expiresAt + SECOND) } },
    { action: 'issue', reason: 'Expired' },
  ],
  [
    'a token that is renewed early by revoking is not kept to its end',
    NOW,
    {
      contract: KIWOOM,
      config: { broker: 'kiwoom', renewEarly: 'revoke' },
      state: { attempt: sameAgain(NOW - HOUR, TOKEN.expiresAt + SECOND) },
    },
    { action: 'issue', reason: 'NearExpiry' },
  ],
  [
    'not even where its renewal falls into a session',
    NOW,
    {
      contract: KIWOOM,
      config: { broker: 'kiwoom', renewEarly: 'revoke', sessions: [{ preset: 'nxt' }] },
      state: { attempt: sameAgain(NOW - HOUR, TOKEN.expiresAt + SECOND) },
    },
    { action: 'issue', reason: 'NearExpiryFailOpen' },
  ],
  [
    'forced before its renewal it is: without revoking the same would come back',
    kst('07:00'),
    {
      contract: KIWOOM,
      config: { broker: 'kiwoom', renewEarly: 'revoke' },
      message: { cause: 'forced' },
      state: { attempt: sameAgain(kst('06:00'), TOKEN.expiresAt + SECOND) },
    },
    { action: 'wait', reason: 'AwaitExpiry', due: 'Forced' },
  ],
  [
    'without a window Kiwoom may be forced at any time',
    NOW,
    { ...forced, contract: KIWOOM, state: { published: recent } },
    { action: 'issue', reason: 'Forced' },
  ],
];

const budget: Row[] = [
  [
    'after the eighth issue of a day the ninth waits for the oldest to be a day ago',
    NOW,
    {
      ...forced,
      state: { issues: spent, published: { ...TOKEN, expiresAt: NOW + 3 * HOUR, renewAt: NOW + 2 * HOUR } },
    },
    { action: 'wait', reason: 'BudgetSpent', until: NOW + HOUR },
  ],
  ['seven are within the budget', NOW, { state: { issues: spent.slice(1) } }, { action: 'issue' }],
  [
    'an issue exactly a day ago does not count',
    NOW,
    { state: { issues: [NOW - DAY, ...spent.slice(1)] } },
    { action: 'issue' },
  ],
  [
    'an issue a millisecond less than a day ago does',
    NOW,
    { state: { issues: [NOW - DAY + 1, ...spent.slice(1)] } },
    { action: 'wait', reason: 'BudgetSpent', until: NOW + 1 },
  ],
  [
    'issues stamped in the future do not',
    NOW,
    { state: { issues: [...spent.slice(1), NOW + MINUTE + 1] } },
    { action: 'issue' },
  ],
  [
    'with more than the budget made, as many must lapse as are too many',
    NOW,
    {
      config: { maxIssuesPerDay: 4 },
      state: { issues: spent, published: { ...TOKEN, expiresAt: NOW + 20 * HOUR, renewAt: NOW } },
    },
    { action: 'wait', reason: 'BudgetSpent', until: NOW + 15 * HOUR },
  ],
  [
    'in whatever order the issues were written down',
    NOW,
    {
      config: { maxIssuesPerDay: 4 },
      state: {
        issues: spent.toReversed(),
        published: { ...TOKEN, expiresAt: NOW + 20 * HOUR, renewAt: NOW },
      },
    },
    { action: 'wait', reason: 'BudgetSpent', until: NOW + 15 * HOUR },
  ],
  [
    'with half of the margin left the budget holds',
    TOKEN.expiresAt - 30 * MINUTE,
    { state: { issues: spent } },
    { action: 'wait', reason: 'BudgetSpent', until: TOKEN.expiresAt - 30 * MINUTE + 1 },
  ],
  [
    'with less than half of the margin left one call goes through',
    TOKEN.expiresAt - 30 * MINUTE + 1,
    { state: { issues: spent } },
    { action: 'issue', reason: 'NearExpiry' },
  ],
  [
    'and then one at each tick, which may come a minute early and after a call that took its time',
    LATER,
    { state: { ...dead, issues: spent, lastCallAt: LATER - 225_000 + 1 } },
    { action: 'wait', reason: 'BudgetSpent', until: LATER + 1, must: true },
  ],
  [
    'when that is over, the next',
    LATER,
    { state: { ...dead, issues: spent, lastCallAt: LATER - 225_000 } },
    { action: 'issue' },
  ],
  [
    'without a token that lives one call goes through',
    NOW,
    { state: { issues: spent, generation: 0, published: undefined } },
    { action: 'issue', reason: 'Missing' },
  ],
  [
    'a last call stamped in the future does not keep an emergency waiting',
    NOW,
    { state: { ...dead, issues: spent, lastCallAt: NOW + HOUR } },
    { action: 'issue', reason: 'TokenDead' },
  ],
  [
    'nor does one that was never recorded',
    NOW,
    { state: { ...dead, issues: spent, lastCallAt: undefined } },
    { action: 'issue', reason: 'TokenDead' },
  ],
];

const backOff: Row[] = (['malformed', 'unpublished'] as const).flatMap((outcome): Row[] => [
  [
    `after ${outcome} the next call waits`,
    NOW,
    { state: { attempt: attempt({ at: NOW - 5 * MINUTE, outcome, retryAt: NOW + 1 }) } },
    { action: 'wait', reason: 'BackingOff', until: NOW + 1 },
  ],
  [
    `after ${outcome} it comes at its time`,
    NOW,
    { state: { attempt: attempt({ at: NOW - 5 * MINUTE, outcome, retryAt: NOW }) } },
    { action: 'issue' },
  ],
  [
    `${outcome} without a time to ask again holds nobody`,
    NOW,
    { state: { attempt: attempt({ at: NOW - 5 * MINUTE, outcome }) } },
    { action: 'issue' },
  ],
  [
    `${outcome} stamped in the future is void`,
    NOW,
    { state: { attempt: attempt({ at: NOW + MINUTE + 1, outcome, retryAt: NOW + HOUR }) } },
    { action: 'issue' },
  ],
]);

const next: Row[] = (['unavailable', 'throttled', 'unconfigured', 'revoked'] as const).map(
  (outcome): Row => [
    `after ${outcome} the next tick asks`,
    NOW,
    { state: { attempt: attempt({ at: NOW - 5 * MINUTE, outcome }) } },
    { action: 'issue', reason: 'NearExpiry' },
  ],
);

describe('the broker may be asked, or not', () => {
  describe.each([
    ['1. paused', pausing],
    ['2. keys rejected', rejection],
    ['3. too soon', interval],
    ['4. the same token would come back', reuse],
    ['5. the budget of the day', budget],
    ['6. backing off', [...backOff, ...next]],
  ])('%s', (_gate, rows) => {
    it.each(rows)('%s', (_sentence, now, facts, expected) => {
      expect(decide(factsWith(facts), now)).toMatchObject(expected);
    });
  });

  it('the first closed gate is the one that is told', () => {
    const all: FactsChange = {
      state: {
        paused: true,
        lastCallAt: NOW,
        published: { ...recent, renewAt: NOW },
        issues: spent,
        attempt: rejectedAt(NOW, NOW + HOUR),
      },
    };
    const told = (change: FactsChange) =>
      decide(factsWith({ ...all, state: { ...all.state, ...change.state } }), NOW).reason;
    expect(told({})).toBe('Paused');
    expect(told({ state: { paused: undefined } })).toBe('CredentialsRejected');
    const malformed = attempt({ at: NOW, outcome: 'malformed', retryAt: NOW + HOUR });
    expect(told({ state: { paused: undefined, attempt: malformed } })).toBe('TooSoon');
    const rested = { paused: undefined, attempt: malformed, lastCallAt: NOW - HOUR };
    expect(told({ state: rested })).toBe('WouldReuse');
    const old = { ...recent, issuedAt: NOW - 7 * HOUR, renewAt: NOW };
    expect(told({ state: { ...rested, published: old } })).toBe('BudgetSpent');
    expect(told({ state: { ...rested, published: old, issues: [] } })).toBe('BackingOff');
  });
});

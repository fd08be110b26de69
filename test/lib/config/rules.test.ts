import { BOTH_BROKERS, KIS, KIWOOM } from '../synth.ts';
import {
  ALL_WEEK,
  credentialRejections,
  kis,
  kiwoom,
  LIVE_KIWOOM,
  SEOUL_SESSION,
  stackRejections,
  testRejections,
} from './rejected-configurations.ts';

/** Returns the value of `sessions` with one trading session that takes place every day. */
const daily = (from: string, to: string) => [{ ...SEOUL_SESSION, days: ALL_WEEK, from, to }];

testRejections([
  ...stackRejections(
    'checkEvery',
    ['a check interval of 90 s', '90s', 'use "2m"'],
    ['a check interval of 30 s', '30s', 'use "1m"'],
  ),
  [
    'a check interval longer than a function can wait',
    { ...BOTH_BROKERS, checkEvery: '13m', renewBefore: '4h' },
    'checkEvery',
    'use "12m"',
  ],
  [
    'a check interval longer than renewBefore',
    { ...BOTH_BROKERS, checkEvery: '10m', renewBefore: '9m' },
    'checkEvery',
    'use "1m"',
  ],
  [
    'a check interval of one fifth of renewBefore',
    { ...BOTH_BROKERS, checkEvery: '12m', renewBefore: '60m' },
    'checkEvery',
    'use "10m", or a renewBefore of "72m"',
  ],
  ...credentialRejections(kis, 'renewBefore', [
    'a renewBefore of KIS longer than half the lifetime of a token',
    '721m',
    'at most "12h" for kis: a token is renewed in the second half of its life of 24h | use "60m", or up to "12h"',
  ]),
  ...credentialRejections(kiwoom, 'renewBefore', [
    'a renewBefore of Kiwoom longer than a quarter of the lifetime of a token',
    '361m',
    'at most "6h" for kiwoom: a token is renewed in the last quarter',
  ]),
  [
    'a renewBefore of the stack that is too long for one broker',
    { credentials: [{ ...KIS, sessions: [] }, KIWOOM], renewBefore: '7h' },
    'renewBefore',
    'for kiwoom',
  ],
  [
    'a response time longer than the lead time of the alarms',
    { ...BOTH_BROKERS, responseTime: '18m', renewBefore: '60m' },
    'responseTime',
    'a renewBefore of at least "61m"',
  ],
  [
    'a renewBefore that leaves no response time',
    kis({ renewBefore: '30m' }),
    'responseTime',
    'a renewBefore of at least "58m"',
  ],
  ...credentialRejections(
    kis,
    'maxIssuesPerDay',
    ['a maximum of no issue calls per day', 0, '2 to 32'],
    [
      'a maximum of one issue call per day',
      1,
      'from 2 to 32: with 1 the daily renewal alone spends the budget',
    ],
    ['a maximum of 33 issue calls per day', 33, '2 to 32'],
    ['a maximum of 2.5 issue calls per day', 2.5, '2 to 32'],
    ['a maxIssuesPerDay that is a string', '8', 'leave it out for 8'],
  ),
  ...credentialRejections(
    kis,
    'minimumInterval',
    ['a KIS interval of 60 s', '60s', '"61s" to "1h"'],
    ['a KIS interval of 2 h', '2h', '"61s" to "1h"'],
  ),
  ...credentialRejections(kiwoom, 'minimumInterval', ['an interval for Kiwoom', '300s', 'leave it out']),
  [
    'a live key of Kiwoom without an egress setting',
    LIVE_KIWOOM,
    'egress',
    'registered at its site (else 8050)',
  ],
  ['a live key of Kiwoom with public egress', { ...LIVE_KIWOOM, egress: 'public' }, 'egress', '(else 8010)'],
  [
    'a live key of Kiwoom without allowPublicEgress',
    kiwoom({ market: 'live', allowPublicEgress: false }),
    'egress',
    'set credentials[0].allowPublicEgress to true',
  ],
  ...credentialRejections(kis, 'renewEarly', ['renewEarly "revoke" for KIS', 'revoke', '"wait" for KIS']),
  ...credentialRejections(
    kiwoom,
    'renewEarly',
    ['renewEarly that is a boolean', true, 'use "revoke"'],
    ['a misspelt renewEarly', 'waits', 'did you mean "wait"?'],
  ),
  ...credentialRejections(
    kis,
    'sessions',
    ['sessions that are not a list', 'krx', '[{"preset":"nxt"}]'],
    ['a preset that is a string', ['krx'], 'did you mean {"preset":"krx"}?', '[0]'],
    ['an unknown preset', [{ preset: 'krw' }], 'did you mean "krx"?', '[0]'],
    ['a session without a time zone', [{ ...SEOUL_SESSION, timeZone: undefined }], 'timeZone', '[0]'],
    ['a session without days', [{ ...SEOUL_SESSION, days: [] }], 'at least one day', '[0].days'],
    ['a session from "9:00"', [{ ...SEOUL_SESSION, from: '9:00' }], 'two digits', '[0].from'],
    ['a session to "24:00"', [{ ...SEOUL_SESSION, to: '24:00' }], '"23:59"', '[0].to'],
    [
      'a session in an unknown time zone',
      [{ ...SEOUL_SESSION, timeZone: 'KST' }],
      'Asia/Seoul',
      '[0].timeZone',
    ],
    ['a session with equal "from" and "to"', [{ ...SEOUL_SESSION, to: '09:00' }], 'different values', '[0]'],
    ['21 sessions', Array.from({ length: 21 }, () => ({ preset: 'krx' })), 'at most 20'],
    ['sessions that leave no time to renew on some day', daily('05:00', '04:30'), 'shorten the sessions'],
    [
      'sessions that leave no time to renew after the reuse window',
      daily('02:00', '20:00'),
      'at least 6h after issue',
    ],
    [
      'sessions that leave no time to renew earlier than 30 min before a session',
      daily('05:00', '04:31'),
      'not within 30m',
    ],
  ),
]);

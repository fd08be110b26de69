export const KIS = ['--broker', 'kis', '--market', 'paper'];
export const KIWOOM = ['--broker', 'kiwoom', '--market', 'paper'];

/** Options that `tokens add` rejects, each with the expected error. */
export const INVALID_OPTIONS: readonly [title: string, args: readonly string[], text: RegExp][] = [
  ['an unknown broker', ['--broker', 'kiss', '--market', 'paper'], /Allowed choices are kis, kiwoom/],
  ['no market', ['--broker', 'kis'], /required option '--market <name>' not specified/],
  ['an unknown session', [...KIS, '--session', 'nxtt'], /'--session <session>'.*must be krx, nxt, us/],
  ['a session that is not JSON', [...KIS, '--session', '{nxt'], /'--session <session>'.*must be krx/],
  ['a budget that is not a number', [...KIS, '--max-issues-per-day', 'many'], /must be a whole number/],
  ['a budget of one call', [...KIS, '--max-issues-per-day', '1'], /--max-issues-per-day\n.*from 2 to 32/s],
  ['an unknown --renew-early', [...KIS, '--renew-early', 'always'], /Allowed choices are revoke, wait/],
  ['--renew-early revoke for KIS', [...KIS, '--renew-early', 'revoke'], /--renew-early\n.*"wait" for KIS/s],
  [
    '--minimum-interval for Kiwoom',
    [...KIWOOM, '--minimum-interval', '90s'],
    /--minimum-interval\n.*not for/s,
  ],
  [
    'a margin that is too long',
    [...KIS, '--renew-before', '20h'],
    /--renew-before\n.*at most "\d+h" for kis/s,
  ],
  [
    'a margin that is too short for the response time of the stack',
    [...KIS, '--renew-before', '45m'],
    /responseTime of the stack\n.*with --renew-before "45m".*use a renewBefore/s,
  ],
  [
    'sessions that leave no time for a renewal',
    [
      ...KIS,
      '--session',
      '{"days":["mon","tue","wed","thu","fri","sat","sun"],"from":"00:01","to":"00:00","timeZone":"Asia/Seoul"}',
    ],
    /--session\n.*in a session only/s,
  ],
  [
    'live Kiwoom with dynamic IP addresses',
    ['--broker', 'kiwoom', '--market', 'live'],
    /egress of the stack\n.*--allow-public-egress to true/s,
  ],
  [
    'a secret name with the suffix of an ARN',
    [...KIS, '--secret', 'broker-tokens/kis-second'],
    /--secret\n.*suffix of an ARN/s,
  ],
  ['a secret with another prefix', [...KIS, '--secret', 'other/kis-2'], /--secret\n.*"broker-tokens\/"/s],
];

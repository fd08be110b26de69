export const KIS = ['--broker', 'kis', '--market', 'paper'];
export const KIWOOM = ['--broker', 'kiwoom', '--market', 'paper'];

const ALWAYS_IN_SESSION =
  '{"days":["mon","tue","wed","thu","fri","sat","sun"],"from":"00:01","to":"00:00","timeZone":"Asia/Seoul"}';

/** Options that `tokens add` rejects, each with the expected error. */
export const INVALID_OPTIONS: readonly [options: string, more: readonly string[], text: RegExp][] = [
  ['--broker kiss --market paper', [], /Allowed choices are kis, kiwoom/],
  ['--broker kis', [], /required option '--market <name>' not specified/],
  ['--session nxtt', KIS, /'--session <session>'.*must be krx, nxt, us/],
  ['--session {nxt', KIS, /'--session <session>'.*must be krx/],
  [`--session ${ALWAYS_IN_SESSION}`, KIS, /--session\n.*in a session only/s],
  ['--max-issues-per-day many', KIS, /must be a whole number/],
  ['--max-issues-per-day 1', KIS, /--max-issues-per-day\n.*from 2 to 32/s],
  ['--renew-early always', KIS, /Allowed choices are revoke, wait/],
  ['--renew-early revoke', KIS, /--renew-early\n.*"wait" for KIS/s],
  ['--minimum-interval 90s', KIWOOM, /--minimum-interval\n.*not for/s],
  ['--renew-before 20h', KIS, /--renew-before\n.*at most "\d+h" for kis/s],
  ['--renew-before 45m', KIS, /responseTime of the stack\n.*with --renew-before "45m".*use a renewBefore/s],
  ['--broker kiwoom --market live', [], /egress of the stack\n.*--allow-public-egress to true/s],
  ['--secret broker-tokens/kis-second', KIS, /--secret\n.*suffix of an ARN/s],
  ['--secret other/kis-2', KIS, /--secret\n.*"broker-tokens\/"/s],
];

import { DAY, HOUR, MINUTE } from '../../cli/time.ts';
import type { Attempt, Outcome, State } from '../../lambdas/shared/state.ts';
import { sampleAttempt, sampleRejection } from './sample-credential.ts';
import type { StateChanges } from './states.ts';

/** The exit codes of `status`. */
export const EXIT_ALL_LIVE = 0;
export const EXIT_NOT_HEALTHY = 1;

export const attempt = (outcome: Outcome, changes: Partial<Attempt> = {}): Attempt =>
  sampleAttempt({ at: Date.now() - 3 * MINUTE, outcome, failures: 4, ...changes });

export const refused = () => sampleRejection(Date.now());

const minuteAgo = () => Date.now() - MINUTE;
const pending = (requests: State['pending']): StateChanges => ({ pending: requests });

/** States of kis-main in the simulated stack, each with the exit code and the output of `status`. */
export const STATUS_CASES: readonly [
  title: string,
  code: number,
  changes: () => StateChanges,
  text: RegExp,
][] = [
  [
    'a rejected key with the message of the broker and the fix',
    EXIT_NOT_HEALTHY,
    () => ({
      attempt: attempt('rejected', {
        brokerCode: 'EGW00103',
        message: 'EGW00103 유효하지 않은 AppKey입니다.',
      }),
      refused: refused(),
      age: 23.5 * HOUR,
    }),
    /✖ {2}kis-main.*refused.*4 times in a row, last attempt 3 min ago: the broker rejected the key: EGW00103 유효하지 않은 AppKey입니다.*→ The app key is wrong/s,
  ],
  [
    'an outage while the token is live, which needs no action',
    EXIT_ALL_LIVE,
    () => ({ attempt: attempt('unavailable', { message: 'no answer' }), age: 23.5 * HOUR }),
    /▲ {2}kis-main.*at next tick.*4 times in a row, last attempt 3 min ago: the broker gave no usable answer: no answer/s,
  ],
  [
    'a live token that cannot be renewed without action',
    EXIT_NOT_HEALTHY,
    () => ({ attempt: attempt('malformed'), age: 23.5 * HOUR }),
    /✖ {2}kis-main.*the broker sent an invalid answer, which must not be published/s,
  ],
  ['an expired token', EXIT_NOT_HEALTHY, () => ({ age: DAY + HOUR }), /✖ {2}kis-main.*expired/],
  [
    'a dead token with the command that replaces it',
    EXIT_NOT_HEALTHY,
    () => ({ token: { health: 'dead' } }),
    /✖ {2}kis-main.* dead +.* dead .*KIS\s+rejects\s+it\.\s+→ .*revoke kis-main\./s,
  ],
  [
    'a suspect token as suspect',
    EXIT_NOT_HEALTHY,
    () => ({ token: { health: 'suspect' } }),
    /▲ {2}kis-main .* suspect .*The refresher verifies it first\.\s+→ .*revoke kis-main\./s,
  ],
  [
    'a live token with a pending revocation as revoking',
    EXIT_NOT_HEALTHY,
    () => pending({ revoke: { fingerprint: '352fd9b303ab', reissue: true, since: minuteAgo() } }),
    /▲ {2}kis-main .* revoking .*RevokePending: revocation requested .*a new token follows.*→ .*withdraw/s,
  ],
  [
    'a live token of a different key while the broker rejects the current key',
    EXIT_NOT_HEALTHY,
    () => ({
      ...pending({ credentialsChanged: { since: minuteAgo() } }),
      refused: refused(),
      calledWith: 'ba9876543210',
    }),
    /✖ {2}kis-main .* refused .*other key.*KIS rejected the app key \(EGW00103\).*→ The app key is wrong/s,
  ],
  [
    'a dead token whose revocation is not confirmed',
    EXIT_NOT_HEALTHY,
    () => ({ token: { health: 'dead', revocations: 1 } }),
    /✖ {2}kis-main.*KIS returned it and has not confirmed its revocation, so the refresher revokes it\s+again\s+at\s+each\s+tick.\s+→ The next tick revokes the token again/s,
  ],
  [
    'a paused credential',
    EXIT_NOT_HEALTHY,
    () => ({ paused: true, token: { health: 'dead' } }),
    /▲ {2}kis-main.*paused +when resumed.*revoked on request/s,
  ],
  [
    'a pending request',
    EXIT_ALL_LIVE,
    () => pending({ forced: { since: minuteAgo() } }),
    /Forced: a new token was requested (today|yesterday) .*, 60 s ago\./,
  ],
];

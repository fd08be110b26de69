import { DAY, HOUR, MINUTE } from '../../cli/time.ts';
import type { Attempt, Outcome } from '../../lambdas/shared/state.ts';
import { names } from '../../simulator/world.ts';
import type { SimulatedCloud } from './cloud.ts';
import { storeState } from './states.ts';

/** The exit codes of `status`. */
export const ALL_LIVE = 0;
export const NOT_HEALTHY = 1;

export const attempt = (
  cloud: SimulatedCloud,
  outcome: Outcome,
  changes: Partial<Attempt> = {},
): Attempt => ({
  at: cloud.clock.now() - 3 * MINUTE,
  cause: 'schedule',
  messageId: 'm',
  kind: 'issue',
  outcome,
  failures: 4,
  ...changes,
});

export const refused = (cloud: SimulatedCloud) => ({
  secretVersion: 'v1',
  code: 'EGW00103',
  since: cloud.clock.now() - HOUR,
  retryAt: cloud.clock.now() + HOUR,
  times: 4,
});

const minuteAgo = (cloud: SimulatedCloud) => cloud.clock.now() - MINUTE;

/** States of the simulated stack, each with the exit code and the output of `status`. */
export const STATUS_CASES: readonly [
  title: string,
  code: number,
  store: (cloud: SimulatedCloud) => void,
  text: RegExp,
][] = [
  [
    'a rejected key with the message of the broker and the fix',
    NOT_HEALTHY,
    (cloud) =>
      storeState(cloud, 'kis-main', {
        attempt: attempt(cloud, 'rejected', {
          brokerCode: 'EGW00103',
          message: 'EGW00103 유효하지 않은 AppKey입니다.',
        }),
        refused: refused(cloud),
        age: 23.5 * HOUR,
      }),
    /✖ {2}kis-main.*refused.*4 times in a row, last attempt 3 min ago: the broker rejected the key: EGW00103 유효하지 않은 AppKey입니다.*→ The app key is wrong/s,
  ],
  [
    'an outage while the token is live, which needs no action',
    ALL_LIVE,
    (cloud) =>
      storeState(cloud, 'kis-main', {
        attempt: attempt(cloud, 'unavailable', { message: 'no answer' }),
        age: 23.5 * HOUR,
      }),
    /▲ {2}kis-main.*at next tick.*4 times in a row, last attempt 3 min ago: the broker gave no usable answer: no answer/s,
  ],
  [
    'a live token that cannot be renewed without action',
    NOT_HEALTHY,
    (cloud) => storeState(cloud, 'kis-main', { attempt: attempt(cloud, 'malformed'), age: 23.5 * HOUR }),
    /✖ {2}kis-main.*the broker sent an invalid answer, which must not be published/s,
  ],
  [
    'an expired token',
    NOT_HEALTHY,
    (cloud) => storeState(cloud, 'kis-main', { age: DAY + HOUR }),
    /✖ {2}kis-main.*expired/,
  ],
  [
    'a dead token with the command that replaces it',
    NOT_HEALTHY,
    (cloud) => storeState(cloud, 'kis-main', { token: { health: 'dead' } }),
    /✖ {2}kis-main.* dead +.* dead .*KIS\s+rejects\s+it\.\s+→ .*revoke kis-main\./s,
  ],
  [
    'a suspect token as suspect',
    NOT_HEALTHY,
    (cloud) => storeState(cloud, 'kis-main', { token: { health: 'suspect' } }),
    /▲ {2}kis-main .* suspect .*The refresher verifies it first\.\s+→ .*revoke kis-main\./s,
  ],
  [
    'a live token with a pending revocation as revoking',
    NOT_HEALTHY,
    (cloud) => {
      const revoke = { fingerprint: '352fd9b303ab', reissue: true, since: minuteAgo(cloud) };
      storeState(cloud, 'kis-main', { pending: { revoke } });
    },
    /▲ {2}kis-main .* revoking .*RevokePending: revocation requested .*a new token follows.*→ .*withdraw/s,
  ],
  [
    'a live token of a different key while the broker rejects the current key',
    NOT_HEALTHY,
    (cloud) => {
      const pending = { credentialsChanged: { since: minuteAgo(cloud) } };
      storeState(cloud, 'kis-main', { refused: refused(cloud), calledWith: 'ba9876543210', pending });
    },
    /✖ {2}kis-main .* refused .*other key.*KIS rejected the app key \(EGW00103\).*→ The app key is wrong/s,
  ],
  [
    'a dead token whose revocation is not confirmed',
    NOT_HEALTHY,
    (cloud) => storeState(cloud, 'kis-main', { token: { health: 'dead', revocations: 1 } }),
    /✖ {2}kis-main.*KIS returned it and has not confirmed its revocation, so the refresher revokes it\s+again\s+at\s+each\s+tick.\s+→ The next tick revokes the token again/s,
  ],
  [
    'a paused credential',
    NOT_HEALTHY,
    (cloud) => storeState(cloud, 'kis-main', { paused: true, token: { health: 'dead' } }),
    /▲ {2}kis-main.*paused +when resumed.*revoked on request/s,
  ],
  [
    'a credential without a token',
    NOT_HEALTHY,
    (cloud) => cloud.refresher.world.aws.deleteParameter(names('kis-main').state),
    /✖ {2}kis-main.*no token +at next tick.*No token has been published yet\./s,
  ],
  [
    'a pending request',
    ALL_LIVE,
    (cloud) => storeState(cloud, 'kis-main', { pending: { forced: { since: minuteAgo(cloud) } } }),
    /Forced: a new token was requested (today|yesterday) .*, 60 s ago\./,
  ],
  [
    'a damaged state',
    NOT_HEALTHY,
    (cloud) => cloud.refresher.world.aws.putParameter(names('kis-main').state, '{"version":1,"generation":4'),
    /The state parameter is damaged: it is not JSON/,
  ],
];

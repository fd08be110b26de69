import type { BrokerContract } from '../../../lambdas/brokers/broker.ts';
import type { CallStart, FailedCall } from '../../../lambdas/decision/attempts.ts';
import { decide } from '../../../lambdas/decision/decide.ts';
import type { Decision, Facts, InvocationProgress } from '../../../lambdas/decision/facts.ts';
import type { ReceivedToken } from '../../../lambdas/decision/issue-result.ts';
import type { CredentialConfig } from '../../../lambdas/shared/credential.ts';
import type { KeyRejection, PublishedToken, State } from '../../../lambdas/shared/state.ts';
import { lastAttempt as attempt, CONFIG, healthyState, publishedToken } from '../../sample-state.ts';

export { attempt, CONFIG };

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Converts a local time in Korea, by default on Friday, 2026-11-20, to an instant. */
export function kst(time: string, date = '2026-11-20'): number {
  return Date.parse(`${date}T${time.length === 5 ? `${time}:00` : time}+09:00`);
}

export const KIS: BrokerContract = {
  reuseWindow: 6 * HOUR,
  minimumInterval: 61 * SECOND,
  marginShare: 1 / 2,
};
export const KIWOOM: BrokerContract = { minimumInterval: 2 * SECOND, marginShare: 1 / 4 };

/**
 * A token with a lifetime of 24 hours. The token was issued at 09:00 KST on the previous day, is renewed from
 * 08:00, and expires at 09:00.
 */
export const PUBLISHED_TOKEN = publishedToken('FAKE-token', kst('09:00', '2026-11-19'), { tokenVersion: 41 });
/** The instants at which PUBLISHED_TOKEN needs no renewal (FRESH), needs a renewal (NEAR) and expires. */
export const FRESH = kst('20:30', '2026-11-19');
export const {
  renewAt: NEAR,
  expiresAt: EXPIRY,
  issuedFor: ISSUED_FOR,
  fingerprint: FINGERPRINT,
} = PUBLISHED_TOKEN;
export const OTHER_FINGERPRINT = 'ba9876543210';

export const APP_KEY = ISSUED_FOR.appKey;
export const OTHER_APP_KEY = 'bbbbbbbbbbbb';
/** The secret as it was when the broker issued the token, and later versions of the secret. */
export const SECRET = { version: 'v1', appKey: APP_KEY };
export const NEW_VERSION = { version: 'v2', appKey: APP_KEY };
export const VERSION_WITH_OTHER_APP_KEY = { version: 'v2', appKey: OTHER_APP_KEY };
export const VERSION_WITH_OTHER_APP_SECRET = { ...NEW_VERSION, keyPair: 'cccccccccccc' };
export const UNUSABLE_SECRET = { version: 'v2' };

/** The state of a credential with one token and no failure. */
export const HEALTHY_STATE: State = {
  ...healthyState(PUBLISHED_TOKEN.issuedAt),
  published: PUBLISHED_TOKEN,
};

export const changed = { credentialsChanged: { since: 1 } };
export const forced = { forced: { since: 1 } };

/** Returns a pending revocation of the published token. */
export function revocation(reissue: boolean, fingerprint = FINGERPRINT) {
  return { revoke: { fingerprint, reissue, since: 1 } };
}

export function keyRejection(fields: Partial<KeyRejection> & Pick<KeyRejection, 'retryAt'>): KeyRejection {
  return { secretVersion: 'v1', code: 'EGW00103', since: fields.retryAt - 5 * MINUTE, times: 1, ...fields };
}

export interface FactsChange extends Omit<Partial<Facts>, 'state' | 'config' | 'done'> {
  readonly config?: Partial<CredentialConfig>;
  readonly done?: Partial<InvocationProgress>;
  readonly state?: Partial<State>;
  /** The fields of the published token that differ from PUBLISHED_TOKEN; null for a state without a token. */
  readonly token?: Partial<PublishedToken> | null;
}

/**
 * Returns the facts of an invocation that starts at `now` and can run for 450 s. Without changes, the facts
 * describe a healthy KIS credential whose secret was read.
 */
export function factsAt(now: number, { token = {}, ...change }: FactsChange = {}): Facts {
  const state: State =
    token === null
      ? { generation: 0, issues: [], ...change.state }
      : { ...HEALTHY_STATE, published: { ...PUBLISHED_TOKEN, ...token }, ...change.state };
  return {
    contract: KIS,
    tokenKeyArn: ISSUED_FOR.tokenKeyArn,
    parameter: 'ours',
    secret: SECRET,
    invocationStartedAt: now,
    deadline: now + 450 * SECOND,
    ...change,
    config: { ...CONFIG, ...change.config },
    state,
    done: { calls: 0, repeats: 0, ...change.done },
  };
}

/** Returns the facts of `factsAt` for a Kiwoom credential with `renewEarly: "revoke"`. */
export function kiwoomFactsAt(now: number, change: FactsChange = {}): Facts {
  const config = { id: 'kiwoom-main', broker: 'kiwoom', maxIssuesPerDay: 24, renewEarly: 'revoke' } as const;
  const token = { issuedFor: { ...ISSUED_FOR, broker: 'kiwoom' as const }, ...change.token };
  return factsAt(now, { contract: KIWOOM, ...change, config: { ...config, ...change.config }, token });
}

export function decisionAt(now: number, change: FactsChange = {}): Decision {
  return decide(factsAt(now, change), now);
}

/** Returns the action and the reason of the decision, for example "issue NearExpiry". */
export function stepAt(now: number, change: FactsChange = {}): string {
  return stepOf(factsAt(now, change), now);
}

export function stepOf(facts: Facts, now: number): string {
  const { action, reason } = decide(facts, now);
  return `${action} ${reason}`;
}

export function callStartAt(at: number): CallStart {
  return { at, cause: 'schedule', messageId: 'm-1' };
}

/** Returns the result of an issue call whose token was written as version 42 of the token parameter. */
export function receivedToken(fingerprint: string, expiresAt: number, issuedAt?: number): ReceivedToken {
  const issuedToken = { token: 'FAKE-token', tokenType: 'Bearer', issuedAt, expiresAt };
  return { fingerprint, tokenVersion: 42, issuedToken };
}

/** A failed call that was sent to the broker, but whose answer was lost. */
export const LOST_ANSWER: FailedCall = { kind: 'unavailable', message: 'FAKE timeout', mayHaveActed: true };
/** A failed call that was never sent to the broker. */
export const UNSENT_CALL: FailedCall = { ...LOST_ANSWER, mayHaveActed: false };
export const REJECTED_CALL: FailedCall = {
  kind: 'rejected',
  message: 'FAKE wrong key',
  brokerCode: 'EGW00103',
  mayHaveActed: false,
};
export const MALFORMED_ANSWER: FailedCall = { ...LOST_ANSWER, kind: 'malformed' };

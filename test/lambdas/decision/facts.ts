import type { BrokerContract } from '../../../lambdas/brokers/broker.ts';
import type { CallStart, FailedCall } from '../../../lambdas/decision/attempts.ts';
import type { Facts, InvocationProgress } from '../../../lambdas/decision/facts.ts';
import type { ReceivedToken } from '../../../lambdas/decision/issue-result.ts';
import type { CredentialConfig } from '../../../lambdas/shared/credential.ts';
import type { IssuedFor, KeyRejection, PublishedToken, State } from '../../../lambdas/shared/state.ts';
import { lastAttempt as attempt, CONFIG } from '../../sample-state.ts';

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

const KEY_ARN = 'arn:aws:kms:ap-northeast-2:123456789012:key/fake';
/** Hashes of two app keys. */
export const APP_KEY = 'aaaaaaaaaaaa';
export const OTHER_APP_KEY = 'bbbbbbbbbbbb';
/** The fingerprints of the published token and of a different token. */
export const FINGERPRINT = '0123456789ab';
export const OTHER_FINGERPRINT = 'ba9876543210';

const KIWOOM_CONFIG: Partial<CredentialConfig> = {
  id: 'kiwoom-main',
  broker: 'kiwoom',
  maxIssuesPerDay: 24,
  renewEarly: 'revoke',
};

export const ISSUED_FOR: IssuedFor = {
  broker: 'kis',
  market: 'live',
  secretArn: CONFIG.secretArn,
  secretVersion: 'v1',
  appKey: APP_KEY,
  tokenKeyArn: KEY_ARN,
};

/**
 * A token with a lifetime of 24 hours. The token was issued at 09:00 KST on the previous day, is renewed from
 * 08:00, and expires at 09:00.
 */
export const PUBLISHED_TOKEN: PublishedToken = {
  fingerprint: FINGERPRINT,
  tokenType: 'Bearer',
  issuedAt: kst('09:00', '2026-11-19'),
  expiresAt: kst('09:00'),
  renewAt: kst('08:00'),
  tokenVersion: 41,
  health: 'live',
  issuedFor: ISSUED_FOR,
};

/** The state of a credential with one token and no failure. */
export const HEALTHY_STATE: State = {
  generation: 41,
  published: PUBLISHED_TOKEN,
  lastCallAt: PUBLISHED_TOKEN.issuedAt,
  calledWith: APP_KEY,
  attempt: attempt({ at: PUBLISHED_TOKEN.issuedAt, outcome: 'published', failures: 0 }),
  issues: [PUBLISHED_TOKEN.issuedAt],
};

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

/** The secret as it was when the broker issued the token. */
export const SECRET = { version: 'v1', appKey: APP_KEY };

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
    tokenKeyArn: KEY_ARN,
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
  const { issuedFor = { ...ISSUED_FOR, broker: 'kiwoom' }, ...token } = change.token ?? {};
  return factsAt(now, {
    contract: KIWOOM,
    ...change,
    config: { ...KIWOOM_CONFIG, ...change.config },
    token: change.token === null ? null : { ...token, issuedFor },
  });
}

export function callStartAt(at: number): CallStart {
  return { at, cause: 'schedule', messageId: 'm-1' };
}

/** Returns the result of an issue call whose token was written as version 42 of the token parameter. */
export function receivedToken(
  fingerprint: string,
  life: { issuedAt?: number; expiresAt: number },
): ReceivedToken {
  return {
    fingerprint,
    tokenVersion: 42,
    issuedToken: { token: 'FAKE-token', tokenType: 'Bearer', ...life },
  };
}

/** A failed call that was sent to the broker, but whose answer was lost. */
export const LOST_ANSWER: FailedCall = { kind: 'unavailable', message: 'FAKE timeout', mayHaveActed: true };
/** A failed call that was never sent to the broker. */
export const UNSENT_CALL: FailedCall = {
  kind: 'unavailable',
  message: 'FAKE DNS failure',
  mayHaveActed: false,
};
export const REJECTED_CALL: FailedCall = {
  kind: 'rejected',
  message: 'FAKE wrong key',
  brokerCode: 'EGW00103',
  mayHaveActed: false,
};
export const MALFORMED_ANSWER: FailedCall = {
  kind: 'malformed',
  message: 'FAKE no expiry',
  mayHaveActed: true,
};

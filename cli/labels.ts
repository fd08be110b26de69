import type { BrokerId } from '../lambdas/shared/credential.ts';
import type { Attempt, Outcome } from '../lambdas/shared/state.ts';

/** The brokers' names as people write them. */
export const BROKER_NAME: Readonly<Record<BrokerId, string>> = { kis: 'KIS', kiwoom: 'Kiwoom' };

/** The outcome of an issue call. */
export const OUTCOME: Readonly<Record<Outcome, string>> = {
  started: 'a call was started, and its result is not known',
  published: 'a new token was published',
  unchanged: 'the broker returned the same token',
  unpublished: 'a token was issued, but AWS refused to store it',
  throttled: 'the broker rejected the call because of its rate limit',
  unavailable: 'the broker gave no usable answer',
  malformed: 'the broker sent an answer that must not be published',
  rejected: 'the broker refused the key',
  revoked: 'the token was revoked',
  unconfigured: 'the secret holds no app key',
};

/** The outcome of a revoke call, where it differs. */
const REVOKE_OUTCOME: Readonly<Partial<Record<Outcome, string>>> = {
  started: 'a revocation was sent, and its result is not known',
  unpublished: 'the token parameter does not hold the token to revoke',
  unavailable: 'the broker did not confirm the revocation',
  malformed: 'the broker did not confirm the revocation',
  rejected: 'the broker refused the revocation',
};

/** What to do about an outcome; absent where there is nothing to do. */
const CURE: Readonly<Partial<Record<Outcome, string>>> = {
  unpublished: 'Check the permissions of the function and the KMS key: docs/runbook.md#actionrequired.',
  malformed: 'If it persists: docs/runbook.md#actionrequired.',
  rejected: 'Correct the key (credentials put), or follow the broker’s site: docs/runbook.md#actionrequired.',
  unconfigured: 'Store the key: credentials put.',
};

/** Codes that have one cause and one cure. Sources: docs/brokers.md. */
const CODE: Readonly<Record<string, string>> = {
  EGW00103: 'The app key is wrong, or belongs to the other market (live and paper have keys of their own).',
  EGW00105: 'The app secret is wrong.',
  '8001': 'App key or secret key is wrong, or the key expired after three months without use.',
  '8030': 'The key belongs to the other market: live and paper have keys of their own.',
  '8050': 'Register the outbound IP address of the refresher at Kiwoom’s site; doctor shows it.',
  '8010': 'The token belongs to another IP address: refresher and programs must use the same one.',
};

/** What to do about an attempt that gave no token; undefined where waiting is enough. */
export function fixFor(outcome: Outcome, brokerCode: string | undefined): string | undefined {
  return (brokerCode === undefined ? undefined : CODE[brokerCode]) ?? CURE[outcome];
}

/** The attempt's outcome, with the broker's own message and code. */
export function describeAttempt(
  attempt: Pick<Attempt, 'kind' | 'outcome' | 'brokerCode' | 'message'>,
): string {
  const text = attempt.kind === 'revoke' ? REVOKE_OUTCOME[attempt.outcome] : undefined;
  return `${text ?? OUTCOME[attempt.outcome]}${brokerMessage(attempt)}`;
}

/** The broker's message and code, as `: EGW00103 유효하지 않은 AppKey입니다.`; empty if there are none. */
function brokerMessage({ brokerCode, message }: Pick<Attempt, 'brokerCode' | 'message'>): string {
  if (message === undefined) return brokerCode === undefined ? '' : ` (${brokerCode})`;
  const isNamed = brokerCode === undefined || message.includes(brokerCode);
  return isNamed ? `: ${message}` : ` (${brokerCode}): ${message}`;
}

export function endSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

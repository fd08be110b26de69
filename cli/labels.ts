import type { BrokerId } from '../lambdas/shared/credential.ts';
import { SESSION_PRESETS, type Session } from '../lambdas/shared/sessions.ts';
import type { Attempt, Outcome } from '../lambdas/shared/state.ts';

export const BROKER_DISPLAY_NAME: Readonly<Record<BrokerId, string>> = { kis: 'KIS', kiwoom: 'Kiwoom' };

export const OUTCOME_TEXT: Readonly<Record<Outcome, string>> = {
  started: 'a call was started, and its result is not known',
  published: 'a new token was published',
  unchanged: 'the broker returned the same token',
  unpublished: 'a token was issued, but AWS rejected the write',
  throttled: 'the broker rejected the call because of its rate limit',
  unavailable: 'the broker gave no usable answer',
  malformed: 'the broker sent an invalid answer, which must not be published',
  rejected: 'the broker rejected the key',
  revoked: 'the token was revoked',
  unconfigured: 'the secret holds no app key',
};

/** The texts that differ from OUTCOME_TEXT if the call was a revoke call. */
const REVOKE_OUTCOME_TEXT: Readonly<Partial<Record<Outcome, string>>> = {
  started: 'a revocation was sent, and its result is not known',
  unpublished: 'the token parameter does not hold the token to revoke',
  unavailable: 'the broker did not confirm the revocation',
  malformed: 'the broker did not confirm the revocation',
  rejected: 'the broker rejected the revocation',
};

/** The fix for each outcome; absent if the refresher retries automatically. */
const FIX_BY_OUTCOME: Readonly<Partial<Record<Outcome, string>>> = {
  unpublished: 'Check the permissions of the function and the KMS key: docs/runbook.md#actionrequired.',
  malformed: 'If the error persists, see docs/runbook.md#actionrequired.',
  rejected:
    'Correct the key with "credentials put", or check it at the broker’s site: docs/runbook.md#actionrequired.',
  unconfigured: 'Store the key with "credentials put".',
};

/** The fix for each broker code that has only one cause. Sources: docs/brokers.md. */
const FIX_BY_BROKER_CODE: Readonly<Record<string, string>> = {
  EGW00103: 'The app key is wrong, or it belongs to the other market: live and paper have different keys.',
  EGW00105: 'The app secret is wrong.',
  '8001': 'The app key or secret key is wrong, or the key expired after three months without use.',
  '8030': 'The key belongs to the other market: live and paper have different keys.',
  '8050':
    'Register the outbound IP address of the refresher at Kiwoom’s site. The command doctor shows the address.',
  '8010':
    'The token belongs to a different IP address: the refresher and your programs must use the same one.',
};

/** Returns the fix for a failed attempt; undefined if the refresher retries automatically. */
export function fixFor(outcome: Outcome, brokerCode: string | undefined): string | undefined {
  return (brokerCode === undefined ? undefined : FIX_BY_BROKER_CODE[brokerCode]) ?? FIX_BY_OUTCOME[outcome];
}

export function describeAttempt({ kind, outcome, brokerCode, message }: Attempt): string {
  const text = (kind === 'revoke' ? REVOKE_OUTCOME_TEXT[outcome] : undefined) ?? OUTCOME_TEXT[outcome];
  const code = brokerCode === undefined || message?.includes(brokerCode) ? '' : ` (${brokerCode})`;
  return `${text}${code}${message === undefined ? '' : `: ${message}`}`;
}

export function endSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** Formats a session, for example `nxt 08:00–20:00 Asia/Seoul, mon–fri`. */
export function sessionText(session: Session): string {
  const presetPrefix = 'preset' in session ? `${session.preset} ` : '';
  const { days, from, to, timeZone } = 'preset' in session ? SESSION_PRESETS[session.preset] : session;
  const daysText = days.join() === 'mon,tue,wed,thu,fri' ? 'mon–fri' : days.join(' ');
  return `${presetPrefix}${from}–${to} ${timeZone}, ${daysText}`;
}

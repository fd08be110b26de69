import type { BrokerId } from '../lambdas/shared/credential.ts';
import type { Attempt, Outcome } from '../lambdas/shared/state.ts';

/** The brokers' names as people write them. */
export const BROKER_NAME: Readonly<Record<BrokerId, string>> = { kis: 'KIS', kiwoom: 'Kiwoom' };

/** What became of an attempt, in a few words. */
export const OUTCOME: Readonly<Record<Outcome, string>> = {
  started: 'begun, and its end is not known',
  published: 'a new token was published',
  unchanged: 'the broker handed back the same token',
  unpublished: 'a token was issued, but AWS refused to store it',
  throttled: 'the broker wants it slower',
  unavailable: 'the broker gave no usable answer',
  malformed: 'the broker gave an answer that must not be published',
  rejected: 'the broker refused the key',
  revoked: 'the token was revoked',
  unconfigured: 'the secret holds no app key',
};

/** What a person does about an outcome; absent where there is nothing to do. */
const CURE: Readonly<Partial<Record<Outcome, string>>> = {
  unpublished: 'Look at the rights of the function and at the KMS key: docs/runbook.md#needsperson.',
  malformed: 'If it stays: docs/runbook.md#needsperson.',
  rejected:
    'Correct the key: credentials put, or what the broker’s site says of it: docs/runbook.md#needsperson.',
  unconfigured: 'Put the key in: credentials put.',
};

/** Codes that have one cause and one cure. Sources: docs/brokers.md. */
const CODE: Readonly<Record<string, string>> = {
  EGW00103: 'The app key is wrong, or belongs to the other market (live and paper have keys of their own).',
  EGW00105: 'The app secret is wrong.',
  '8001': 'App key or secret key is wrong, or the key lapsed after three months without use.',
  '8030': 'The key belongs to the other market: live and paper have keys of their own.',
  '8050': 'Register the address that the refresher leaves by at Kiwoom’s site; doctor shows it.',
  '8010': 'The token belongs to another address: refresher and programs must leave by the same one.',
};

/** What to do about an attempt that gave no token; undefined where waiting is enough. */
export function cureOf(outcome: Outcome, brokerCode: string | undefined): string | undefined {
  return (brokerCode === undefined ? undefined : CODE[brokerCode]) ?? CURE[outcome];
}

/** The broker's own words and code, as `: EGW00103 유효하지 않은 AppKey입니다.`; empty if there are none. */
export function saying({ brokerCode, message }: Pick<Attempt, 'brokerCode' | 'message'>): string {
  if (message === undefined) return brokerCode === undefined ? '' : ` (${brokerCode})`;
  const told = brokerCode === undefined || message.includes(brokerCode);
  return told ? `: ${message}` : ` (${brokerCode}): ${message}`;
}

import type { Contract } from '../../../lambdas/brokers/broker.ts';
import type { Facts } from '../../../lambdas/refresher/decide.ts';
import type { CredentialConfig } from '../../../lambdas/shared/credential.ts';
import type { Attempt, PublishedToken, State } from '../../../lambdas/shared/state.ts';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** 2026-11-20 (a Friday) at the given time in Korea. */
export function kst(time: string, date = '2026-11-20'): number {
  return Date.parse(`${date}T${time.length === 5 ? `${time}:00` : time}+09:00`);
}

export const KIS: Contract = { reuseWindow: 6 * HOUR, minimumInterval: 61 * SECOND };
export const KIWOOM: Contract = { minimumInterval: 10 * SECOND };

export const CONFIG: CredentialConfig = {
  version: 1,
  id: 'kis-main',
  broker: 'kis',
  market: 'live',
  secretArn: 'arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:fake-AbCdEf',
  renewBeforeSeconds: 3600,
  checkEverySeconds: 300,
  sessions: [],
  maxIssuesPerDay: 8,
};

/** A token of 24 hours, issued at 09:00 KST the day before: renewed from 08:00, dead from 09:00. */
export const TOKEN: PublishedToken = {
  fingerprint: '0123456789ab',
  tokenType: 'Bearer',
  issuedAt: kst('09:00', '2026-11-19'),
  expiresAt: kst('09:00'),
  renewAt: kst('08:00'),
  secretVersion: 'v1',
};

/** What a credential looks like that has one token and no trouble. */
export const HEALTHY: State = {
  generation: 41,
  published: TOKEN,
  lastCallAt: TOKEN.issuedAt,
  attempt: attempt({ at: TOKEN.issuedAt, outcome: 'published', failures: 0 }),
  issues: [TOKEN.issuedAt],
};

export function attempt(fields: Partial<Attempt> & Pick<Attempt, 'at' | 'outcome'>): Attempt {
  return { cause: 'schedule', messageId: 'm-before', failures: 1, secretVersion: 'v1', ...fields };
}

export type FactsChange = Omit<Partial<Facts>, 'state' | 'config'> & {
  readonly state?: Partial<State>;
  readonly config?: Partial<CredentialConfig>;
};

/** A healthy KIS credential at a tick, but for what is said. */
export function factsWith(change: FactsChange = {}): Facts {
  return {
    contract: KIS,
    message: { cause: 'schedule' },
    ...change,
    config: { ...CONFIG, ...change.config },
    state: { ...HEALTHY, ...change.state },
  };
}

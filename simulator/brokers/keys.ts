import type { AppKey } from '../../lambdas/brokers/broker.ts';

/**
 * The default keys of the simulated brokers. Clients check the length of keys, so these have the length of
 * real keys: 36 and 180 characters at KIS (its guide), 43 and 43 at Kiwoom (measured).
 */
export const FAKE_KEYS = {
  kis: {
    appkey: 'PSFAKEkisAppKey'.padEnd(36, '0'),
    secret: 'FAKE-kis-appsecret-'.padEnd(180, '0'),
  },
  kiwoom: {
    appkey: 'FAKEkiwoomAppKey'.padEnd(43, '0'),
    secret: 'FAKE-kiwoom-secretkey-'.padEnd(43, '0'),
  },
} as const satisfies Readonly<Record<string, AppKey>>;

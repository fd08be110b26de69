import type { AppKey } from '../../lambdas/brokers/broker.ts';

/**
 * The default app keys of the simulated brokers. Some clients check the length, so these keys are as long as
 * real keys: 36 and 180 characters at KIS (documented), 43 and 43 characters at Kiwoom (measured).
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

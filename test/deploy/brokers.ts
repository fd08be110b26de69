import { BROKER_URL_ENVIRONMENT } from '../../lambdas/shared/names.ts';
import { type KisOptions, KisSimulator } from '../../simulator/brokers/kis.ts';
import { KiwoomSimulator } from '../../simulator/brokers/kiwoom.ts';
import {
  KIS_KEY,
  KIWOOM_KEY,
  kisIssueCall,
  kiwoomIssueCall,
  send,
} from '../simulator/brokers/broker-harness.ts';

const SECOND_KIS_KEY = { appkey: 'PSFAKEsecond'.padEnd(36, '0'), secret: KIS_KEY.secret };

/** The values of secrets with the app keys that the simulated brokers accept. */
export const SECRETS = {
  kis: JSON.stringify({ appkey: KIS_KEY.appkey, appsecret: KIS_KEY.secret }),
  secondKis: JSON.stringify({ appkey: SECOND_KIS_KEY.appkey, appsecret: SECOND_KIS_KEY.secret }),
  kiwoom: JSON.stringify({ appkey: KIWOOM_KEY.appkey, secretkey: KIWOOM_KEY.secret }),
};

export type Brokers = Awaited<ReturnType<typeof startBrokers>>;

/** Starts both simulated brokers on loopback with the real clock. */
export async function startBrokers(options: Partial<KisOptions> = {}) {
  const clock = { now: () => Date.now() };
  const kis = new KisSimulator({ clock, market: 'paper', keys: [KIS_KEY, SECOND_KIS_KEY], options });
  // The simulated Kiwoom returns a new token for each issue call, so that a test can force a renewal.
  const kiwoomOptions = { reissue: 'supersede' } as const;
  const kiwoom = new KiwoomSimulator({ clock, market: 'paper', keys: [KIWOOM_KEY], options: kiwoomOptions });
  const servers = { kis: await kis.listen(), kiwoom: await kiwoom.listen() };
  const urls = { kis: servers.kis.url, kiwoom: servers.kiwoom.url };
  return {
    kis,
    kiwoom,
    urls,
    /**
     * The environment variables for MiniStack, whose functions inherit them. A function in AWS does not have
     * these variables, and the refresher accepts only loopback hosts as values (docs/contracts.md).
     */
    environment: {
      [BROKER_URL_ENVIRONMENT.kis.paper]: urls.kis,
      [BROKER_URL_ENVIRONMENT.kiwoom.paper]: urls.kiwoom,
    },
    /** Requests a token as a client does. */
    issue: async (name: 'kis' | 'kiwoom'): Promise<string> => {
      const reply = await send(urls[name], name === 'kis' ? kisIssueCall() : kiwoomIssueCall());
      const { access_token, token } = (await reply.json()) as Record<string, string>;
      return access_token ?? token ?? '';
    },
    close: async () => {
      await Promise.all([servers.kis.close(), servers.kiwoom.close()]);
    },
  };
}

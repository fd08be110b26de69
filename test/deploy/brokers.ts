import { type KisOptions, KisSimulator } from '../../simulator/brokers/kis.ts';
import { KiwoomSimulator } from '../../simulator/brokers/kiwoom.ts';
import type { RunningServer } from '../../simulator/http.ts';
import {
  KIS_KEY,
  KIWOOM_KEY,
  kisPriceCall,
  kiwoomStockInfoCall,
  send,
} from '../simulator/brokers/broker-harness.ts';

export const SECOND_KIS_KEY = {
  appkey: 'PSFAKEsecondFAKEFAKEFAKEFAKEFAKE0002',
  secret: `FAKE${'t'.repeat(176)}`,
};

export interface Brokers {
  readonly kis: KisSimulator;
  readonly kiwoom: KiwoomSimulator;
  readonly urls: { readonly kis: string; readonly kiwoom: string };
  /** Makes a data call as a consumer does, and returns whether the broker accepts the token. */
  acceptsToken(credential: string, token: string): Promise<boolean>;
  close(): Promise<void>;
}

/** Starts both simulated brokers on loopback with the real clock. */
export async function startBrokers(options: Partial<KisOptions> = {}): Promise<Brokers> {
  const clock = { now: () => Date.now() };
  const kis = new KisSimulator({ clock, market: 'paper', keys: [KIS_KEY, SECOND_KIS_KEY], options });
  // The simulated Kiwoom returns a new token for each issue call, so that a test can force a renewal.
  const kiwoom = new KiwoomSimulator({
    clock,
    market: 'paper',
    keys: [KIWOOM_KEY],
    options: { reissue: 'supersede' },
  });
  const servers: readonly [RunningServer, RunningServer] = [await kis.listen(), await kiwoom.listen()];
  const urls = { kis: servers[0].url, kiwoom: servers[1].url };
  return {
    kis,
    kiwoom,
    urls,
    acceptsToken: async (credential, token) => {
      if (credential.startsWith('kiwoom')) {
        const reply = await send(urls.kiwoom, kiwoomStockInfoCall(token));
        return ((await reply.json()) as { readonly return_code: number }).return_code === 0;
      }
      const key = credential === 'kis-paper' ? KIS_KEY : SECOND_KIS_KEY;
      const reply = await send(urls.kis, kisPriceCall(token, { appkey: key.appkey, appsecret: key.secret }));
      return reply.status === 200;
    },
    close: async () => {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

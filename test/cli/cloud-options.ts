import type { KisOptions } from '../../simulator/brokers/kis.ts';
import type { KiwoomOptions } from '../../simulator/brokers/kiwoom.ts';
import type { WorldCredential } from '../../simulator/world.ts';

export interface CloudOptions {
  readonly credentials?: readonly WorldCredential[];
  readonly kis?: Partial<KisOptions>;
  readonly kiwoom?: Partial<KiwoomOptions>;
}

/** Options with two KIS credentials and a Kiwoom one. Each new Kiwoom token invalidates the previous one. */
export const KIS_AND_KIWOOM: CloudOptions = {
  credentials: [
    { id: 'kis-main', broker: 'kis' },
    { id: 'kiwoom-main', broker: 'kiwoom' },
    { id: 'kis-live', broker: 'kis', market: 'live' },
  ],
  kiwoom: { reissue: 'supersede' },
};

/** Options with a Kiwoom credential, and a live KIS credential that has trading sessions. */
export const LIVE_KIS_AND_KIWOOM: CloudOptions = {
  credentials: [
    { id: 'kis-main', broker: 'kis', market: 'live', sessions: [{ preset: 'nxt' }] },
    { id: 'kiwoom-main', broker: 'kiwoom' },
  ],
};

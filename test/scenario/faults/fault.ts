import type { KisOptions } from '../../../simulator/brokers/kis.ts';
import type { KiwoomOptions } from '../../../simulator/brokers/kiwoom.ts';
import type { WorldCredential } from '../../../simulator/world.ts';
import type { Operation } from '../operation.ts';
import type { RowName } from './expected-rows.ts';

export const ID = { kis: 'kis-main', kiwoom: 'kiwoom-main' } as const;

/** One way in which the world may go wrong. */
export interface Fault {
  /** In words; unique. */
  readonly name: string;
  readonly broker: 'kis' | 'kiwoom';
  /** What is expected of it. */
  readonly row: RowName;
  /** What is different from the beginning, as the broker has always been so. */
  readonly always?: { readonly kis?: Partial<KisOptions>; readonly kiwoom?: Partial<KiwoomOptions> };
  readonly credential?: Partial<WorldCredential>;
  /** What goes wrong now. */
  readonly strike?: (operation: Operation) => void;
  /** Delivers the message under the fault. @default one tick */
  readonly deliver?: (operation: Operation, id: string) => Promise<void>;
  /** Every call waits for a real time-out: the ticks after are not followed. */
  readonly slow?: boolean;
}

/** The world in which a tick meets the fault. */
export const SITUATIONS = ['no token yet', 'fresh', 'should refresh', 'must refresh', 'expired'] as const;
export type Situation = (typeof SITUATIONS)[number];

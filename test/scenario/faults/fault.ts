import type { KisOptions } from '../../../simulator/brokers/kis.ts';
import type { KiwoomOptions } from '../../../simulator/brokers/kiwoom.ts';
import type { WorldCredential } from '../../../simulator/world.ts';
import type { Operation } from '../operation.ts';
import type { RowName } from './expected-rows.ts';

export const ID = { kis: 'kis-main', kiwoom: 'kiwoom-main' } as const;

/** One fault of a broker. */
export interface Fault {
  /** A unique description. */
  readonly name: string;
  readonly broker: 'kis' | 'kiwoom';
  /** The name of the row of `EXPECTED_ROWS` that contains the expected results. */
  readonly row: RowName;
  /** The broker options that apply from the start. */
  readonly initialBrokerOptions?: {
    readonly kis?: Partial<KisOptions>;
    readonly kiwoom?: Partial<KiwoomOptions>;
  };
  readonly credential?: Partial<WorldCredential>;
  /** Causes the fault before the message is delivered. */
  readonly cause?: (operation: Operation) => void;
  /** Delivers one or more messages during the fault. @default one tick */
  readonly deliver?: (operation: Operation, id: string) => Promise<void>;
  /** Whether every call waits for a timeout in real time, so that the test runs only one tick. */
  readonly slow?: boolean;
}

/** The states of the token in which each fault is tested. */
export const SITUATIONS = ['no token yet', 'fresh', 'should refresh', 'must refresh', 'expired'] as const;
export type Situation = (typeof SITUATIONS)[number];

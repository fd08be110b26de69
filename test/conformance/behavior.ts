import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SSMClient } from '@aws-sdk/client-ssm';

/** The real SDK clients, pointed at whatever plays AWS. */
export interface Clients {
  readonly ssm: SSMClient;
  readonly secrets: SecretsManagerClient;
}

/** What plays AWS. */
export type Backend = 'stand-in' | 'MiniStack' | 'moto';

/** What a caller saw: an error's name, or the part of the answer that the behavior is about. */
export type Seen = unknown;

export interface Behavior {
  /** A sentence about AWS; unique. */
  readonly sentence: string;
  /** What AWS documents, or what the real service was seen to answer. */
  readonly documented: Seen;
  /** The AWS page, or where the real answer was seen. */
  readonly source: string;
  /**
   * Does it.
   * @param name a name that nothing has yet, with a slash before it
   */
  readonly act: (clients: Clients, name: string) => Promise<Seen>;
}

/** The name of the error that a call was refused with; `accepted` if it was not. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'accepted';
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}

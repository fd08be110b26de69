import type { PublishedToken, State } from '../../lambdas/shared/state.ts';
import { formatState } from '../../lambdas/store/state-codec.ts';
import { createTokenReader, type TokenReaderOptions } from '../../reader/create-token-reader.ts';
import { createSourceError, type ParameterSource } from '../../reader/source.ts';
import { publishedToken } from '../sample-state.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
export const START = Date.parse('2026-11-23T00:00:00Z');

/** A token that the refresher publishes. */
export interface Publication extends Partial<Pick<PublishedToken, 'health'>>, Pick<State, 'paused'> {
  readonly generation: number;
  /** The issue time of the token, in seconds after the start of the test. @default the clock of the store */
  readonly at?: number;
  /** The time from `renewAt` to the expiry, in seconds. @default one hour */
  readonly margin?: number;
  /** The reason of the last request in the state. */
  readonly reason?: string;
}

/** The error of all reads. With `for`, only the reads of this parameter fail. */
export interface ReadFailure {
  readonly awsCode: string;
  readonly message?: string;
  readonly for?: 'state';
}

/** A fake Parameter Store for one consumer, with a clock that the test sets. */
export class Store implements ParameterSource {
  now = START;
  clockOffset = 0;
  readonly region = 'ap-northeast-2';
  readonly values = new Map<string, string | undefined>();
  readonly reads: string[][] = [];
  failure: ReadFailure | null = null;
  beforeRead: () => void | Promise<void> = () => {};
  afterNextRead: () => void = () => {};

  /** Writes the parameters of a token with a lifetime of a day, as the refresher does. */
  publish(
    generation: number,
    { health = 'live', paused, at, margin = 3600, reason }: Omit<Publication, 'generation'> = {},
  ) {
    const token = `FAKE-token-${generation}`;
    const issuedAt = at === undefined ? this.now : START + at * 1000;
    const published = publishedToken(token, issuedAt, { health, renewAt: issuedAt + DAY - margin * 1000 });
    const lastRequest = { messageId: 'm', cause: 'schedule' as const, at: this.now, action: 'wait' };
    const state = { generation, published, issues: [], paused };
    this.put('token', token);
    this.put('state', formatState({ ...state, ...(reason && { lastRequest: { ...lastRequest, reason } }) }));
  }

  put(parameter: 'token' | 'state', value: string | undefined): void {
    this.values.set(`/broker-tokens/kis-main/${parameter}`, value);
  }

  async read(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
    this.reads.push([...names]);
    await this.beforeRead();
    const { awsCode, message = 'not served', for: parameter = '' } = this.failure ?? {};
    if (awsCode && names.some((name) => name.endsWith(parameter))) throw createSourceError(awsCode, message);
    const found = names.flatMap((name) => {
      const value = this.values.get(name);
      return value === undefined ? [] : [[name, value] as const];
    });
    this.afterNextRead();
    this.afterNextRead = () => {};
    return new Map(found);
  }

  reader(options: TokenReaderOptions = {}) {
    return createTokenReader({ credential: 'kis-main', source: this, now: () => this.now, ...options });
  }
}

/** Creates a fake Parameter Store with one live token, and a reader of this token. */
export function published() {
  const store = new Store();
  store.publish(1);
  return { store, reader: store.reader() };
}

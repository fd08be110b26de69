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

/** The failure of all reads; with `for`, only reads that include this parameter fail. */
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

/**
 * Creates a fake broker that accepts a token if `accepts` returns true. Otherwise, the broker replies that
 * the token is dead.
 */
export function createFakeBroker(accepts: (token: string) => boolean, dead: () => Response) {
  const seen: { readonly token: string; readonly body: unknown }[] = [];
  const fetch = async (_url: unknown, init: RequestInit = {}): Promise<Response> => {
    const token = new Headers(init.headers).get('authorization')?.replace('Bearer ', '') ?? '';
    seen.push({ token, body: init.body });
    return accepts(token) ? Response.json({ rt_cd: '0', return_code: 0, price: '70000' }) : dead();
  };
  return { seen, fetch: fetch as typeof globalThis.fetch };
}

export const kisDeadTokenReply = (): Response =>
  Response.json({ rt_cd: '1', msg_cd: 'EGW00123', msg1: '기간이 만료된 token 입니다.' }, { status: 500 });
export const kiwoomDeadTokenReply = (): Response =>
  Response.json({ return_code: 3, return_msg: '인증에 실패했습니다[8005:Token이 유효하지 않습니다]' });

/** Creates a fake Parameter Store with one live token, and a reader of this token. */
export function published() {
  const store = new Store();
  store.publish(1);
  return { store, reader: store.reader() };
}

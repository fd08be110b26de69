import type { PublishedToken, State } from '../../lambdas/shared/state.ts';
import { formatState } from '../../lambdas/store/state-codec.ts';
import { createTokenReader, type TokenReaderOptions } from '../../reader/create-token-reader.ts';
import { type ParameterSource, SourceError } from '../../reader/source.ts';
import { publishedToken } from '../sample-state.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const START = Date.parse('2026-11-23T00:00:00Z');
const TOKEN = '/broker-tokens/kis-main/token';
const STATE = '/broker-tokens/kis-main/state';

type Published = Partial<Pick<PublishedToken, 'health'>> & Pick<State, 'paused'>;

/** Parameter Store as one consumer sees it, under a clock that the test moves. */
export class Store implements ParameterSource {
  now = START;
  clockOffset = 0;
  readonly values = new Map<string, string>();
  readonly reads: string[][] = [];
  /** Thrown at every read; for a name alone: at reads that name it. */
  trouble: { readonly error: SourceError; readonly name?: string } | undefined;
  /** Called before every read. */
  before: () => void | Promise<void> = () => {};

  /** The refresher publishes a generation that lives for a day. */
  publish(generation: number, { health = 'live', paused }: Published = {}): string {
    const token = `FAKE-token-${generation}`;
    this.values.set(TOKEN, token);
    this.state({ generation, published: publishedToken(token, this.now, { health }), issues: [], paused });
    return token;
  }

  state(state: State): void {
    this.values.set(STATE, formatState(state));
  }

  put(what: 'token' | 'state', value: string | undefined): void {
    const name = what === 'token' ? TOKEN : STATE;
    if (value === undefined) this.values.delete(name);
    else this.values.set(name, value);
  }

  async read(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
    this.reads.push([...names]);
    await this.before();
    const { trouble } = this;
    if (trouble && (trouble.name === undefined || names.some((name) => name.endsWith(trouble.name ?? ''))))
      throw trouble.error;
    return new Map([...this.values].filter(([name]) => names.includes(name)));
  }

  reader(options: TokenReaderOptions = {}) {
    return createTokenReader({ credential: 'kis-main', source: this, now: () => this.now, ...options });
  }
}

export const DENIED = new SourceError(
  'access',
  'AccessDeniedException',
  'not authorized to perform: ssm:GetParameters',
);
export const THROTTLED = new SourceError('unavailable', 'ThrottlingException', 'Rate exceeded');

/** What a promise is rejected with. */
export async function refusal(
  promise: Promise<unknown>,
): Promise<{ readonly code?: unknown; readonly message: string }> {
  return promise.then(
    () => ({ message: 'it was not refused' }),
    (error: unknown) => error as Error,
  );
}

/** A broker that takes some tokens. */
export function broker(takes: (token: string) => boolean, dead: () => Response) {
  const seen: { readonly token: string; readonly body: unknown }[] = [];
  const fetch = async (_url: unknown, init: RequestInit = {}): Promise<Response> => {
    const token = new Headers(init.headers).get('authorization')?.replace('Bearer ', '') ?? '';
    seen.push({ token, body: init.body });
    return takes(token) ? Response.json({ rt_cd: '0', return_code: 0, price: '70000' }) : dead();
  };
  return { seen, fetch: fetch as typeof globalThis.fetch };
}

export const kisDead = (): Response =>
  Response.json({ rt_cd: '1', msg_cd: 'EGW00123', msg1: '기간이 만료된 token 입니다.' }, { status: 500 });
export const kiwoomDead = (): Response =>
  Response.json({ return_code: 3, return_msg: '인증에 실패했습니다[8005:Token이 유효하지 않습니다]' });

/** A reader of a store that holds one live token. */
export function published() {
  const store = new Store();
  store.publish(1);
  return { store, reader: store.reader() };
}

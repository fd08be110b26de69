import { TokenReader } from '../../reader/token-reader.ts';
import type { RecordedStore } from './recorded-store.ts';

/** Ways in which a program gets its token. */
export const READERS = ['reader', 'cache 5 s', 'cache 300 s', 'once at start'] as const;
export type ReaderKind = (typeof READERS)[number];

/** One order's way: which token it was sent with at last, and how often it was sent with a dead one before. */
export interface Sent {
  readonly ok: boolean;
  readonly staleUses: number;
}

export interface Surroundings {
  readonly store: RecordedStore;
  readonly now: () => number;
  readonly alive: (token: string) => boolean;
  readonly reported: (generation: number) => void;
}

/** A program that trades, on a host of its own. */
export interface Consumer {
  readonly reads: number;
  order(): Promise<Sent>;
  /** A new container, a new process. */
  restart(): void;
}

export function consumer(kind: ReaderKind, surroundings: Surroundings): Consumer {
  return kind === 'reader' ? new WithReader(surroundings) : new WithCache(surroundings, LIFE[kind]);
}

const LIFE: Readonly<Record<Exclude<ReaderKind, 'reader'>, number>> = {
  // Powertools, getParameter: its default maxAge. Source: Powertools for AWS Lambda (TypeScript), Parameters.
  'cache 5 s': 5_000,
  // AWS Parameters and Secrets Lambda Extension: SSM_PARAMETER_STORE_TTL_MILLIS, its default.
  'cache 300 s': 300_000,
  // An environment variable, ECS valueFrom.
  'once at start': Number.POSITIVE_INFINITY,
};

const DEAD = JSON.stringify({ rt_cd: '1', msg_cd: 'EGW00123', msg1: '기간이 만료된 token 입니다.' });
const JSON_HEADERS = { 'content-type': 'application/json' };

/** The very reader that is shipped, its `fetch` included. */
class WithReader implements Consumer {
  readonly #surroundings: Surroundings;
  #reader: TokenReader;
  #stale = 0;
  reads = 0;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
    this.#reader = this.#start();
  }

  restart(): void {
    this.#reader = this.#start();
  }

  async order(): Promise<Sent> {
    this.#stale = 0;
    try {
      const response = await this.#reader.fetch('https://broker.invalid/order');
      return { ok: response.ok, staleUses: this.#stale };
    } catch {
      return { ok: false, staleUses: this.#stale };
    }
  }

  #start(): TokenReader {
    const { store, now, alive, reported } = this.#surroundings;
    return new TokenReader({
      credential: 'simulated',
      prefix: '/broker-tokens',
      source: store.source(now, () => {
        this.reads += 1;
      }),
      reporter: { report: async (_credential, generation) => reported(generation) },
      now,
      wait: async () => {},
      fetch: async (_url, init) => {
        const token = new Headers(init?.headers).get('authorization')?.slice('Bearer '.length) ?? '';
        if (alive(token)) return new Response('{"rt_cd":"0"}', { headers: JSON_HEADERS });
        this.#stale += 1;
        return new Response(DEAD, { status: 500, headers: JSON_HEADERS });
      },
      cacheLimits: { pollInterval: 30_000, maximumAge: 60_000, maximumStale: 3_600_000 },
      timeout: 5_000,
    });
  }
}

/** What is usual: the parameter's value, kept for so long, and no idea of rejections. */
class WithCache implements Consumer {
  readonly #surroundings: Surroundings;
  readonly #life: number;
  #kept: { readonly token: string; readonly until: number } | undefined;
  reads = 0;

  constructor(surroundings: Surroundings, life: number) {
    this.#surroundings = surroundings;
    this.#life = life;
  }

  restart(): void {
    this.#kept = undefined;
  }

  async order(): Promise<Sent> {
    const { store, now, alive } = this.#surroundings;
    if (this.#kept === undefined || now() >= this.#kept.until) {
      const token = store.readToken(now(), () => {
        this.reads += 1;
      });
      // An error of the read is the program's error: none of them hands out the old value.
      if (token === undefined) return { ok: false, staleUses: 0 };
      this.#kept = { token, until: now() + this.#life };
    }
    const ok = alive(this.#kept.token);
    return { ok, staleUses: ok ? 0 : 1 };
  }
}

import type { KisSimulator } from './brokers/kis.ts';
import type { KiwoomSimulator } from './brokers/kiwoom.ts';

/** A published token, which readers receive from the instant `at` (in epoch milliseconds). */
export interface Publication {
  readonly at: number;
  readonly token: string;
}

/** A period in which readers received no live token. `from` and `to` are in epoch milliseconds. */
export interface DeadSpan {
  readonly from: number;
  readonly to: number;
  /** Whether the broker invalidated the published token before its expiry. */
  readonly isInvalidated: boolean;
}

/**
 * Returns the periods without a live token from the first publication to `end`, according to the broker's
 * records.
 */
export function deadSpans(
  publications: readonly Publication[],
  broker: KisSimulator | KiwoomSimulator,
  end: number,
): readonly DeadSpan[] {
  return publications.flatMap(({ at, token }, index) => {
    const { invalidatedAt = Number.POSITIVE_INFINITY, expiresAt = 0 } = broker.find(token) ?? {};
    const to = publications[index + 1]?.at ?? end;
    const from = Math.max(Math.min(invalidatedAt, expiresAt) - broker.options.clockAhead, at);
    return from < to ? [{ from, to, isInvalidated: invalidatedAt < expiresAt }] : [];
  });
}

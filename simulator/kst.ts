import { KST_OFFSET } from '../lambdas/brokers/kst.ts';

/** Formats a time as KIS does: `2026-11-21 09:30:00`. */
export function formatKst(instant: number): string {
  return new Date(instant + KST_OFFSET).toISOString().slice(0, 19).replace('T', ' ');
}

/** Formats a time as Kiwoom does: `20261121093000`. */
export function formatKstDigits(instant: number): string {
  return formatKst(instant).replace(/\D/g, '');
}

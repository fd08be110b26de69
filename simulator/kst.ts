import { KST_OFFSET } from '../lambdas/brokers/kst.ts';

/** Formats an instant as Korean local time in the format of KIS: `2026-11-21 09:30:00`. */
export function formatKst(instant: number): string {
  return new Date(instant + KST_OFFSET).toISOString().slice(0, 19).replace('T', ' ');
}

/** Formats an instant as Korean local time in the format of Kiwoom: `20261121093000`. */
export function formatKstDigits(instant: number): string {
  return formatKst(instant).replace(/\D/g, '');
}

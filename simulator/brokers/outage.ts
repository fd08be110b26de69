import type { SimulatedResponse } from '../http.ts';
import { formatKst } from '../kst.ts';
import type { CallKind } from './ledger.ts';

/**
 * The broker does not execute the call:
 * - `html` returns a maintenance page with HTTP 200 (Kiwoom, measured; KIS, seen);
 * - `http-500`, `http-503` return a body that is not JSON;
 * - `redirect` returns HTTP 302 to a login page;
 * - `refused` resets the connection;
 * - `hang` sends no reply and keeps the connection open.
 *
 * The broker executes the call, so that a token may exist that no client received, and corrupts the reply:
 * - `cut` sends half of it;
 * - `lost` resets the connection before it;
 * - `slow` delays it by `slowSeconds`;
 * - `invalid-json` adds a comma;
 * - `wrong-charset` sends UTF-16 declared as UTF-8;
 * - `wrong-content-type` declares text/plain;
 * - `huge` appends a megabyte of blanks.
 */
export const OUTAGES = [
  'none',
  'html',
  'http-500',
  'http-503',
  'redirect',
  'refused',
  'hang',
  'cut',
  'lost',
  'slow',
  'invalid-json',
  'wrong-charset',
  'wrong-content-type',
  'huge',
] as const;

export type Outage = (typeof OUTAGES)[number];

/** An outage of all calls, or one outage per kind of call. */
export type OutageOption = Outage | Readonly<Partial<Record<CallKind, Outage>>>;

export function outageOf(option: OutageOption, kind: CallKind): Outage {
  return typeof option === 'string' ? option : (option[kind] ?? 'none');
}

const MAINTENANCE_PAGE =
  '<!DOCTYPE html><html lang="ko"><head><title>시스템 점검 안내</title></head>' +
  '<body><h1>시스템 점검 중입니다</h1><p>FAKE maintenance page of the simulator</p></body></html>';

/** The reply of an outage in which calls have no effect; undefined if the broker executes the call. */
export function outageReplyOf(outage: Outage): SimulatedResponse | undefined {
  const html = { 'content-type': 'text/html;charset=UTF-8' };
  switch (outage) {
    case 'html':
      return { status: 200, headers: html, body: MAINTENANCE_PAGE };
    case 'http-500':
      return { status: 500, headers: html, body: 'Internal Server Error' };
    case 'http-503':
      return { status: 503, headers: html, body: 'Service Unavailable' };
    case 'redirect':
      return { status: 302, headers: { ...html, location: 'https://login.invalid/' }, body: '' };
    case 'refused':
      return { status: 0, headers: {}, body: '', delivery: 'lost' };
    case 'hang':
      return { status: 0, headers: {}, body: '', delivery: 'hang' };
    default:
      return undefined;
  }
}

/** Corrupts the reply of a call that the broker executed. */
export function corruptReply(
  outage: Outage,
  response: SimulatedResponse,
  slowSeconds: number,
): SimulatedResponse {
  switch (outage) {
    case 'cut':
    case 'lost':
      return { ...response, delivery: outage };
    case 'slow':
      return { ...response, delay: slowSeconds * 1000 };
    case 'invalid-json':
      return { ...response, body: `${response.body.slice(0, -1)},}` };
    case 'wrong-charset':
      return { ...response, encoding: 'utf16le' };
    case 'wrong-content-type':
      return { ...response, headers: { ...response.headers, 'content-type': 'text/plain' } };
    case 'huge':
      return { ...response, body: response.body + ' '.repeat(1024 * 1024) };
    default:
      return response;
  }
}

/** A daily maintenance window in KST: `HH:MM-HH:MM`, the end exclusive. */
export function inMaintenance(hours: string | null, now: number): boolean {
  if (hours === null) return false;
  const [from = '', to = ''] = hours.split('-');
  const time = formatKst(now).slice(11, 16);
  return from <= to ? from <= time && time < to : from <= time || time < to;
}

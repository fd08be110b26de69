import type { SimulatedResponse } from '../http.ts';
import { formatKst } from '../kst.ts';
import type { CallKind } from './ledger.ts';

/**
 * During these outages, the broker does not execute the call:
 * - `html`: The broker returns a maintenance page with HTTP 200, as observed at both brokers.
 * - `http-500`, `http-503`: The broker returns a body that is not JSON.
 * - `redirect`: The broker returns HTTP 302 to a login page.
 * - `refused`: The broker resets the connection.
 * - `hang`: The broker sends no reply and keeps the connection open.
 *
 * During these outages, the broker executes the call, so that a token may exist that no client received:
 * - `cut`: The broker sends half of the reply.
 * - `lost`: The broker resets the connection before the reply.
 * - `slow`: The broker delays the reply by `slowSeconds`.
 * - `invalid-json`: The reply contains an additional comma.
 * - `wrong-charset`: The reply is encoded in UTF-16 and declared as UTF-8.
 * - `wrong-content-type`: The reply has the content type text/plain.
 * - `huge`: The reply ends with a megabyte of spaces.
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

const HTML = { 'content-type': 'text/html;charset=UTF-8' };

/** The replies to calls that the broker does not execute, by outage. */
export const OUTAGE_REPLIES: Readonly<Partial<Record<Outage, SimulatedResponse>>> = {
  html: { status: 200, headers: HTML, body: MAINTENANCE_PAGE },
  'http-500': { status: 500, headers: HTML, body: 'Internal Server Error' },
  'http-503': { status: 503, headers: HTML, body: 'Service Unavailable' },
  redirect: { status: 302, headers: { ...HTML, location: 'https://login.invalid/' }, body: '' },
  refused: { status: 0, headers: {}, body: '', delivery: 'lost' },
  hang: { status: 0, headers: {}, body: '', delivery: 'hang' },
};

/** Changes the reply to an executed call according to the outage. */
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

/** Returns whether `now` is in the daily maintenance period `HH:MM-HH:MM` (KST), whose end is exclusive. */
export function inMaintenance(hours: string | null, now: number): boolean {
  if (hours === null) return false;
  const [from = '', to = ''] = hours.split('-');
  const timeOfDay = formatKst(now).slice(11, 16);
  return from <= to ? from <= timeOfDay && timeOfDay < to : from <= timeOfDay || timeOfDay < to;
}

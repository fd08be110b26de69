import type { SimulatedResponse } from '../http.ts';
import { kstText } from '../kst.ts';
import type { CallKind } from './simulator.ts';

/**
 * Ways of being out of order. Nothing is served by
 * - `html` a maintenance page, HTTP 200 (Kiwoom, measured; KIS, seen);
 * - `http-500`, `http-503` without a word of JSON;
 * - `redirect` HTTP 302 to a login page;
 * - `refused` the connection is reset;
 * - `hang` no answer, the connection stays open.
 *
 * The call **is served**, so that a token may exist that nobody has, and the answer is corrupted by
 * - `cut` it breaks off half-way;
 * - `lost` the connection is reset before it;
 * - `slow` it takes `slowSeconds`;
 * - `invalid-json` a comma too many;
 * - `wrong-charset` UTF-16 that is called UTF-8;
 * - `wrong-content-type` called text/plain;
 * - `huge` a megabyte of blanks behind it.
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

/** One for all calls, or by kind of call; a kind that is not named is in order. */
export type OutageOption = Outage | Readonly<Partial<Record<CallKind, Outage>>>;

export function outageOf(option: OutageOption, kind: CallKind): Outage {
  return typeof option === 'string' ? option : (option[kind] ?? 'none');
}

const MAINTENANCE_PAGE =
  '<!DOCTYPE html><html lang="ko"><head><title>시스템 점검 안내</title></head>' +
  '<body><h1>시스템 점검 중입니다</h1><p>FAKE maintenance page of the simulator</p></body></html>';

/** The answer of an outage that serves nothing; undefined if the call is to be served. */
export function answerInstead(outage: Outage): SimulatedResponse | undefined {
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

/** What an outage does to the answer of a call that was served. */
export function corrupt(outage: Outage, response: SimulatedResponse, slowSeconds: number): SimulatedResponse {
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

/** A maintenance window of every day, by the broker's clock in KST: `HH:MM-HH:MM`, the end exclusive. */
export function inMaintenance(hours: string | null, now: number): boolean {
  if (hours === null) return false;
  const [from = '', to = ''] = hours.split('-');
  const time = kstText(now).slice(11, 16);
  return from <= to ? from <= time && time < to : from <= time || time < to;
}

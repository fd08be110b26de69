import type { SimulatedResponse } from '../http.ts';
import { formatKst } from '../kst.ts';
import type { CallKind } from './ledger.ts';

const HTML_HEADERS = { 'content-type': 'text/html;charset=UTF-8' };
/** Both brokers return a maintenance page with HTTP 200 (observed). */
const MAINTENANCE_PAGE =
  '<!DOCTYPE html><html lang="ko"><head><title>시스템 점검 안내</title></head>' +
  '<body><h1>시스템 점검 중입니다</h1><p>FAKE maintenance page of the simulator</p></body></html>';

/** The outages in which the broker does not execute a call, with the reply. */
const REPLIES = {
  html: { status: 200, headers: HTML_HEADERS, body: MAINTENANCE_PAGE },
  'http-500': { status: 500, headers: HTML_HEADERS, body: 'Internal Server Error' },
  'http-503': { status: 503, headers: HTML_HEADERS, body: 'Service Unavailable' },
  redirect: { status: 302, headers: { ...HTML_HEADERS, location: 'https://login.invalid/' }, body: '' },
  refused: { status: 0, headers: {}, body: '', delivery: 'lost' },
  hang: { status: 0, headers: {}, body: '', delivery: 'hang' },
} as const satisfies Readonly<Record<string, SimulatedResponse>>;

type Corruption = (response: SimulatedResponse, slowSeconds: number) => SimulatedResponse;

/**
 * The outages in which the broker executes a call and delays, loses or corrupts the reply, so that a token may
 * exist that no client received.
 */
const CORRUPTIONS = {
  cut: (response) => ({ ...response, delivery: 'cut' }),
  lost: (response) => ({ ...response, delivery: 'lost' }),
  slow: (response, slowSeconds) => ({ ...response, delay: slowSeconds * 1000 }),
  'invalid-json': (response) => ({ ...response, body: `${response.body.slice(0, -1)},}` }),
  /** The content type declares UTF-8, not UTF-16. */
  'wrong-charset': (response) => ({ ...response, encoding: 'utf16le' }),
  'wrong-content-type': ({ headers, ...response }) => ({
    ...response,
    headers: { ...headers, 'content-type': 'text/plain' },
  }),
  huge: (response) => ({ ...response, body: response.body + ' '.repeat(1024 * 1024) }),
} as const satisfies Readonly<Record<string, Corruption>>;

export type Outage = 'none' | keyof typeof REPLIES | keyof typeof CORRUPTIONS;
export const OUTAGES = ['none', ...Object.keys(REPLIES), ...Object.keys(CORRUPTIONS)] as readonly Outage[];

/** An outage of all calls, or one outage per kind of call. */
export type OutageOption = Outage | Readonly<Partial<Record<CallKind, Outage>>>;

export function outageOf(option: OutageOption, kind: CallKind): Outage {
  return typeof option === 'string' ? option : (option[kind] ?? 'none');
}

/** The reply in each outage in which the broker does not execute calls. */
export const OUTAGE_REPLIES: Readonly<Partial<Record<Outage, SimulatedResponse>>> = REPLIES;

/** The function that changes the reply in each outage in which the broker executes calls. */
export const REPLY_CORRUPTIONS: Readonly<Partial<Record<Outage, Corruption>>> = CORRUPTIONS;

/** Returns whether `now` is in the daily maintenance period `HH:MM-HH:MM` (KST), whose end is exclusive. */
export function inMaintenance(hours: string | null, now: number): boolean {
  if (hours === null) return false;
  const [from = '', to = ''] = hours.split('-');
  const timeOfDay = formatKst(now).slice(11, 16);
  return from <= to ? from <= timeOfDay && timeOfDay < to : from <= timeOfDay || timeOfDay < to;
}

import type { SimulatedResponse } from '../http.ts';
import type { CallKind } from './simulator.ts';

/**
 * Ways of being out of order:
 * - `none` in order;
 * - `html` a maintenance page, HTTP 200, nothing served (Kiwoom, measured; KIS, seen);
 * - `http-500` a bare HTTP 500, nothing served;
 * - `refused` the connection is reset, nothing served;
 * - `hang` nothing served, no answer, the connection stays open;
 * - `cut` **served**, but the answer breaks off half-way: a token may exist that nobody has;
 * - `lost` **served**, but the connection is reset before the answer.
 */
export type Outage = 'none' | 'html' | 'http-500' | 'refused' | 'hang' | 'cut' | 'lost';

/** One for all calls, or by kind of call; a kind that is not named is in order. */
export type OutageKnob = Outage | Readonly<Partial<Record<CallKind, Outage>>>;

export function outageOf(knob: OutageKnob, kind: CallKind): Outage {
  return typeof knob === 'string' ? knob : (knob[kind] ?? 'none');
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
    case 'refused':
      return { status: 0, headers: {}, body: '', delivery: 'lost' };
    case 'hang':
      return { status: 0, headers: {}, body: '', delivery: 'hang' };
    default:
      return undefined;
  }
}

/** What an outage does to the answer of a call that was served. */
export function spoil(outage: Outage, response: SimulatedResponse): SimulatedResponse {
  return outage === 'cut' || outage === 'lost' ? { ...response, delivery: outage } : response;
}

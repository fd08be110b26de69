import { afterEach } from 'vitest';
import type { Market } from '../../../lambdas/shared/credential.ts';
import { FAKE_KEYS } from '../../../simulator/brokers/keys.ts';
import { type KisOptions, KisSimulator } from '../../../simulator/brokers/kis.ts';
import { type KiwoomOptions, KiwoomSimulator } from '../../../simulator/brokers/kiwoom.ts';
import { ManualClock } from '../../../simulator/clock.ts';
import type { RunningServer, SimulatedRequest, SimulatedResponse } from '../../../simulator/http.ts';

/** The start time of the tests: Saturday, 2026-11-21 00:00 UTC, which is 09:00 KST. */
export const START = Date.UTC(2026, 10, 21);
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

export const KIS_KEY = FAKE_KEYS.kis;
export const KIWOOM_KEY = FAKE_KEYS.kiwoom;

const runningServers: RunningServer[] = [];

afterEach(async () => {
  await Promise.all(runningServers.splice(0).map((server) => server.close()));
});

/** Waits until a server listens, and closes the server after the test. @returns the URL of the server */
export async function listenDuringTest(listening: Promise<RunningServer>): Promise<string> {
  const server = await listening;
  runningServers.push(server);
  return server.url;
}

/** A broker call of a client, which a test passes to a simulator directly or sends over HTTP. */
export interface ClientCall {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Converts a call to the request that a simulator accepts directly. */
export function requestOf(call: ClientCall, remoteAddress = '127.0.0.1'): SimulatedRequest {
  return { body: '', ...call, remoteAddress };
}

/** Sends a call over HTTP to the server at `url`. */
export function send(url: string, { method, path, headers, body }: ClientCall): Promise<Response> {
  const signal = AbortSignal.timeout(5000);
  return fetch(`${url}${path}`, { method, headers, body: body ?? null, redirect: 'manual', signal });
}

export function json(response: SimulatedResponse): Record<string, unknown> {
  return JSON.parse(response.body) as Record<string, unknown>;
}

export function kisIssueCall(changes: Readonly<Record<string, unknown>> = {}): ClientCall {
  const { appkey, secret: appsecret } = KIS_KEY;
  const body = JSON.stringify({ grant_type: 'client_credentials', appkey, appsecret, ...changes });
  const headers = { 'content-type': 'application/json; charset=UTF-8' };
  return { method: 'POST', path: '/oauth2/tokenP', headers, body };
}

export function kisRevokeCall(token: string): ClientCall {
  const { appkey, secret: appsecret } = KIS_KEY;
  const body = JSON.stringify({ appkey, appsecret, token });
  return { method: 'POST', path: '/oauth2/revokeP', headers: { 'content-type': 'application/json' }, body };
}

export function kisPriceCall(token: string, headers: Readonly<Record<string, string>> = {}): ClientCall {
  return {
    method: 'GET',
    path: '/uapi/domestic-stock/v1/quotations/inquire-price?FID_COND_MRKT_DIV_CODE=J&FID_INPUT_ISCD=005930',
    headers: {
      authorization: `Bearer ${token}`,
      appkey: KIS_KEY.appkey,
      appsecret: KIS_KEY.secret,
      tr_id: 'FHKST01010100',
      ...headers,
    },
  };
}

function kiwoomCall(
  path: string,
  apiId: string,
  body: object,
  headers: Readonly<Record<string, string>>,
): ClientCall {
  return {
    method: 'POST',
    path,
    headers: { 'content-type': 'application/json;charset=UTF-8', 'api-id': apiId, ...headers },
    body: JSON.stringify(body),
  };
}

export function kiwoomIssueCall(
  changes: object = {},
  headers: Readonly<Record<string, string>> = {},
): ClientCall {
  const { appkey, secret: secretkey } = KIWOOM_KEY;
  const body = { grant_type: 'client_credentials', appkey, secretkey, ...changes };
  return kiwoomCall('/oauth2/token', 'au10001', body, headers);
}

export function kiwoomRevokeCall(token: string, headers: Readonly<Record<string, string>> = {}): ClientCall {
  const { appkey, secret: secretkey } = KIWOOM_KEY;
  return kiwoomCall('/oauth2/revoke', 'au10002', { appkey, secretkey, token }, headers);
}

export function kiwoomStockInfoCall(
  token: string,
  headers: Readonly<Record<string, string>> = {},
): ClientCall {
  const authorizedHeaders = { authorization: `Bearer ${token}`, ...headers };
  return kiwoomCall('/api/dostk/stkinfo', 'ka10001', { stk_cd: '005930' }, authorizedHeaders);
}

interface Calls {
  readonly issue: () => ClientCall;
  readonly revoke: (token: string) => ClientCall;
  readonly data: (token: string) => ClientCall;
}

function withCalls<Broker extends KisSimulator | KiwoomSimulator>(
  clock: ManualClock,
  broker: Broker,
  calls: Calls,
) {
  const ask = (call: ClientCall, from?: string) => broker.handle(requestOf(call, from));
  const outcomeOf = (call: ClientCall) => {
    ask(call);
    return broker.calls.at(-1)?.outcome;
  };
  return {
    clock,
    broker,
    calls,
    ask,
    issue: () => {
      const reply = json(ask(calls.issue()));
      const { token = '', outcome } = broker.calls.at(-1) ?? {};
      return { reply, token, outcome };
    },
    revoke: (token: string) => outcomeOf(calls.revoke(token)),
    data: (token: string) => outcomeOf(calls.data(token)),
  };
}

/** Creates a simulated KIS with a clock that the test controls. */
export function kis(options: Partial<KisOptions> = {}, market: Market = 'paper') {
  const clock = new ManualClock(START);
  const broker = new KisSimulator({ clock, market, keys: [KIS_KEY], options });
  return withCalls(clock, broker, { issue: kisIssueCall, revoke: kisRevokeCall, data: kisPriceCall });
}

/** Creates a simulated Kiwoom with a clock that the test controls. */
export function kiwoom(options: Partial<KiwoomOptions> = {}) {
  const clock = new ManualClock(START);
  const broker = new KiwoomSimulator({ clock, market: 'paper', keys: [KIWOOM_KEY], options });
  const calls = { issue: kiwoomIssueCall, revoke: kiwoomRevokeCall, data: kiwoomStockInfoCall };
  return withCalls(clock, broker, calls);
}

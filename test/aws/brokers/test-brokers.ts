import {
  kisDataRefusal,
  kisPriceReply,
  kisRefusal,
  kisRevokeReply,
  kisTokenReply,
} from '../../../simulator/brokers/kis-replies.ts';
import {
  kiwoomRefusal,
  kiwoomRevokeReply,
  kiwoomStockReply,
  kiwoomTokenReply,
} from '../../../simulator/brokers/kiwoom-replies.ts';
import {
  type AsyncRequestFunction,
  bearerToken,
  requestHeader,
  type SimulatedRequest,
  type SimulatedResponse,
} from '../../../simulator/http.ts';
import type { Invalidations } from './invalidations.ts';
import { readToken, signToken, type TestToken } from './token.ts';

/** The test brokers reject an app secret that contains this text. */
export const REJECTION_MARKER = 'REJECTED';

const TOKEN_LIFE = 24 * 60 * 60 * 1000;

export interface TestBrokerOptions {
  readonly signingKey: string;
  readonly invalidations: Invalidations;
  readonly now: () => number;
}

type Fields = Readonly<Record<string, string | undefined>>;
type Route = (request: SimulatedRequest, options: TestBrokerOptions) => Promise<SimulatedResponse>;

/**
 * Creates one request function for both brokers. The function stores no tokens, so that it gives the same
 * replies in every execution environment: each token is signed, and contains its app key and its times. Each
 * issue call returns a new token, and earlier tokens stay live.
 */
export function createTestBrokers(options: TestBrokerOptions): AsyncRequestFunction {
  return async (request) => {
    const route = ROUTES[`${request.method} ${request.path.split('?')[0]}`];
    return route === undefined ? kisRefusal('EGW00101') : route(request, options);
  };
}

const ROUTES: Readonly<Record<string, Route>> = {
  'POST /oauth2/tokenP': async ({ body }, options) => {
    const { appkey = '', appsecret } = fieldsOf(body);
    if (isRejected(appsecret)) return kisRefusal('EGW00105');
    const { token, expiresAt } = issue(appkey, options);
    return kisTokenReply(token, expiresAt, TOKEN_LIFE / 1000);
  },
  'POST /oauth2/revokeP': async ({ body }, options) => {
    const { appsecret, token } = fieldsOf(body);
    if (isRejected(appsecret)) return kisRefusal('EGW00105');
    return (await revoke(token, options)) ? kisRevokeReply() : kisRefusal('EGW00121');
  },
  'GET /uapi/domestic-stock/v1/quotations/inquire-price': async (request, options) => {
    if (isRejected(requestHeader(request, 'appsecret'))) return kisDataRefusal('EGW00105');
    const found = await findLiveToken(bearerToken(request), options);
    const own = found?.appkey === requestHeader(request, 'appkey');
    return own ? kisPriceReply('005930') : kisDataRefusal('EGW00121');
  },
  'POST /oauth2/token': async (request, options) => {
    const { appkey = '', secretkey } = fieldsOf(request.body);
    if (isRejected(secretkey)) return kiwoomErrorReply(request, '8001');
    const { token, expiresAt, issuedAt } = issue(appkey, options);
    const record = { token, appkey, issuedAt, expiresAt, requestedFrom: request.remoteAddress };
    return kiwoomTokenReply(apiId(request), record, {
      tokenType: 'bearer',
      keyOrder: 'guide',
      expiryFormat: 'digits',
    });
  },
  'POST /oauth2/revoke': async (request, options) => {
    const { secretkey, token } = fieldsOf(request.body);
    if (isRejected(secretkey)) return kiwoomErrorReply(request, '8001');
    return (await revoke(token, options))
      ? kiwoomRevokeReply(apiId(request))
      : kiwoomErrorReply(request, '8015');
  },
  'POST /api/dostk/stkinfo': async (request, options) =>
    (await findLiveToken(bearerToken(request), options))
      ? kiwoomStockReply(apiId(request), '005930')
      : kiwoomErrorReply(request, '8005'),
};

function issue(
  appkey: string,
  { signingKey, now }: TestBrokerOptions,
): TestToken & { readonly token: string } {
  const issuedAt = now();
  const token = { appkey, issuedAt, expiresAt: issuedAt + TOKEN_LIFE };
  return { ...token, token: signToken(signingKey, token) };
}

/**
 * Revokes a token and all earlier tokens of the same app key. @returns false for a token that is not alive
 */
async function revoke(token: string | undefined, options: TestBrokerOptions): Promise<boolean> {
  const found = await findLiveToken(token ?? '', options);
  if (found === undefined) return false;
  await options.invalidations.write(found.appkey, found.issuedAt);
  return true;
}

async function findLiveToken(token: string, options: TestBrokerOptions): Promise<TestToken | undefined> {
  const found = readToken(options.signingKey, token);
  if (found === undefined || options.now() >= found.expiresAt) return undefined;
  return found.issuedAt > (await options.invalidations.read(found.appkey)) ? found : undefined;
}

function isRejected(secret: string | undefined): boolean {
  return secret === undefined || secret === '' || secret.includes(REJECTION_MARKER);
}

function fieldsOf(body: string): Fields {
  return JSON.parse(body) as Fields;
}

function apiId(request: SimulatedRequest): string {
  return requestHeader(request, 'api-id');
}

function kiwoomErrorReply(request: SimulatedRequest, code: string): SimulatedResponse {
  return kiwoomRefusal(apiId(request), code, {
    refusalForm: 'brackets',
    throttleStatus: 429,
    text8050: 'terminal',
  });
}

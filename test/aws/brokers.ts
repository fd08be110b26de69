import { randomInt } from 'node:crypto';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import {
  fakeJwt,
  kisDataRefusal,
  kisPriceReply,
  kisRefusal,
  kisRevokeReply,
  kisTokenReply,
} from '../../simulator/brokers/kis-replies.ts';
import {
  kiwoomRefusal,
  kiwoomRevokeReply,
  kiwoomStockReply,
  kiwoomTokenReply,
} from '../../simulator/brokers/kiwoom-replies.ts';
import {
  type AsyncRequestFunction,
  bearerToken,
  listen,
  requestHeader,
  type SimulatedRequest,
  type SimulatedResponse,
} from '../../simulator/http.ts';
import { INVALIDATIONS_VARIABLE } from './settings.ts';

/** The test brokers reject an app secret that contains this text. */
export const REJECTION_MARKER = 'REJECTED';

const TOKEN_LIFE = 24 * 60 * 60 * 1000;

/** The content of a token of the test brokers. Instants are in epoch milliseconds. */
interface TokenContent {
  readonly appkey: string;
  readonly issuedAt: number;
}

/**
 * The test brokers keep no tokens, so that they give the same replies in every execution environment: each
 * token contains its app key and its issue time. Each issue call returns a new token, and earlier tokens stay
 * live.
 */
export class TestBrokers {
  readonly #ssm = new SSMClient();
  readonly #path: string;

  /**
   * @param path the path of the parameters that all functions read. The parameter of an app key contains an
   *   instant in epoch milliseconds: tokens issued until this instant are invalid.
   */
  constructor(path: string) {
    this.#path = path;
  }

  /** Answers a request to either broker. */
  readonly handle: AsyncRequestFunction = async (request) => {
    const route = ROUTES[`${request.method} ${request.path.split('?')[0]}`];
    return route === undefined ? kisRefusal('EGW00101') : route(request, this);
  };

  /** Invalidates all tokens of an app key that were issued until an instant, in epoch milliseconds. */
  async invalidate(appkey: string, lastInvalidIssueTime: number): Promise<void> {
    const parameter = { Name: `${this.#path}/${appkey}`, Value: String(lastInvalidIssueTime) };
    await this.#ssm.send(new PutParameterCommand({ ...parameter, Type: 'String', Overwrite: true }));
  }

  /** Revokes a token and all earlier tokens of the same app key. @returns false for a token that is not live */
  async revoke(token: string | undefined): Promise<boolean> {
    const found = await this.findLiveToken(token);
    if (found !== undefined) await this.invalidate(found.appkey, found.issuedAt);
    return found !== undefined;
  }

  async findLiveToken(token: string | undefined): Promise<TokenContent | undefined> {
    const found = readToken(token);
    if (found === undefined) return undefined;
    const Name = `${this.#path}/${found.appkey}`;
    const { Parameter } = await this.#ssm.send(new GetParameterCommand({ Name }));
    return found.issuedAt > Number(Parameter?.Value) ? found : undefined;
  }
}

/** Starts the test brokers on a free loopback port within a function. @returns their URL */
export async function startLoopbackBrokers(): Promise<string> {
  const { url } = await listen(new TestBrokers(process.env[INVALIDATIONS_VARIABLE] ?? '').handle);
  return url;
}

type Route = (request: SimulatedRequest, brokers: TestBrokers) => Promise<SimulatedResponse>;

const ROUTES: Readonly<Record<string, Route>> = {
  'POST /oauth2/tokenP': async ({ body }) => {
    const { appkey = '', appsecret } = fieldsOf(body);
    if (isRejected(appsecret)) return kisRefusal('EGW00105');
    const { token, expiresAt } = issue(appkey);
    return kisTokenReply(token, expiresAt, TOKEN_LIFE / 1000);
  },
  'POST /oauth2/revokeP': async ({ body }, brokers) => {
    const { appsecret, token } = fieldsOf(body);
    if (isRejected(appsecret)) return kisRefusal('EGW00105');
    return (await brokers.revoke(token)) ? kisRevokeReply() : kisRefusal('EGW00121');
  },
  'GET /uapi/domestic-stock/v1/quotations/inquire-price': async (request, brokers) => {
    if (isRejected(requestHeader(request, 'appsecret'))) return kisDataRefusal('EGW00105');
    const found = await brokers.findLiveToken(bearerToken(request));
    const own = found?.appkey === requestHeader(request, 'appkey');
    return own ? kisPriceReply('005930') : kisDataRefusal('EGW00121');
  },
  'POST /oauth2/token': async (request) => {
    const { appkey = '', secretkey } = fieldsOf(request.body);
    if (isRejected(secretkey)) return kiwoomErrorReply(request, '8001');
    const record = { ...issue(appkey), requestedFrom: request.remoteAddress };
    return kiwoomTokenReply(apiId(request), record, {
      tokenType: 'bearer',
      keyOrder: 'guide',
      expiryFormat: 'digits',
    });
  },
  'POST /oauth2/revoke': async (request, brokers) => {
    const { secretkey, token } = fieldsOf(request.body);
    if (isRejected(secretkey)) return kiwoomErrorReply(request, '8001');
    return (await brokers.revoke(token))
      ? kiwoomRevokeReply(apiId(request))
      : kiwoomErrorReply(request, '8015');
  },
  'POST /api/dostk/stkinfo': async (request, brokers) =>
    (await brokers.findLiveToken(bearerToken(request)))
      ? kiwoomStockReply(apiId(request), '005930')
      : kiwoomErrorReply(request, '8005'),
};

function issue(appkey: string) {
  const issuedAt = Date.now();
  const expiresAt = Math.floor((issuedAt + TOKEN_LIFE) / 1000) * 1000;
  return { appkey, issuedAt, expiresAt, token: fakeJwt(appkey, issuedAt, expiresAt, randomInt(2 ** 32)) };
}

/** Returns the content of a token, or undefined if the text is no token of the test brokers. */
function readToken(token = ''): TokenContent | undefined {
  const [, payload] = token.split('.');
  if (payload === undefined) return undefined;
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Record<string, unknown>;
  // The claim has decimals, because two tokens may be issued in the same second.
  return { appkey: String(claims['jti']), issuedAt: Math.round(Number(claims['iat']) * 1000) };
}

function isRejected(secret: string | undefined): boolean {
  return secret === undefined || secret === '' || secret.includes(REJECTION_MARKER);
}

function fieldsOf(body: string): Readonly<Record<string, string | undefined>> {
  return JSON.parse(body) as Record<string, string>;
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

import * as v from 'valibot';
import type { AppKey, Broker, BrokerReply, IssuedToken, VerifyResult } from './broker.ts';
import { classOf, isKiwoomSuccess, KIWOOM_CODES, kiwoomErrorCode, kiwoomReturnCode } from './codes.ts';
import { readClaims } from './jwt.ts';
import {
  bearerSchema,
  errorReply,
  failUnlessSuccess,
  isMarkup,
  isSuccess,
  type JsonObject,
  kstTimeSchema,
  parseObject,
  postRequest,
  readFields,
  readObject,
  tokenSchema,
  unconfirmedRevocation,
  VERDICT_OF_CLASS,
  verifyResultOf,
} from './reply.ts';
import { scrub } from './scrub.ts';

const headers = (apiId: string) => ({ 'content-type': 'application/json;charset=UTF-8', 'api-id': apiId });

/** 키움증권 REST API. For the sources and their reliability, see docs/brokers.md § Kiwoom. */
export const kiwoom: Broker = {
  baseUrls: { live: 'https://api.kiwoom.com', paper: 'https://mockapi.kiwoom.com' },
  secretFields: { appkey: 'appkey', secret: 'secretkey' },

  // The Kiwoom documents state that an issue call returns the live token. In measurements, some calls
  // returned a new token, so `reuseWindow` is absent. The API au10001 allows about two calls per second. Some
  // tokens expire after 4 h 22 min, so the margin is at most a quarter of the lifetime.
  contract: () => ({ minimumInterval: 2_000, marginShare: 1 / 4 }),

  issueRequest: ({ appkey, secret: secretkey }) =>
    postRequest('/oauth2/token', headers('au10001'), { grant_type: 'client_credentials', appkey, secretkey }),
  readIssueReply,

  revokeRequest: ({ appkey, secret: secretkey }, token) =>
    postRequest('/oauth2/revoke', headers('au10002'), { appkey, secretkey, token }),
  readRevokeReply,

  /** 주식기본정보요청: the basic data of one stock. */
  verifyRequest: (_key, token) => {
    const authorization = `Bearer ${token}`;
    return postRequest('/api/dostk/stkinfo', { ...headers('ka10001'), authorization }, { stk_cd: '005930' });
  },
  readVerifyReply,
};

const issueReplySchema = v.object({
  expires_dt: kstTimeSchema('is neither 14 digits nor "YYYY-MM-DD HH:MM:SS"'),
  token_type: bearerSchema,
  token: tokenSchema,
});

function readIssueReply(reply: BrokerReply, key: AppKey): IssuedToken {
  const json = readObject(reply);
  throwOnError(reply, json, [key.appkey, key.secret]);
  const fields = readFields(issueReplySchema, json);
  const claims = readClaims(fields.token);
  return {
    token: fields.token,
    tokenType: fields.token_type,
    issuedAt: claims?.issuedAt,
    expiresAt: Math.min(fields.expires_dt, claims?.expiresAt ?? Number.POSITIVE_INFINITY),
  };
}

function readRevokeReply(reply: BrokerReply, secrets: readonly string[]): void {
  const json = unauthorizedBody(reply) ?? readObject(reply);
  const code = kiwoomErrorCode(json);
  const codeClass = classOf(KIWOOM_CODES, code);
  if (codeClass === 'deadToken' || codeClass === 'nothingToRevoke') return;
  if (reply.status === UNAUTHORIZED && codeClass === undefined) return;
  throwOnError(reply, json, secrets);
  if (isSuccessfulReply(json, 'return_msg')) return;
  throw unconfirmedRevocation();
}

function readVerifyReply(reply: BrokerReply, secrets: readonly string[]): VerifyResult {
  return verifyResultOf(reply, unauthorizedBody(reply) ?? parseObject(reply), (json) => {
    if (isSuccess(reply) && isSuccessfulReply(json, 'stk_cd')) return { verdict: 'alive' };
    const brokerCode = kiwoomErrorCode(json);
    return { verdict: verdictOf(reply, brokerCode), brokerCode, message: description(json, secrets) };
  });
}

function verdictOf({ status }: BrokerReply, code: string | undefined): VerifyResult['verdict'] {
  const codeClass = classOf(KIWOOM_CODES, code);
  if (codeClass !== undefined) return VERDICT_OF_CLASS[codeClass];
  if (status === UNAUTHORIZED) return 'dead';
  return status >= 500 ? 'unreachable' : 'unclear';
}

/** The HTTP status with which Kiwoom rejects a token. Some replies with this status contain no error code. */
const UNAUTHORIZED = 401;

/** Returns undefined if the status is not 401, or if a proxy or maintenance server sent an HTML page. */
function unauthorizedBody(reply: BrokerReply): JsonObject | undefined {
  return reply.status === UNAUTHORIZED && !isMarkup(reply) ? (parseObject(reply) ?? {}) : undefined;
}

/** A reply with neither `return_code` nor an error code is successful if it has the documented field. */
function isSuccessfulReply(json: JsonObject, field: string): boolean {
  if (json['return_code'] !== undefined) return isKiwoomSuccess(kiwoomReturnCode(json));
  return kiwoomErrorCode(json) === undefined && typeof json[field] === 'string';
}

/** Kiwoom returns most errors with HTTP 200 and a `return_code` other than 0. */
function throwOnError(reply: BrokerReply, json: JsonObject, secrets: readonly string[]): void {
  const returnCode = kiwoomReturnCode(json);
  const brokerCode = kiwoomErrorCode(json);
  // A longer text could contain a secret.
  const shortCode = /^-?\d{1,9}$/.test(returnCode) ? `return_code ${returnCode}` : undefined;
  if (brokerCode !== undefined || (json['return_code'] !== undefined && !isKiwoomSuccess(returnCode)))
    throw errorReply(classOf(KIWOOM_CODES, brokerCode), brokerCode ?? shortCode, description(json, secrets));
  failUnlessSuccess(reply);
}

function description(json: JsonObject, secrets: readonly string[]): string {
  const message = json['return_msg'];
  return typeof message === 'string' && message.length > 0 ? scrub(message, secrets) : '(no return_msg)';
}

import * as v from 'valibot';
import type { AppKey, Broker, BrokerReply, IssuedToken, VerifyResult } from './broker.ts';
import { classOf, KIS_CODES, KIS_DATA_RATE_LIMIT, kisErrorCode } from './codes.ts';
import { readClaims } from './jwt.ts';
import {
  bearerSchema,
  errorReply,
  failUnlessSuccess,
  isSuccess,
  type JsonObject,
  kstTimeSchema,
  malformedReply,
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

const HEADERS = { 'content-type': 'application/json; charset=utf-8' };

/** 한국투자증권 (KIS) Open API. For the sources and their reliability, see docs/brokers.md § KIS. */
export const kis: Broker = {
  baseUrls: {
    live: 'https://openapi.koreainvestment.com:9443',
    paper: 'https://openapivts.koreainvestment.com:29443',
  },
  secretFields: { appkey: 'appkey', secret: 'appsecret' },

  contract: ({ minimumIntervalSeconds }) => ({
    // KIS documents "6시간 이내는 기존 발급키로 응답": within 6 h after an issue, KIS returns the same token.
    reuseWindow: 6 * 60 * 60 * 1000,
    // KIS documents "1분당 1회": one call per minute and app key, including calls that return the same token.
    // An FAQ of the KIS portal says five minutes, so a setting can lengthen the interval.
    minimumInterval: (minimumIntervalSeconds ?? 61) * 1000,
    marginShare: 1 / 2,
  }),

  /** 접근토큰발급(P)[인증-001] */
  issueRequest: ({ appkey, secret: appsecret }) =>
    postRequest('/oauth2/tokenP', HEADERS, { grant_type: 'client_credentials', appkey, appsecret }),
  readIssueReply,

  /** 접근토큰폐기(P) */
  revokeRequest: ({ appkey, secret: appsecret }, token) =>
    postRequest('/oauth2/revokeP', HEADERS, { appkey, appsecret, token }),
  readRevokeReply,

  /** 주식현재가 시세: the price of one stock. */
  verifyRequest: ({ appkey, secret }, token) => ({
    method: 'GET',
    path: '/uapi/domestic-stock/v1/quotations/inquire-price?FID_COND_MRKT_DIV_CODE=J&FID_INPUT_ISCD=005930',
    headers: {
      ...HEADERS,
      authorization: `Bearer ${token}`,
      appkey,
      appsecret: secret,
      tr_id: 'FHKST01010100',
    },
  }),
  readVerifyReply,
};

const issueReplySchema = v.object({
  access_token: tokenSchema,
  // A time in Korea Standard Time, without a time zone. The parser ignores `expires_in`, because the meaning
  // of `expires_in` is unclear if KIS returns the token of an earlier issue call.
  access_token_token_expired: kstTimeSchema('is not a time "YYYY-MM-DD HH:MM:SS"'),
  token_type: bearerSchema,
});

function readIssueReply(reply: BrokerReply, key: AppKey): IssuedToken {
  const json = readObject(reply);
  throwOnError(reply, json, [key.appkey, key.secret]);
  const fields = readFields(issueReplySchema, json);
  const claims = readClaims(fields.access_token);
  if (claims?.id !== undefined && claims.id !== key.appkey)
    throw malformedReply('the token belongs to a different app key (its jti is not the appkey)');
  return {
    token: fields.access_token,
    tokenType: fields.token_type,
    issuedAt: claims?.issuedAt,
    expiresAt: Math.min(fields.access_token_token_expired, claims?.expiresAt ?? Number.POSITIVE_INFINITY),
  };
}

function readRevokeReply(reply: BrokerReply, secrets: readonly string[]): void {
  const json = readObject(reply);
  if (isSuccess(reply) && json['code'] === 200) return;
  if (classOf(KIS_CODES, kisErrorCode(json)) === 'deadToken') return;
  throwOnError(reply, json, secrets);
  throw unconfirmedRevocation();
}

function readVerifyReply(reply: BrokerReply, secrets: readonly string[]): VerifyResult {
  return verifyResultOf(reply, parseObject(reply), (json) => {
    if (isSuccess(reply) && json['rt_cd'] === '0') return { verdict: 'alive' };
    const brokerCode = kisErrorCode(json);
    return { verdict: verdictOf(reply, brokerCode), brokerCode, message: description(json, secrets) };
  });
}

/** KIS returns every error of a data call with HTTP 500: if the reply has an error code, KIS is reachable. */
function verdictOf({ status }: BrokerReply, code: string | undefined): VerifyResult['verdict'] {
  if (code === KIS_DATA_RATE_LIMIT) return 'throttled';
  const codeClass = classOf(KIS_CODES, code);
  if (codeClass !== undefined) return VERDICT_OF_CLASS[codeClass];
  return code === undefined && status >= 500 ? 'unreachable' : 'unclear';
}

/** The token endpoint returns HTTP 403 for every error, so only the error code tells the errors apart. */
function throwOnError(reply: BrokerReply, json: JsonObject, secrets: readonly string[]): void {
  const brokerCode = kisErrorCode(json);
  if (brokerCode !== undefined)
    throw errorReply(
      classOf(KIS_CODES, brokerCode),
      brokerCode,
      `${brokerCode} ${description(json, secrets)}`,
    );
  failUnlessSuccess(reply);
}

function description(json: JsonObject, secrets: readonly string[]): string {
  const text = json['error_description'] ?? json['msg1'];
  return typeof text === 'string' ? scrub(text, secrets) : '(no description)';
}

import * as v from 'valibot';
import type { AppKey, Broker, BrokerReply, IssuedToken, VerifyResult } from './broker.ts';
import { BrokerError } from './broker-error.ts';
import { classOf, KIS_CODES, KIS_DATA_RATE_LIMIT, kisErrorCode } from './codes.ts';
import { readClaims } from './jwt.ts';
import {
  bearerSchema,
  errorKindOf,
  isSuccess,
  type JsonObject,
  kstTimeSchema,
  parseObject,
  readFields,
  readObject,
  tokenSchema,
  VERDICT_OF_CLASS,
  verifyResultOf,
} from './reply.ts';
import { scrub } from './scrub.ts';

/**
 * 한국투자증권 (KIS) Open API. For the sources and their reliability, see docs/brokers.md § KIS. The API for issue
 * calls is 접근토큰발급(P)[인증-001], and the API for revoke calls is 접근토큰폐기(P).
 */
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
    // An FAQ of the KIS portal says five minutes, so the setting `minimumIntervalSeconds` can lengthen the
    // interval.
    minimumInterval: (minimumIntervalSeconds ?? 61) * 1000,
    marginShare: 1 / 2,
  }),

  issueRequest: ({ appkey, secret }) =>
    post('/oauth2/tokenP', { grant_type: 'client_credentials', appkey, appsecret: secret }),
  readIssueReply,

  revokeRequest: ({ appkey, secret }, token) => post('/oauth2/revokeP', { appkey, appsecret: secret, token }),
  readRevokeReply,

  /** The API 주식현재가 시세 returns the price of one stock. */
  verifyRequest: ({ appkey, secret }, token) => ({
    method: 'GET',
    path: '/uapi/domestic-stock/v1/quotations/inquire-price?FID_COND_MRKT_DIV_CODE=J&FID_INPUT_ISCD=005930',
    headers: {
      'content-type': 'application/json; charset=utf-8',
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
    throw new BrokerError(
      'malformed',
      'the token belongs to a different app key (its jti is not the appkey)',
      {
        mayHaveActed: true,
      },
    );
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
  throw new BrokerError('unavailable', 'the broker did not confirm the revocation', { mayHaveActed: true });
}

function readVerifyReply(reply: BrokerReply, secrets: readonly string[]): VerifyResult {
  return verifyResultOf(reply, parseObject(reply), (json) => {
    if (isSuccess(reply) && json['rt_cd'] === '0') return { verdict: 'alive' };
    const brokerCode = kisErrorCode(json);
    return { verdict: verdictOf(reply, brokerCode), brokerCode, message: description(json, secrets) };
  });
}

/**
 * KIS returns every error of a data call with HTTP 500, so a reply with an error code does not mean that KIS
 * is unreachable.
 */
function verdictOf({ status }: BrokerReply, code: string | undefined): VerifyResult['verdict'] {
  if (code === KIS_DATA_RATE_LIMIT) return 'throttled';
  const codeClass = classOf(KIS_CODES, code);
  if (codeClass !== undefined) return VERDICT_OF_CLASS[codeClass];
  return code === undefined && status >= 500 ? 'unreachable' : 'unclear';
}

/**
 * The token endpoint returns HTTP 403 for every error, so only the error code distinguishes throttling from a
 * wrong key.
 */
function throwOnError(reply: BrokerReply, json: JsonObject, secrets: readonly string[]): void {
  const brokerCode = kisErrorCode(json);
  if (brokerCode !== undefined)
    throw new BrokerError(
      errorKindOf(classOf(KIS_CODES, brokerCode)),
      `${brokerCode} ${description(json, secrets)}`,
      { brokerCode },
    );
  if (!isSuccess(reply))
    throw new BrokerError('unavailable', `the broker answered HTTP ${reply.status} without an error code`);
}

function description(json: JsonObject, secrets: readonly string[]): string {
  const text = json['error_description'] ?? json['msg1'];
  return typeof text === 'string' ? scrub(text, secrets) : '(no description)';
}

function post(path: string, fields: Readonly<Record<string, string>>) {
  return {
    method: 'POST',
    path,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(fields),
  } as const;
}

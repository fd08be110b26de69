import * as v from 'valibot';
import type { AppKey, Broker, BrokerReply, IssuedToken, Verdict } from './broker.ts';
import { BrokerError, type BrokerErrorKind } from './errors.ts';
import { readClaims } from './jwt.ts';
import { bearer, isSuccess, type JsonObject, kstTime, readFields, readObject, tokenText } from './reply.ts';
import { scrub } from './scrub.ts';

/**
 * 한국투자증권 (KIS) Open API. Sources and grades of every fact: docs/brokers.md § KIS.
 * Issue: 접근토큰발급(P)[인증-001]; revoke: 접근토큰폐기(P).
 */
export const kis: Broker = {
  hosts: {
    live: 'https://openapi.koreainvestment.com:9443',
    paper: 'https://openapivts.koreainvestment.com:29443',
  },
  secretFields: { appkey: 'appkey', secret: 'appsecret' },

  contract: ({ minimumIntervalSeconds }) => ({
    // "6시간 이내는 기존 발급키로 응답": within 6 h of issue the same token comes back.
    reuseWindow: 6 * 60 * 60 * 1000,
    // "1분당 1회" per app key, reuse included; a portal FAQ says five minutes, hence the option.
    minimumInterval: (minimumIntervalSeconds ?? 61) * 1000,
  }),

  issueRequest: ({ appkey, secret }) =>
    post('/oauth2/tokenP', { grant_type: 'client_credentials', appkey, appsecret: secret }),
  readIssueReply,

  revokeRequest: ({ appkey, secret }, token) => post('/oauth2/revokeP', { appkey, appsecret: secret, token }),
  readRevokeReply,

  /** 주식현재가 시세: reads one price, changes nothing. */
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

const issueSchema = v.object({
  access_token: tokenText,
  // Without a zone, and KST. This field rules: what `expires_in` says on a reused token is unknown.
  access_token_token_expired: kstTime('is not a time "YYYY-MM-DD HH:MM:SS"'),
  token_type: bearer,
  expires_in: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0))),
});

function readIssueReply(reply: BrokerReply, key: AppKey): IssuedToken {
  const json = readObject(reply);
  refuseErrors(reply, json, [key.appkey, key.secret]);
  const fields = readFields(issueSchema, json);
  const claims = readClaims(fields.access_token);
  if (claims?.id !== undefined && claims.id !== key.appkey)
    throw new BrokerError('malformed', 'the token was made for another app key (its jti is not the appkey)', {
      mayHaveActed: true,
    });
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
  const code = errorCode(json);
  if (code !== undefined && TOKEN_DEAD.has(code)) return;
  refuseErrors(reply, json, secrets);
  throw new BrokerError('unavailable', 'the broker did not confirm the revocation', { mayHaveActed: true });
}

function readVerifyReply(reply: BrokerReply, secrets: readonly string[]): Verdict {
  const json = readObject(reply);
  if (isSuccess(reply) && json['rt_cd'] === '0') return { is: 'alive' };
  const brokerCode = errorCode(json);
  const dead = brokerCode !== undefined && TOKEN_DEAD.has(brokerCode);
  return { is: dead ? 'dead' : 'unknown', brokerCode, message: description(json, secrets) };
}

/** Code tables of the token endpoint; the HTTP status (403 for all of them) cannot tell "wait" from "wrong key". */
const THROTTLED = new Set(['EGW00133']);
const TOKEN_DEAD = new Set(['EGW00121', 'EGW00122', 'EGW00123']);
const REJECTED: readonly (readonly [first: number, last: number])[] = [
  [3, 4],
  [101, 120],
  [131, 132],
  [204, 210],
  [213, 213],
  [303, 304],
];

/** Codes not listed anywhere are `unavailable` with the code kept, so that a person sees it. */
function classify(code: string): BrokerErrorKind {
  if (THROTTLED.has(code)) return 'throttled';
  const number = code.startsWith('EGW') ? Number(code.slice('EGW'.length)) : Number.NaN;
  return REJECTED.some(([first, last]) => first <= number && number <= last) ? 'rejected' : 'unavailable';
}

function refuseErrors(reply: BrokerReply, json: JsonObject, secrets: readonly string[]): void {
  const brokerCode = errorCode(json);
  if (brokerCode !== undefined)
    throw new BrokerError(classify(brokerCode), `${brokerCode} ${description(json, secrets)}`, {
      brokerCode,
    });
  if (!isSuccess(reply))
    throw new BrokerError('unavailable', `the broker answered HTTP ${reply.status} without an error code`);
}

/**
 * The token endpoint writes `error_code`; some clients saw the code under `msg_cd`, as data calls have
 * it (`rt_cd` "0" is their success). Other families than EGW exist, `OPSQ0002` for one.
 */
function errorCode(json: JsonObject): string | undefined {
  if (json['rt_cd'] === '0') return undefined;
  for (const field of [json['error_code'], json['msg_cd']])
    if (typeof field === 'string' && /^[A-Z]{3,4}\d{4,5}$/.test(field)) return field;
  return undefined;
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

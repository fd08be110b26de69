import * as v from 'valibot';
import type { AppKey, Broker, BrokerReply, IssuedToken, Verdict } from './broker.ts';
import { BrokerError, type BrokerErrorKind } from './errors.ts';
import { readClaims } from './jwt.ts';
import { bearer, isSuccess, type JsonObject, kstTime, readFields, readObject, tokenText } from './reply.ts';
import { scrub } from './scrub.ts';

/**
 * 키움증권 REST API. Sources and grades of every fact: docs/brokers.md § Kiwoom.
 * Issue: au10001; revoke: au10002.
 */
export const kiwoom: Broker = {
  hosts: { live: 'https://api.kiwoom.com', paper: 'https://mockapi.kiwoom.com' },
  secretFields: { appkey: 'appkey', secret: 'secretkey' },

  // What a second issue call returns is disputed (the same token, or a new one that kills the old):
  // no reuse window is assumed, which of the two it was is noticed.
  contract: () => ({ minimumInterval: 10_000 }),

  issueRequest: ({ appkey, secret }) =>
    post('/oauth2/token', 'au10001', { grant_type: 'client_credentials', appkey, secretkey: secret }),
  readIssueReply,

  revokeRequest: ({ appkey, secret }, token) =>
    post('/oauth2/revoke', 'au10002', { appkey, secretkey: secret, token }),
  readRevokeReply,

  /** 주식기본정보요청: reads one stock's data, changes nothing. */
  verifyRequest: (_key, token) =>
    post('/api/dostk/stkinfo', 'ka10001', { stk_cd: '005930' }, { authorization: `Bearer ${token}` }),
  readVerifyReply,
};

const issueSchema = v.object({
  // 14 digits on the wire, "YYYY-MM-DD HH:MM:SS" in one of the broker's documents; KST.
  expires_dt: kstTime('is neither 14 digits nor "YYYY-MM-DD HH:MM:SS"'),
  token_type: bearer,
  token: tokenText,
  return_msg: v.optional(v.string()),
});

function readIssueReply(reply: BrokerReply, key: AppKey): IssuedToken {
  refuseTooMany(reply);
  const json = readObject(reply);
  refuseErrors(reply, json, [key.appkey, key.secret]);
  const fields = readFields(issueSchema, json);
  const claims = readClaims(fields.token);
  return {
    token: fields.token,
    tokenType: fields.token_type,
    issuedAt: claims?.issuedAt,
    expiresAt: Math.min(fields.expires_dt, claims?.expiresAt ?? Number.POSITIVE_INFINITY),
  };
}

function readRevokeReply(reply: BrokerReply, secrets: readonly string[]): void {
  refuseTooMany(reply);
  const json = readObject(reply);
  const code = errorCode(json);
  if (code !== undefined && (TOKEN_DEAD.has(code) || code === NOTHING_TO_REVOKE)) return;
  refuseErrors(reply, json, secrets);
}

function readVerifyReply(reply: BrokerReply, secrets: readonly string[]): Verdict {
  refuseTooMany(reply);
  const json = readObject(reply);
  if (isSuccess(reply) && returnCode(json) === 0) return { is: 'alive' };
  const brokerCode = errorCode(json);
  // 8010 means the token belongs to another address; said to the refresher itself, it is nobody's.
  const dead = brokerCode !== undefined && (TOKEN_DEAD.has(brokerCode) || brokerCode === OTHER_ADDRESS);
  return { is: dead ? 'dead' : 'unknown', brokerCode, message: description(json, secrets) };
}

const TOKEN_DEAD = new Set(['8003', '8005', '8103']);
const OTHER_ADDRESS = '8010';
const NOTHING_TO_REVOKE = '8016';
const THROTTLED = new Set(['1700', '1701', '1702']);
const REJECTED = new Set([
  '1634',
  '1687',
  '8001',
  '8002',
  '8011',
  '8012',
  '8020',
  '8030',
  '8031',
  '8040',
  '8050',
]);

/** Codes not listed anywhere are `unavailable` with the code kept, so that a person sees it. */
function classify(code: string): BrokerErrorKind {
  if (THROTTLED.has(code)) return 'throttled';
  const number = Number(code);
  return REJECTED.has(code) || (1501 <= number && number <= 1517) ? 'rejected' : 'unavailable';
}

/** The one status that speaks for itself, whatever the body is. */
function refuseTooMany({ status }: BrokerReply): void {
  if (status === 429)
    throw new BrokerError('throttled', 'HTTP 429: too many requests', { brokerCode: '429' });
}

/** Errors come with HTTP 200 and `return_code` other than 0. */
function refuseErrors(reply: BrokerReply, json: JsonObject, secrets: readonly string[]): void {
  const returned = returnCode(json);
  if (returned !== undefined && returned !== 0) {
    const brokerCode = errorCode(json);
    const kind = brokerCode === undefined ? 'unavailable' : classify(brokerCode);
    throw new BrokerError(kind, description(json, secrets), {
      brokerCode: brokerCode ?? `return_code ${returned}`,
    });
  }
  if (!isSuccess(reply))
    throw new BrokerError('unavailable', `the broker answered HTTP ${reply.status} without an error code`);
}

/** Absent on some successes. Anything that is no integer is read as a failure of its own. */
function returnCode(json: JsonObject): number | undefined {
  const value = json['return_code'];
  if (value === undefined) return undefined;
  return Number.isInteger(value) || (typeof value === 'string' && /^-?\d+$/.test(value))
    ? Number(value)
    : Number.NaN;
}

/** The real code stands in brackets in the message: `인증에 실패했습니다[8005:Token이 유효하지 않습니다]`. */
function errorCode(json: JsonObject): string | undefined {
  const message = json['return_msg'];
  return typeof message === 'string' ? /\[(\d{4}):/.exec(message)?.[1] : undefined;
}

function description(json: JsonObject, secrets: readonly string[]): string {
  const message = json['return_msg'];
  return typeof message === 'string' && message.length > 0 ? scrub(message, secrets) : '(no return_msg)';
}

function post(
  path: string,
  apiId: string,
  fields: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
) {
  return {
    method: 'POST',
    path,
    headers: { 'content-type': 'application/json;charset=UTF-8', 'api-id': apiId, ...headers },
    body: JSON.stringify(fields),
  } as const;
}

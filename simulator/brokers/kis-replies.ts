import { createHash } from 'node:crypto';
import type { SimulatedResponse } from '../http.ts';
import { formatKst } from '../kst.ts';
import { PRICE_FIELDS } from './kis-price.ts';

/** The error messages of KIS, from its portal (§ 오류코드). The message of EGW00133 is from a real reply. */
const ERROR_TEXTS: Readonly<Record<string, string>> = {
  EGW00001: '일시적 오류가 발생했습니다.',
  EGW00002: '서버 에러가 발생했습니다.',
  EGW00003: '접근이 거부되었습니다.',
  EGW00101: '유효하지 않은 요청입니다.',
  EGW00102: 'AppKey는 필수입니다.',
  EGW00103: '유효하지 않은 AppKey입니다.',
  EGW00104: 'AppSecret은 필수입니다.',
  EGW00105: '유효하지 않은 AppSecret입니다.',
  EGW00115: '권한부여 타입(grant_type)은 필수입니다.',
  EGW00116: '지원하지 않는 권한부여 타입(grant_type)입니다.',
  EGW00121: '유효하지 않은 token 입니다.',
  EGW00122: 'token을 찾을 수 없습니다.',
  EGW00123: '기간이 만료된 token 입니다.',
  EGW00132: 'Content-Type이 유효하지 않습니다.',
  EGW00133: '접근토큰 발급 잠시 후 다시 시도하세요(1분당 1회)',
  EGW00201: '초당 거래건수를 초과하였습니다.',
};

const JSON_HEADERS = { 'content-type': 'application/json; charset=utf-8' };

function json(status: number, body: object): SimulatedResponse {
  return { status, headers: JSON_HEADERS, body: JSON.stringify(body) };
}

/** Returns an error reply of a token endpoint of KIS: HTTP status 403 with its own format (measured). */
export function kisRefusal(code: string): SimulatedResponse {
  return json(403, { error_description: ERROR_TEXTS[code] ?? '알 수 없는 오류입니다.', error_code: code });
}

/** Returns an error reply of a data endpoint of KIS: HTTP status 500, even for a dead token. */
export function kisDataRefusal(code: string): SimulatedResponse {
  return json(500, { rt_cd: '1', msg_cd: code, msg1: ERROR_TEXTS[code] ?? '알 수 없는 오류입니다.' });
}

/** Returns the reply to an issue call. The fields have the order of the sample reply on the KIS portal. */
export function kisTokenReply(token: string, expiresAt: number, expiresIn: number): SimulatedResponse {
  return json(200, {
    access_token: token,
    access_token_token_expired: formatKst(expiresAt),
    token_type: 'Bearer',
    expires_in: expiresIn,
  });
}

export function kisRevokeReply(): SimulatedResponse {
  return json(200, { code: 200, message: '접근토큰 폐기에 성공하였습니다' });
}

/**
 * Returns the reply to a price query. The reply contains all fields of the sample code of KIS, because a
 * client can fail if a field is missing.
 */
export function kisPriceReply(code: string): SimulatedResponse {
  return json(200, {
    output: { ...PRICE_FIELDS, stck_shrn_iscd: code },
    rt_cd: '0',
    msg_cd: 'MCA00000',
    msg1: '정상처리 되었습니다.',
  });
}

/** Returns the reply to a call that KIS serves but the simulator does not support. */
export function kisNotSimulated(call: string, available: string): SimulatedResponse {
  return json(501, { error: `the simulated broker lacks ${call}; its only data call is ${available}` });
}

/**
 * Creates a JWT with an invalid signature. Header, payload fields and the length of the signature (86
 * characters) are as in the sample of KIS.
 */
export function fakeJwt(appkey: string, issuedAt: number, expiresAt: number, serial: number): string {
  const digest = createHash('sha512').update(`${appkey} ${issuedAt} ${serial}`).digest();
  const hex = digest.toString('hex');
  const aud = `fa4e0000-${hex.slice(0, 4)}-4${hex.slice(5, 8)}-8${hex.slice(9, 12)}-${hex.slice(12, 24)}`;
  const parts = [
    { typ: 'JWT', alg: 'HS512' },
    { sub: 'token', aud, iss: 'unogw', exp: expiresAt / 1000, iat: issuedAt / 1000, jti: appkey },
  ].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  return [...parts, `FAKE${digest.toString('base64url').slice(4)}`].join('.');
}

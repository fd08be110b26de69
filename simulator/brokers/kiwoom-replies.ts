import { createHash } from 'node:crypto';
import type { SimulatedResponse } from '../http.ts';
import { formatKst, formatKstDigits } from '../kst.ts';
import { STOCK_FIELDS } from './kiwoom-stock.ts';
import type { TokenRecord } from './ledger.ts';
import type { KiwoomOptions } from './options.ts';

/** The error messages of Kiwoom, from its guide (§ 오류코드), with FAKE in place of placeholders. */
const ERROR_TEXTS: Readonly<Record<string, string>> = {
  1501: 'API ID가 Null이거나 값이 없습니다',
  1504: '해당 URI에서는 지원하는 API ID가 아닙니다',
  1511: '필수 입력 값에 값이 존재하지 않습니다',
  1512: 'Http header에 값이 설정되지 않았거나 읽을 수 없습니다',
  1513: 'Http Header에 authorization 필드가 설정되어 있어야 합니다',
  1517: '입력 값 형식이 올바르지 않습니다. 파라미터=FAKE 실패사유=FAKE',
  1700: '허용된 요청 개수를 초과하였습니다. API ID=',
  1999: '예기치 못한 에러가 발생했습니다. 실패사유=FAKE',
  8001: 'App Key와 Secret Key 검증에 실패했습니다',
  8005: 'Token이 유효하지 않습니다',
  8010: 'Token을 발급받은 IP와 서비스를 요청한 IP가 동일하지 않습니다',
  8011: 'Access Token을 발급하는데 실패했습니다. 입력값에 grant_type이 들어오지 않았습니다',
  8012: 'Access Token을 발급하는데 실패했습니다. grant_type의 값이 맞지 않습니다',
  8015: 'Access Token을 폐기하는데 실패했습니다. 실패사유=FAKE',
  8016: 'Access Token을 폐기하는데 실패했습니다. 입력값에 Token이 들어오지 않았습니다',
  8020: '입력파라미터로 appkey 또는 secretkey가 들어오지 않았습니다.',
  8030: '투자구분(실전/모의)이 달라서 Appkey를 사용할수가 없습니다',
  8031: '투자구분(실전/모의)이 달라서 Token를 사용할수가 없습니다',
  8050: '지정단말기 인증에 실패했습니다',
};

/** The message of the error 8050 in newer replies of Kiwoom (measured). */
const ADDRESS_NOT_REGISTERED = 'IP가 등록되지 않았습니다. FAKE';

/**
 * Returns the `return_code` and the start of the message for an error code. Kiwoom sends only the group of
 * the error as `return_code`, and the error code itself in the message.
 */
function returnCodeAndPrefix(code: string): { readonly return_code: number; readonly prefix: string } {
  if (code.startsWith('17')) return { return_code: 5, prefix: '허용된 요청 개수를 초과하였습니다' };
  if (code.startsWith('1') || code === '8030' || code === '8031')
    return { return_code: 2, prefix: '입력 값 오류입니다' };
  return { return_code: 3, prefix: '인증에 실패했습니다' };
}

function json(apiId: string, body: object, status = 200): SimulatedResponse {
  return {
    status,
    headers: { 'content-type': 'application/json;charset=UTF-8', 'api-id': apiId },
    body: JSON.stringify(body),
  };
}

/** The error codes with which Kiwoom rejects the token of a data call. */
const TOKEN_CODES: readonly string[] = ['8003', '8005', '8103'];

export function kiwoomRefusal(
  apiId: string,
  code: string,
  {
    refusalForm,
    throttleStatus,
    text8050,
  }: Pick<KiwoomOptions, 'refusalForm' | 'throttleStatus' | 'text8050'>,
): SimulatedResponse {
  const { return_code, prefix } = returnCodeAndPrefix(code);
  const text = textOf(apiId, code, text8050);
  const status = code.startsWith('17') ? throttleStatus : 200;
  const isReplyWithHttp401 = refusalForm.startsWith('http-401') && TOKEN_CODES.includes(code);
  switch (refusalForm) {
    case 'number':
      return json(apiId, { return_code: Number(code), return_msg: text }, status);
    case 'text':
      return json(apiId, { return_code: code, return_msg: text }, status);
    case 'code':
      return json(apiId, { return_code, return_msg: `${prefix} CODE=${code} ${text}` }, status);
  }
  if (isReplyWithHttp401 && refusalForm === 'http-401-bare')
    return json(apiId, { error: 'unauthorized' }, 401);
  const return_msg = `${prefix}[${code}:${text}]`;
  return json(apiId, { return_code, return_msg }, isReplyWithHttp401 ? 401 : status);
}

function textOf(apiId: string, code: string, text8050: KiwoomOptions['text8050']): string {
  if (code === '8050' && text8050 === 'address') return ADDRESS_NOT_REGISTERED;
  const text = ERROR_TEXTS[code] ?? '알 수 없는 오류입니다';
  return code === '1700' ? `${text}${apiId}` : text;
}

const SUCCESS_FIELDS = { return_code: 0, return_msg: '정상적으로 처리되었습니다' };

export function kiwoomTokenReply(
  apiId: string,
  { expiresAt, token }: TokenRecord,
  { tokenType, keyOrder, expiryFormat }: Pick<KiwoomOptions, 'tokenType' | 'keyOrder' | 'expiryFormat'>,
): SimulatedResponse {
  const expires_dt = expiryFormat === 'digits' ? formatKstDigits(expiresAt) : formatKst(expiresAt);
  const fields = Object.entries({ expires_dt, token_type: tokenType, token, ...SUCCESS_FIELDS });
  return json(apiId, Object.fromEntries(keyOrder === 'guide' ? fields : fields.reverse()));
}

export function kiwoomRevokeReply(apiId: string): SimulatedResponse {
  return json(apiId, SUCCESS_FIELDS);
}

/**
 * Returns the reply to the call ka10001. The reply contains all fields of the Kiwoom specification, because a
 * client can fail if a field is missing.
 */
export function kiwoomStockReply(apiId: string, code: string): SimulatedResponse {
  return json(apiId, { stk_cd: code, ...STOCK_FIELDS, ...SUCCESS_FIELDS });
}

/** Returns the reply to a call that Kiwoom serves but the simulator does not support. */
export function kiwoomNotSimulated(apiId: string, call: string): SimulatedResponse {
  const available = 'POST /api/dostk/stkinfo with api-id ka10001';
  return json(
    apiId,
    { error: `the simulated broker lacks ${call}; its only data call is ${available}` },
    501,
  );
}

/** Creates a token without readable content, like the tokens of the real Kiwoom. */
export function fakeToken(appkey: string, now: number, serial: number): string {
  const digest = createHash('sha512').update(`${appkey} ${now} ${serial}`).digest('base64url');
  return `FAKE-KIWOOM-${digest}`;
}

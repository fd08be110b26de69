import { bearerToken, requestHeader, type SimulatedRequest } from '../http.ts';
import { parseStringFields } from '../json.ts';
import { BrokerSimulator, type ServedCall, type SimulatorProps } from './broker-simulator.ts';
import {
  fakeToken,
  kiwoomNotSimulated,
  kiwoomRefusal,
  kiwoomRevokeReply,
  kiwoomStockReply,
  kiwoomTokenReply,
} from './kiwoom-replies.ts';
import { type CallKind, isAlive, type TokenRecord } from './ledger.ts';
import { KIWOOM_DEFAULTS, type KiwoomOptions } from './options.ts';

export type { KiwoomOptions } from './options.ts';

const JSON_CONTENT_TYPE = /^application\/json(\s*;\s*charset=utf-8)?$/i;
const JSON_CONTENT_TYPE_WITH_CHARSET = /^application\/json\s*;\s*charset=utf-8$/i;

/** The kind and the api-id of each simulated call, by path. */
const CALLS_BY_PATH: Readonly<Record<string, { readonly kind: CallKind; readonly apiId: string }>> = {
  '/oauth2/token': { kind: 'issue', apiId: 'au10001' },
  '/oauth2/revoke': { kind: 'revoke', apiId: 'au10002' },
  '/api/dostk/stkinfo': { kind: 'data', apiId: 'ka10001' },
};

export class KiwoomSimulator extends BrokerSimulator<KiwoomOptions> {
  constructor(props: SimulatorProps<KiwoomOptions>) {
    super(props, KIWOOM_DEFAULTS);
  }

  protected callKindOf({ method, path }: SimulatedRequest): CallKind {
    return (method === 'POST' ? CALLS_BY_PATH[path]?.kind : undefined) ?? 'other';
  }

  protected serve(kind: CallKind, request: SimulatedRequest, now: number): ServedCall {
    const apiId = CALLS_BY_PATH[request.path]?.apiId;
    const requested = requestHeader(request, 'api-id');
    if (isNotSimulated(request.path, requested, apiId)) return notSimulatedCall(request.path, requested);
    if (!apiId || kind === 'other') return this.#refuse('', '1504');
    // A token call requires neither api-id nor charset, because real clients omit both.
    if (!requested && kind === 'data') return this.#refuse(apiId, '1501');
    if (requested && requested !== apiId) return this.#refuse(apiId, '1504');
    const contentType = kind === 'data' ? JSON_CONTENT_TYPE_WITH_CHARSET : JSON_CONTENT_TYPE;
    if (!contentType.test(requestHeader(request, 'content-type'))) return this.#refuse(apiId, '1512');
    if (kind === 'issue') return this.#issue(apiId, request, now);
    return kind === 'revoke' ? this.#revoke(apiId, request, now) : this.#data(apiId, request, now);
  }

  #issue(apiId: string, request: SimulatedRequest, now: number): ServedCall {
    const body = parseStringFields(request.body, ['grant_type', 'appkey', 'secretkey']);
    if (!body) return this.#refuse(apiId, '1517');
    const { grant_type, appkey, secretkey } = body;
    if (!grant_type) return this.#refuse(apiId, '8011', appkey);
    if (grant_type !== 'client_credentials') return this.#refuse(apiId, '8012', appkey);
    if (this.#tooSoon(apiId, appkey, now)) return this.#refuse(apiId, '1700', appkey);
    const errorCode = this.#keyErrorCode(appkey, secretkey) ?? this.options.refuseIssue;
    if (errorCode || !appkey) return this.#refuse(apiId, errorCode ?? '8020', appkey);

    const previous = this.newestTokenOf(appkey);
    if (previous && this.#isKept(previous, now)) return this.#returnToken(apiId, 'reused', previous);
    this.book.serial += 1;
    const token = fakeToken(appkey, now, this.book.serial);
    // `expires_dt` has a resolution of one second, and the token expires at exactly that second.
    const expiresAt = Math.floor(now / 1000 + this.options.tokenLifeSeconds) * 1000;
    const record = { token, appkey, issuedAt: now, expiresAt, requestedFrom: request.remoteAddress };
    this.addToken(record, now, true);
    return this.#returnToken(apiId, 'issued', record);
  }

  #isKept(record: TokenRecord, now: number): boolean {
    const { reissue, replacement, reuseExpiredSeconds } = this.options;
    if (replacement !== 'none' || reissue !== 'same-token') return false;
    if (now >= record.expiresAt + reuseExpiredSeconds * 1000) return false;
    const isOnlyExpired = record.invalidatedAt === undefined && now >= record.expiresAt;
    return isOnlyExpired || this.mayBeReturned(record, now);
  }

  #returnToken(apiId: string, outcome: string, record: TokenRecord): ServedCall {
    const { appkey, token } = record;
    return { appkey, outcome, token, response: kiwoomTokenReply(apiId, record, this.options) };
  }

  #revoke(apiId: string, request: SimulatedRequest, now: number): ServedCall {
    const body = parseStringFields(request.body, ['appkey', 'secretkey', 'token']);
    if (!body) return this.#refuse(apiId, '1517');
    const { appkey, secretkey, token = '' } = body;
    if (this.#tooSoon(apiId, appkey, now)) return this.#refuse(apiId, '1700', appkey);
    const keyErrorCode = this.#keyErrorCode(appkey, secretkey);
    if (keyErrorCode) return this.#refuse(apiId, keyErrorCode, appkey);
    if (!token) return this.#refuse(apiId, '8016', appkey);
    const record = this.find(token);
    if (record && record.appkey !== appkey) return this.#refuse(apiId, '8015', appkey);
    const { ignoreRevoke, deadRevoke } = this.options;
    if (!ignoreRevoke) this.invalidate(token, now, 'revoked');
    if (!record || !isAlive(record, now)) return this.#refuse(apiId, deadRevoke, appkey);
    return { appkey, outcome: ignoreRevoke ? 'ignored' : 'revoked', response: kiwoomRevokeReply(apiId) };
  }

  #data(apiId: string, request: SimulatedRequest, now: number): ServedCall {
    if (!requestHeader(request, 'authorization')) return this.#refuse(apiId, '1513');
    const record = this.find(bearerToken(request));
    const { refuseData, checkAddress } = this.options;
    if (refuseData) return this.#refuse(apiId, refuseData, record?.appkey);
    if (!record || !isAlive(record, now) || this.isTooNew(record, now))
      return this.#refuse(apiId, '8005', record?.appkey);
    const { appkey, requestedFrom } = record;
    if (checkAddress && requestedFrom !== request.remoteAddress) return this.#refuse(apiId, '8010', appkey);
    const body = parseStringFields(request.body, ['stk_cd']);
    if (!body?.stk_cd) return this.#refuse(apiId, body ? '1511' : '1517', appkey);
    return { appkey, outcome: 'ok', response: kiwoomStockReply(apiId, body.stk_cd) };
  }

  /** Returns whether Kiwoom throttles the call. A throttled call does not restart the interval. */
  #tooSoon(apiId: string, appkey: string | undefined, now: number): boolean {
    const intervalKey = `${apiId} ${appkey}`;
    const { lastCallTimes } = this.book;
    const last = lastCallTimes[intervalKey];
    if (last !== undefined && now - last < this.options.tokenCallInterval) return true;
    lastCallTimes[intervalKey] = now;
    return false;
  }

  #keyErrorCode(appkey: string | undefined, secretkey: string | undefined): string | undefined {
    if (!appkey || !secretkey) return '8020';
    const key = this.keys.find((each) => each.appkey === appkey);
    return key?.secret === secretkey ? undefined : '8001';
  }

  #refuse(apiId: string, code: string, appkey?: string): ServedCall {
    return { appkey, outcome: code, response: kiwoomRefusal(apiId, code, this.options) };
  }
}

/**
 * Returns whether Kiwoom serves the call but the simulator does not support it. Data calls have a path below
 * /api/ and an api-id such as ka10002 or kt00018.
 */
function isNotSimulated(path: string, requestedApiId: string, apiId: string | undefined): boolean {
  return path.startsWith('/api/') && requestedApiId !== apiId && /^k[a-z]\d{5}$/.test(requestedApiId);
}

function notSimulatedCall(path: string, requested: string): ServedCall {
  const response = kiwoomNotSimulated(requested, `POST ${path} with api-id ${requested}`);
  return { outcome: 'not-simulated', response };
}

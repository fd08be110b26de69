import { bearerToken, requestHeader, type SimulatedRequest } from '../http.ts';
import { parseStringFields } from '../json.ts';
import { BrokerSimulator, type ServedCall, type SimulatorProps } from './broker-simulator.ts';
import {
  fakeJwt,
  kisDataRefusal,
  kisNotSimulated,
  kisPriceReply,
  kisRefusal,
  kisRevokeReply,
  kisTokenReply,
} from './kis-replies.ts';
import { type CallKind, isAlive, type TokenRecord } from './ledger.ts';
import { KIS_DEFAULTS, type KisOptions } from './options.ts';

export type { KisOptions } from './options.ts';

const MINUTE = 60_000;
const PRICE_PATH = '/uapi/domestic-stock/v1/quotations/inquire-price';

export class KisSimulator extends BrokerSimulator<KisOptions> {
  constructor(props: SimulatorProps<KisOptions>) {
    super(props, KIS_DEFAULTS);
  }

  /**
   * The number of KakaoTalk messages to the owner of a live account. KIS sends a message for each answered
   * issue call, even if the call returns the same token.
   */
  get alimtalk(): number {
    return this.market === 'live' ? this.count('issue', 'issued') + this.count('issue', 'reused') : 0;
  }

  protected callKindOf({ method, path }: SimulatedRequest): CallKind {
    if (method === 'POST' && path === '/oauth2/tokenP') return 'issue';
    if (method === 'POST' && path === '/oauth2/revokeP') return 'revoke';
    return method === 'GET' && path.startsWith(`${PRICE_PATH}?`) ? 'data' : 'other';
  }

  protected serve(kind: CallKind, request: SimulatedRequest, now: number): ServedCall {
    if (kind === 'data') return this.#data(request, now);
    if (kind === 'other')
      return request.path.startsWith('/uapi/') ? notSimulatedCall(request) : refuseCall('EGW00101');
    // The KIS portal requires the charset, but its sample code omits the charset. The simulator accepts both.
    if (!/^application\/json(\s*;\s*charset=utf-8)?$/i.test(requestHeader(request, 'content-type'))) {
      return refuseCall('EGW00132');
    }
    return kind === 'issue' ? this.#issue(request, now) : this.#revoke(request, now);
  }

  #issue(request: SimulatedRequest, now: number): ServedCall {
    const body = parseStringFields(request.body, ['grant_type', 'appkey', 'appsecret']);
    if (!body) return refuseCall('EGW00101');
    const { grant_type, appkey, appsecret } = body;
    if (!grant_type) return refuseCall('EGW00115', appkey);
    if (grant_type !== 'client_credentials') return refuseCall('EGW00116', appkey);
    const code = this.#keyErrorCode(appkey, appsecret) ?? this.options.refuseIssue;
    if (code || !appkey) return refuseCall(code ?? 'EGW00102', appkey);
    if (this.#isTooEarly(appkey, now)) return refuseCall('EGW00133', appkey);

    const previous = this.newestTokenOf(appkey);
    if (previous && this.#isReused(previous, now)) return this.#reuse(previous, now);
    this.book.serial += 1;
    // A JWT contains its times in whole seconds.
    const issuedAt = Math.floor(now / 1000) * 1000;
    const { jti: owner, newTokenKillsOld, tokenLifeSeconds } = this.options;
    const expiresAt = issuedAt + tokenLifeSeconds * 1000;
    const jti = owner === 'own' ? appkey : 'PSFAKEanotherAppKey'.padEnd(36, '0');
    const token = fakeJwt(jti, issuedAt, expiresAt, this.book.serial);
    const record = { token, appkey, issuedAt, expiresAt, requestedFrom: request.remoteAddress };
    this.addToken(record, now, newTokenKillsOld);
    this.book.reuseWindowStarts[appkey] = issuedAt;
    return this.#returnToken('issued', record, tokenLifeSeconds, now);
  }

  #isTooEarly(appkey: string, now: number): boolean {
    const { lastCallTimes } = this.book;
    const lastCallAt = lastCallTimes[appkey];
    const isTooEarly =
      lastCallAt !== undefined && now - lastCallAt < this.options.minimumIntervalSeconds * 1000;
    if (!isTooEarly || this.options.refusalRestartsInterval) lastCallTimes[appkey] = now;
    return isTooEarly;
  }

  #isReused(previous: TokenRecord, now: number): boolean {
    const { replacement, reuseWindowSeconds } = this.options;
    const windowStart = this.book.reuseWindowStarts[previous.appkey] ?? previous.issuedAt;
    const isInReuseWindow = replacement === 'none' && now < windowStart + reuseWindowSeconds * 1000;
    return isInReuseWindow && this.mayBeReturned(previous, now);
  }

  #reuse(previous: TokenRecord, now: number): ServedCall {
    const { expiresInOnReuse, slidingWindow, tokenLifeSeconds } = this.options;
    if (slidingWindow) this.book.reuseWindowStarts[previous.appkey] = now;
    const left = Math.floor((previous.expiresAt - now) / 1000);
    return this.#returnToken('reused', previous, expiresInOnReuse === 'left' ? left : tokenLifeSeconds, now);
  }

  #returnToken(outcome: string, record: TokenRecord, expiresIn: number, now: number): ServedCall {
    const { appkey, token, expiresAt } = record;
    const statedExpiresAt = this.options.statedExpiry === 'past' ? now - 20 * MINUTE : expiresAt;
    return { appkey, outcome, token, response: kisTokenReply(token, statedExpiresAt, expiresIn) };
  }

  #revoke(request: SimulatedRequest, now: number): ServedCall {
    const body = parseStringFields(request.body, ['appkey', 'appsecret', 'token']);
    if (!body) return refuseCall('EGW00101');
    const { appkey, appsecret, token = '' } = body;
    const { ignoreRevoke } = this.options;
    const keyErrorCode = this.#keyErrorCode(appkey, appsecret);
    const code = keyErrorCode ?? this.#deadCode(token, appkey, now);
    if (!keyErrorCode && !ignoreRevoke && this.find(token)?.appkey === appkey)
      this.invalidate(token, now, 'revoked');
    if (code) return refuseCall(code, appkey);
    return { appkey, outcome: ignoreRevoke ? 'ignored' : 'revoked', response: kisRevokeReply() };
  }

  #data(request: SimulatedRequest, now: number): ServedCall {
    const appkey = requestHeader(request, 'appkey') || undefined;
    const token = bearerToken(request);
    const record = this.find(token);
    const stock = requestHeader(request, 'tr_id') === 'FHKST01010100' ? stockCodeIn(request.path) : undefined;
    const code =
      this.#keyErrorCode(appkey, requestHeader(request, 'appsecret')) ??
      this.options.refuseData ??
      this.#deadCode(token, appkey, now) ??
      (record && this.isTooNew(record, now) ? 'EGW00121' : undefined) ??
      (stock ? undefined : 'EGW00101');
    if (code) return { appkey, outcome: code, response: kisDataRefusal(code) };
    return { appkey, outcome: 'ok', response: kisPriceReply(stock ?? '') };
  }

  #keyErrorCode(appkey: string | undefined, appsecret: string | undefined): string | undefined {
    if (!appkey) return 'EGW00102';
    const key = this.keys.find((each) => each.appkey === appkey);
    if (!key) return 'EGW00103';
    if (!appsecret) return 'EGW00104';
    // KIS also rejects a correct secret with a trailing newline (measured).
    return key.secret === appsecret ? undefined : 'EGW00105';
  }

  #deadCode(token: string, appkey: string | undefined, now: number): string | undefined {
    const record = this.find(token);
    if (!record || record.appkey !== appkey) return 'EGW00121';
    if (isAlive(record, now)) return undefined;
    const isExpired = record.invalidatedAt === undefined && now >= record.expiresAt;
    return isExpired ? 'EGW00123' : this.options.deadCode;
  }
}

function refuseCall(code: string, appkey?: string): ServedCall {
  return { appkey, outcome: code, response: kisRefusal(code) };
}

function notSimulatedCall({ method, path }: SimulatedRequest): ServedCall {
  const call = `${method} ${path.split('?')[0]}`;
  return { outcome: 'not-simulated', response: kisNotSimulated(call, `GET ${PRICE_PATH}`) };
}

/** The market codes of a price query: KRX, NXT, both exchanges, and ELW (only in older guides). */
const MARKETS: readonly string[] = ['J', 'NX', 'UN', 'W'];

/** Returns the stock code of a complete price query. A code can contain letters (`0001A0`, ETN `Q500001`). */
function stockCodeIn(path: string): string | undefined {
  // KIS ignores the case of the names in a query string, but not of the names in a POST body.
  const parameters = [...new URLSearchParams(path.slice(path.indexOf('?')))];
  const query = new Map(parameters.map(([name, value]) => [name.toUpperCase(), value]));
  const stock = query.get('FID_INPUT_ISCD') ?? '';
  const market = query.get('FID_COND_MRKT_DIV_CODE') ?? '';
  return MARKETS.includes(market) && /^(Q\d{6}|[\dA-Z]{6})$/.test(stock) ? stock : undefined;
}

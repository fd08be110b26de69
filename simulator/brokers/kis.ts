import type { AppKey } from '../../lambdas/brokers/broker.ts';
import type { Market } from '../../lambdas/shared/credential.ts';
import type { SimulatorClock } from '../clock.ts';
import { bearerToken, requestHeader, type SimulatedRequest } from '../http.ts';
import { parseStringFields } from '../json.ts';
import { type BrokerRules, BrokerSimulator, type ServedCall } from './broker-simulator.ts';
import {
  fakeJwt,
  kisDataRefusal,
  kisNotSimulated,
  kisPriceReply,
  kisRefusal,
  kisRevokeReply,
  kisTokenReply,
} from './kis-replies.ts';
import { type CallKind, isAlive, isTooNew, mayBeReturned, type TokenRecord } from './ledger.ts';
import { KIS_DEFAULTS, type KisOptions } from './options.ts';

export type { KisOptions } from './options.ts';

export interface KisProps {
  readonly clock: SimulatorClock;
  /** The market of the simulated host, which rejects keys of the other market. */
  readonly market: Market;
  readonly keys: readonly AppKey[];
  readonly options?: Partial<KisOptions>;
}

const MINUTE = 60_000;
const PRICE_PATH = '/uapi/domestic-stock/v1/quotations/inquire-price';

export class KisSimulator extends BrokerSimulator<AppKey, KisOptions> {
  readonly market: Market;

  constructor(props: KisProps) {
    super({ ...props, options: { ...KIS_DEFAULTS, ...props.options } }, (self) => new KisRules(self));
    this.market = props.market;
  }

  /**
   * The number of KakaoTalk messages to the owner of a live account. KIS sends a message for each answered
   * issue call, even if the call returns the same token.
   */
  get alimtalk(): number {
    return this.market === 'live' ? this.count('issue', 'issued') + this.count('issue', 'reused') : 0;
  }
}

class KisRules implements BrokerRules {
  readonly #self: BrokerSimulator<AppKey, KisOptions>;

  constructor(self: BrokerSimulator<AppKey, KisOptions>) {
    this.#self = self;
  }

  callKindOf({ method, path }: SimulatedRequest): CallKind {
    if (method === 'POST' && path === '/oauth2/tokenP') return 'issue';
    if (method === 'POST' && path === '/oauth2/revokeP') return 'revoke';
    return method === 'GET' && path.startsWith(`${PRICE_PATH}?`) ? 'data' : 'other';
  }

  serve(kind: CallKind, request: SimulatedRequest, now: number): ServedCall {
    if (kind === 'data') return this.#data(request, now);
    if (kind === 'other')
      return isDataPath(request.path) ? notSimulatedCall(request) : refuseCall('EGW00101');
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
    const keyErrorCode = this.#wrongKey(appkey, appsecret);
    if (keyErrorCode || !appkey) return refuseCall(keyErrorCode ?? 'EGW00102', appkey);

    const { options, ledger } = this.#self;
    if (options.refuseIssue) return refuseCall(options.refuseIssue, appkey);
    if (this.#isTooEarly(appkey, now)) return refuseCall('EGW00133', appkey);
    const previous = ledger.newestTokenOf(appkey);
    if (previous && options.replacement === 'none' && this.#isReused(previous, now))
      return this.#reuse(previous, now);
    const { replacement, newTokenKillsOld } = options;
    if (replacement !== 'none') ledger.invalidateAll(appkey, now, 'killed');
    else if (newTokenKillsOld) ledger.invalidateAll(appkey, now, 'superseded');
    const record = this.#newToken(appkey, request.remoteAddress, now);
    if (replacement === 'dead') ledger.invalidate(record.token, now, 'killed');
    return this.#returnToken('issued', record, options.tokenLifeSeconds, now);
  }

  #isTooEarly(appkey: string, now: number): boolean {
    const { options, book } = this.#self;
    const last = book.lastCallTimes[appkey];
    const isTooEarly = last !== undefined && now - last < options.minimumIntervalSeconds * 1000;
    if (!isTooEarly || options.refusalRestartsInterval) book.lastCallTimes[appkey] = now;
    return isTooEarly;
  }

  #reuse(previous: TokenRecord, now: number): ServedCall {
    const { options, book } = this.#self;
    if (options.slidingWindow) book.reuseWindowStarts[previous.appkey] = now;
    const left = Math.floor((previous.expiresAt - now) / 1000);
    const expiresIn = options.expiresInOnReuse === 'left' ? left : options.tokenLifeSeconds;
    return this.#returnToken('reused', previous, expiresIn, now);
  }

  #isReused(previous: TokenRecord, now: number): boolean {
    const { options, book } = this.#self;
    const windowStart = book.reuseWindowStarts[previous.appkey] ?? previous.issuedAt;
    return (
      now < windowStart + options.reuseWindowSeconds * 1000 && mayBeReturned(previous, now, options.reuseDead)
    );
  }

  #returnToken(
    outcome: 'issued' | 'reused',
    record: TokenRecord,
    expiresIn: number,
    now: number,
  ): ServedCall {
    const { appkey, token, expiresAt } = record;
    const statedExpiresAt = this.#self.options.statedExpiry === 'past' ? now - 20 * MINUTE : expiresAt;
    return { appkey, outcome, token, response: kisTokenReply(token, statedExpiresAt, expiresIn) };
  }

  #newToken(appkey: string, requestedFrom: string, now: number): TokenRecord {
    this.#self.book.serial += 1;
    // A JWT contains its times in whole seconds.
    const issuedAt = Math.floor(now / 1000) * 1000;
    const expiresAt = issuedAt + this.#self.options.tokenLifeSeconds * 1000;
    const jti = this.#self.options.jti === 'own' ? appkey : 'PSFAKEanotherAppKey'.padEnd(36, '0');
    const token = fakeJwt(jti, issuedAt, expiresAt, this.#self.book.serial);
    const record = { token, appkey, issuedAt, expiresAt, requestedFrom };
    this.#self.ledger.add(record);
    this.#self.book.reuseWindowStarts[appkey] = issuedAt;
    return record;
  }

  #revoke(request: SimulatedRequest, now: number): ServedCall {
    const body = parseStringFields(request.body, ['appkey', 'appsecret', 'token']);
    if (!body) return refuseCall('EGW00101');
    const { appkey, appsecret, token = '' } = body;
    const keyErrorCode = this.#wrongKey(appkey, appsecret);
    if (keyErrorCode) return refuseCall(keyErrorCode, appkey);
    const dead = this.#deadCode(token, appkey, now);
    const { ignoreRevoke } = this.#self.options;
    if (!ignoreRevoke && this.#self.ledger.find(token)?.appkey === appkey)
      this.#self.ledger.invalidate(token, now, 'revoked');
    if (dead) return refuseCall(dead, appkey);
    return { appkey, outcome: ignoreRevoke ? 'ignored' : 'revoked', response: kisRevokeReply() };
  }

  #data(request: SimulatedRequest, now: number): ServedCall {
    const appkey = requestHeader(request, 'appkey') || undefined;
    const token = bearerToken(request);
    const stock = requestHeader(request, 'tr_id') === 'FHKST01010100' ? stockCodeIn(request.path) : undefined;
    const code =
      this.#wrongKey(appkey, requestHeader(request, 'appsecret')) ??
      this.#self.options.refuseData ??
      this.#deadCode(token, appkey, now) ??
      (isTooNew(this.#self.ledger.find(token), now, this.#self.options) ? 'EGW00121' : undefined) ??
      (stock ? undefined : 'EGW00101');
    if (code) return { appkey, outcome: code, response: kisDataRefusal(code) };
    return { appkey, outcome: 'ok', response: kisPriceReply(stock ?? '') };
  }

  #wrongKey(appkey: string | undefined, appsecret: string | undefined): string | undefined {
    if (!appkey) return 'EGW00102';
    const key = this.#self.keys.find((each) => each.appkey === appkey);
    if (!key) return 'EGW00103';
    if (!appsecret) return 'EGW00104';
    // KIS also rejects a correct secret with a trailing newline (measured).
    return key.secret === appsecret ? undefined : 'EGW00105';
  }

  #deadCode(token: string, appkey: string | undefined, now: number): string | undefined {
    const record = this.#self.ledger.find(token);
    if (!record || record.appkey !== appkey) return 'EGW00121';
    if (isAlive(record, now)) return undefined;
    const isExpired = record.diedAt === undefined && now >= record.expiresAt;
    return isExpired ? 'EGW00123' : this.#self.options.deadCode;
  }
}

function refuseCall(code: string, appkey?: string): ServedCall {
  return { appkey, outcome: code, response: kisRefusal(code) };
}

function notSimulatedCall({ method, path }: SimulatedRequest): ServedCall {
  const call = `${method} ${path.split('?')[0]}`;
  return { outcome: 'not-simulated', response: kisNotSimulated(call, `GET ${PRICE_PATH}`) };
}

function isDataPath(path: string): boolean {
  return path.startsWith('/uapi/');
}

/** The market codes of a price query: KRX, NXT, both exchanges, and ELW (only in older guides). */
const MARKETS: readonly string[] = ['J', 'NX', 'UN', 'W'];

/** Returns the stock code of a complete price query. A code can contain letters (`0001A0`, ETN `Q500001`). */
function stockCodeIn(path: string): string | undefined {
  // KIS ignores the case of the names in a query string, but not of the names in a POST body.
  const query = new Map(
    [...new URLSearchParams(path.slice(path.indexOf('?')))].map(([name, value]) => [
      name.toUpperCase(),
      value,
    ]),
  );
  const stock = query.get('FID_INPUT_ISCD') ?? '';
  const isCompleteQuery =
    MARKETS.includes(query.get('FID_COND_MRKT_DIV_CODE') ?? '') && /^(Q\d{6}|[\dA-Z]{6})$/.test(stock);
  return isCompleteQuery ? stock : undefined;
}

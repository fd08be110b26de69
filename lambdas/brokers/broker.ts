import type { CredentialConfig, Market } from '../shared/credential.ts';

/** The rules of a broker for issue calls. Durations are milliseconds. */
export interface BrokerContract {
  /** An issue call within this time after an issue returns the same token; absent: unknown. */
  readonly reuseWindow?: number | undefined;
  /** The minimum time between two issue calls, including rejected ones. */
  readonly minimumInterval: number;
  /** The largest share of the lifetime of a token that the renewal margin may take. */
  readonly marginShare: number;
}

/** The app key and the app secret of a credential. */
export interface AppKey {
  readonly appkey: string;
  /** KIS: `appsecret`, Kiwoom: `secretkey`. */
  readonly secret: string;
}

/** A request without its host. */
export interface BrokerRequest {
  readonly method: 'GET' | 'POST';
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/** A complete reply; the body is at most 64 KB, decoded as UTF-8. */
export interface BrokerReply {
  readonly status: number;
  readonly body: string;
}

/** A token as the broker returned it. Instants are epoch milliseconds. */
export interface IssuedToken {
  readonly token: string;
  /** The scheme of the `Authorization` header: `Bearer`. */
  readonly tokenType: string;
  /** The claim `iat`, if the token is a JWT that contains one. */
  readonly issuedAt?: number | undefined;
  /** The earliest expiry in the reply. It may be in the past. */
  readonly expiresAt: number;
}

/** The result of a verify call. */
export interface VerifyResult {
  /**
   * - `alive`: the broker returned the data.
   * - `dead`: the broker rejected the token.
   * - `throttled`: the broker limited the rate. Repeat the call.
   * - `unclear`: the reply does not show whether the token is valid.
   * - `unreachable`: the broker did not answer, or reported an internal failure.
   */
  readonly verdict: 'alive' | 'dead' | 'throttled' | 'unclear' | 'unreachable';
  readonly brokerCode?: string | undefined;
  readonly message?: string | undefined;
}

/**
 * One broker: constants, and for each call a function that builds the request and one that reads the reply.
 * `secrets`: texts that must not appear in a message.
 */
export interface Broker {
  /** The base URL of each market. */
  readonly hosts: Readonly<Record<Market, string>>;
  /** The field names of the secret in Secrets Manager, as the broker spells them. */
  readonly secretFields: { readonly appkey: 'appkey'; readonly secret: 'appsecret' | 'secretkey' };
  contract(config: Pick<CredentialConfig, 'minimumIntervalSeconds'>): BrokerContract;
  issueRequest(key: AppKey): BrokerRequest;
  /** @throws BrokerError */
  readIssueReply(reply: BrokerReply, key: AppKey): IssuedToken;
  revokeRequest(key: AppKey, token: string): BrokerRequest;
  /** Returns if the broker revoked the token or reports that it was not live. @throws BrokerError */
  readRevokeReply(reply: BrokerReply, secrets: readonly string[]): void;
  /** A call to a data endpoint that needs a live token and changes nothing. */
  verifyRequest(key: AppKey, token: string): BrokerRequest;
  /** Never throws. */
  readVerifyReply(reply: BrokerReply, secrets: readonly string[]): VerifyResult;
}

import type { CredentialConfig, Market } from '../shared/credential.ts';

/** The rules of a broker for issue calls and renewals. All durations are in milliseconds. */
export interface BrokerContract {
  /** The time after an issue call in which further calls return the same token; absent if unknown. */
  readonly reuseWindow?: number | undefined;
  /** The minimum time between two issue calls, also after a rejected call. */
  readonly minimumInterval: number;
  /** The largest share of a token lifetime that the renewal margin may cover, for example 1/2. */
  readonly marginShare: number;
}

export interface AppKey {
  readonly appkey: string;
  /** The app secret, which KIS calls `appsecret` and Kiwoom calls `secretkey`. */
  readonly secret: string;
}

/** A request to a broker, without the host name. */
export interface BrokerRequest {
  readonly method: 'GET' | 'POST';
  /** The path and the query string of the URL. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/** A complete reply of a broker. The body is decoded as UTF-8 and has at most 64 KB. */
export interface BrokerReply {
  readonly status: number;
  readonly body: string;
}

/** All times are epoch milliseconds. */
export interface IssuedToken {
  readonly token: string;
  /** The scheme of the `Authorization` header: `Bearer`. */
  readonly tokenType: string;
  /** The time in the claim `iat`, if the token is a JWT with this claim. */
  readonly issuedAt?: number | undefined;
  /** The earliest expiry time in the reply, which may be in the past. */
  readonly expiresAt: number;
}

export interface VerifyResult {
  /**
   * `alive`: The broker accepted the token. `dead`: The broker rejected the token. `throttled`: The call must
   * be repeated. `unclear`: The reply does not show whether the token is valid. `unreachable`: The broker did
   * not answer, or reported an internal failure.
   */
  readonly verdict: 'alive' | 'dead' | 'throttled' | 'unclear' | 'unreachable';
  readonly brokerCode?: string | undefined;
  readonly message?: string | undefined;
}

/** The parameter `secrets` contains texts that must not appear in an error message. */
export interface Broker {
  /** The base URL of each market. */
  readonly baseUrls: Readonly<Record<Market, string>>;
  /** The names of the two fields in the JSON secret in Secrets Manager. */
  readonly secretFields: { readonly appkey: 'appkey'; readonly secret: 'appsecret' | 'secretkey' };
  contract(config: Pick<CredentialConfig, 'minimumIntervalSeconds'>): BrokerContract;
  issueRequest(key: AppKey): BrokerRequest;
  /** @throws BrokerError */
  readIssueReply(reply: BrokerReply, key: AppKey): IssuedToken;
  revokeRequest(key: AppKey, token: string): BrokerRequest;
  /** @throws BrokerError unless the broker revoked the token or reports that the token was not live */
  readRevokeReply(reply: BrokerReply, secrets: readonly string[]): void;
  /** Builds a read-only request to a data endpoint, which requires a live token. */
  verifyRequest(key: AppKey, token: string): BrokerRequest;
  /** Never throws. */
  readVerifyReply(reply: BrokerReply, secrets: readonly string[]): VerifyResult;
}

import type { CredentialConfig, Market } from '../shared/credential.ts';

/** What a broker guarantees, as data; milliseconds. */
export interface BrokerContract {
  /** An issue call within this time after an issue returns the same token; absent: unknown. */
  readonly reuseWindow?: number | undefined;
  /** Least time between two issue calls; refused calls count. */
  readonly minimumInterval: number;
  /** Largest share of a token's life that the renewal margin may take. */
  readonly marginShare: number;
}

/** The two parts of a credential's key. */
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
  /** JWT `iat`, if the token is a JWT that has one. */
  readonly issuedAt?: number | undefined;
  /** The earliest expiry in the reply. It may lie in the past. */
  readonly expiresAt: number;
}

/** The result of a verify call. */
export interface VerifyResult {
  /**
   * - `alive` the broker served the data call;
   * - `dead` the broker refused the token;
   * - `throttled` the broker limited the rate: repeat the call;
   * - `unclear` the broker answered, but not about the token;
   * - `unreachable` the broker did not answer, or reported a failure of its own.
   */
  readonly verdict: 'alive' | 'dead' | 'throttled' | 'unclear' | 'unreachable';
  readonly brokerCode?: string | undefined;
  readonly message?: string | undefined;
}

/**
 * One broker: data, and for each call a function that builds the request and one that reads the reply.
 * `secrets` are texts that no message may contain.
 */
export interface Broker {
  /** REST base URL by market. */
  readonly hosts: Readonly<Record<Market, string>>;
  /** Field names of the secret in Secrets Manager, in the broker's own spelling. */
  readonly secretFields: { readonly appkey: 'appkey'; readonly secret: 'appsecret' | 'secretkey' };
  contract(config: Pick<CredentialConfig, 'minimumIntervalSeconds'>): BrokerContract;
  issueRequest(key: AppKey): BrokerRequest;
  /** @throws BrokerError */
  readIssueReply(reply: BrokerReply, key: AppKey): IssuedToken;
  revokeRequest(key: AppKey, token: string): BrokerRequest;
  /** Returns if the broker revoked the token, or says that it was not alive. @throws BrokerError */
  readRevokeReply(reply: BrokerReply, secrets: readonly string[]): void;
  /** A data call that changes nothing and needs a live token. */
  verifyRequest(key: AppKey, token: string): BrokerRequest;
  /** Never throws. */
  readVerifyReply(reply: BrokerReply, secrets: readonly string[]): VerifyResult;
}

import type { CredentialConfig, Market } from '../shared/credential.ts';

/** What a broker promises, as data; milliseconds. */
export interface Contract {
  /** An issue call within this time of the last issue returns the same token; absent: unknown. */
  readonly reuseWindow?: number | undefined;
  /** Least time between two issue calls, refused ones included. */
  readonly minimumInterval: number;
}

/** The app key as the broker's own documents name its two halves. */
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

/** A reply as it came; the body is at most 64 KB, decoded as UTF-8. */
export interface BrokerReply {
  readonly status: number;
  readonly body: string;
}

/** A token as the broker gave it. Instants are epoch milliseconds. */
export interface IssuedToken {
  readonly token: string;
  /** As it belongs in front of the token: `Bearer`. */
  readonly tokenType: string;
  /** JWT `iat`, if the token is a JWT that has one. */
  readonly issuedAt?: number | undefined;
  /** The earliest of what the reply says. May lie in the past: the caller judges. */
  readonly expiresAt: number;
}

/** What the broker's harmless call says of a token. */
export interface Verdict {
  readonly is: 'alive' | 'dead' | 'unknown';
  readonly brokerCode?: string | undefined;
  readonly message?: string | undefined;
}

/**
 * One broker: data, and for each call a function that builds the request and one that reads the reply.
 * `secrets` are texts that must not come back in any message.
 */
export interface Broker {
  /** REST base by market; source in the broker's file. */
  readonly hosts: Readonly<Record<Market, string>>;
  /** Fields of the secret in Secrets Manager, in the broker's own spelling. */
  readonly secretFields: { readonly appkey: 'appkey'; readonly secret: 'appsecret' | 'secretkey' };
  contract(config: CredentialConfig): Contract;
  issueRequest(key: AppKey): BrokerRequest;
  /** @throws BrokerError */
  readIssueReply(reply: BrokerReply, key: AppKey): IssuedToken;
  revokeRequest(key: AppKey, token: string): BrokerRequest;
  /** Returns if the token is revoked, or was not alive any more. @throws BrokerError */
  readRevokeReply(reply: BrokerReply, secrets: readonly string[]): void;
  /** The harmless call that proves whether a token works. */
  verifyRequest(key: AppKey, token: string): BrokerRequest;
  readVerifyReply(reply: BrokerReply, secrets: readonly string[]): Verdict;
}

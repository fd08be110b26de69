import type { CredentialConfig } from '../shared/credential.ts';
import type {
  AppKey,
  Broker,
  BrokerContract,
  BrokerReply,
  BrokerRequest,
  IssuedToken,
  VerifyResult,
} from './broker.ts';
import { BrokerError } from './broker-error.ts';
import { BROKERS_BY_ID, type ResolveEndpoint } from './endpoints.ts';
import { sendRequest, TRANSPORT_LIMITS, type TransportLimits } from './transport.ts';

/** The settings that a connection to a broker depends on. */
export type ConnectionSettings = Pick<CredentialConfig, 'broker' | 'market' | 'minimumIntervalSeconds'>;

/** A client for the broker of one credential. `issue`, `revoke` and `verify` send one request each. */
export interface BrokerClient {
  readonly contract: BrokerContract;
  readonly secretFields: Broker['secretFields'];
  /** @throws BrokerError */
  issue(key: AppKey): Promise<IssuedToken>;
  /** @throws BrokerError */
  revoke(key: AppKey, token: string): Promise<void>;
  /**
   * Checks whether the broker accepts the token. If the request fails, returns the verdict `unreachable`
   * instead of an error.
   */
  verify(key: AppKey, token: string): Promise<VerifyResult>;
}

/** Sends one request to the broker. @throws BrokerError `unavailable` if no complete reply arrives */
export type Transport = (request: BrokerRequest) => Promise<BrokerReply>;

export function connectToBroker(
  config: ConnectionSettings,
  resolveEndpoint: ResolveEndpoint,
  limits: TransportLimits = TRANSPORT_LIMITS,
): BrokerClient {
  const endpoint = resolveEndpoint(config.broker, config.market);
  return createBrokerClient(config, (request) => sendRequest(endpoint, request, limits));
}

/** Creates a client that sends its requests with the function `send`. */
export function createBrokerClient(config: ConnectionSettings, send: Transport): BrokerClient {
  const broker = BROKERS_BY_ID[config.broker];
  return {
    contract: broker.contract(config),
    secretFields: broker.secretFields,
    issue: async (key) => broker.readIssueReply(await send(broker.issueRequest(key)), key),
    revoke: async (key, token) => {
      broker.readRevokeReply(await send(broker.revokeRequest(key, token)), secretsOf(key, token));
    },
    verify: async (key, token) => {
      try {
        return broker.readVerifyReply(await send(broker.verifyRequest(key, token)), secretsOf(key, token));
      } catch (error) {
        if (!(error instanceof BrokerError)) throw error;
        return { verdict: 'unreachable', brokerCode: error.brokerCode, message: error.message };
      }
    },
  };
}

function secretsOf({ appkey, secret }: AppKey, token: string): readonly string[] {
  return [appkey, secret, token];
}

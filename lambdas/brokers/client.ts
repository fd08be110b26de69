import type { CredentialConfig } from '../shared/credential.ts';
import type { AppKey, BrokerReply, BrokerRequest, VerifyResult } from './broker.ts';
import { BrokerError, resultOrBrokerError } from './broker-error.ts';
import { BROKERS_BY_ID, type ResolveEndpoint } from './endpoints.ts';
import { sendRequest, type TransportLimits } from './transport.ts';

/** The settings that a connection to a broker depends on. */
export type ConnectionSettings = Pick<CredentialConfig, 'broker' | 'market' | 'minimumIntervalSeconds'>;

export type BrokerClient = ReturnType<typeof createBrokerClient>;

/** Sends one request to the broker. @throws BrokerError `unavailable` if no complete reply arrives */
export type Transport = (request: BrokerRequest) => Promise<BrokerReply>;

export function connectToBroker(
  config: ConnectionSettings,
  resolveEndpoint: ResolveEndpoint,
  limits?: TransportLimits,
): BrokerClient {
  const endpoint = resolveEndpoint(config.broker, config.market);
  return createBrokerClient(config, (request) => sendRequest(endpoint, request, limits));
}

/** The client of one credential. `issue`, `revoke` and `verify` send one request each. */
export function createBrokerClient(config: ConnectionSettings, send: Transport) {
  const broker = BROKERS_BY_ID[config.broker];
  return {
    contract: broker.contract(config),
    secretFields: broker.secretFields,
    /** @throws BrokerError */
    issue: async (key: AppKey) => broker.readIssueReply(await send(broker.issueRequest(key)), key),
    /** @throws BrokerError */
    revoke: async (key: AppKey, token: string) => {
      broker.readRevokeReply(await send(broker.revokeRequest(key, token)), secretsOf(key, token));
    },
    /** Returns the verdict `unreachable` if the request fails. */
    verify: async (key: AppKey, token: string): Promise<VerifyResult> => {
      const reply = await resultOrBrokerError(send(broker.verifyRequest(key, token)));
      return reply instanceof BrokerError
        ? { verdict: 'unreachable', brokerCode: reply.brokerCode, message: reply.message }
        : broker.readVerifyReply(reply, secretsOf(key, token));
    },
  };
}

function secretsOf({ appkey, secret }: AppKey, token: string): readonly string[] {
  return [appkey, secret, token];
}

import type { CredentialConfig } from '../shared/credential.ts';
import type { AppKey, Broker, BrokerReply, BrokerRequest, Contract, IssuedToken, Verdict } from './broker.ts';
import { CALL_LIMITS, type CallLimits, call } from './call.ts';
import { BROKER, type Endpoints } from './endpoints.ts';
import { BrokerError } from './errors.ts';

/** One broker as the refresher uses it, for one credential. */
export interface BrokerClient {
  readonly contract: Contract;
  readonly secretFields: Broker['secretFields'];
  /** @throws BrokerError */
  issue(key: AppKey): Promise<IssuedToken>;
  /** @throws BrokerError */
  revoke(key: AppKey, token: string): Promise<void>;
  /** Whether the broker takes this token. A broker that cannot be asked gives `unknown`. */
  verify(key: AppKey, token: string): Promise<Verdict>;
}

/** A broker's answer to one request. @throws BrokerError `unavailable` without a complete one */
export type Ask = (request: BrokerRequest) => Promise<BrokerReply>;

export function connect(
  config: CredentialConfig,
  endpoints: Endpoints,
  limits: CallLimits = CALL_LIMITS,
): BrokerClient {
  const endpoint = endpoints(config.broker, config.market);
  return clientOf(config, (request) => call(endpoint, request, limits));
}

/** The same over whatever carries a request to the broker. */
export function clientOf(config: CredentialConfig, ask: Ask): BrokerClient {
  const broker = BROKER[config.broker];
  return {
    contract: broker.contract(config),
    secretFields: broker.secretFields,
    issue: async (key) => broker.readIssueReply(await ask(broker.issueRequest(key)), key),
    revoke: async (key, token) => {
      broker.readRevokeReply(await ask(broker.revokeRequest(key, token)), secretsOf(key, token));
    },
    verify: async (key, token) => {
      try {
        return broker.readVerifyReply(await ask(broker.verifyRequest(key, token)), secretsOf(key, token));
      } catch (error) {
        if (!(error instanceof BrokerError)) throw error;
        return { is: 'unknown', brokerCode: error.brokerCode, message: error.message };
      }
    },
  };
}

function secretsOf({ appkey, secret }: AppKey, token: string): readonly string[] {
  return [appkey, secret, token];
}

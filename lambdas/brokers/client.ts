import type { CredentialConfig } from '../shared/credential.ts';
import type { AppKey, Broker, Contract, IssuedToken, Verdict } from './broker.ts';
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

export function connect(
  config: CredentialConfig,
  endpoints: Endpoints,
  limits: CallLimits = CALL_LIMITS,
): BrokerClient {
  const broker = BROKER[config.broker];
  const endpoint = endpoints(config.broker, config.market);
  return {
    contract: broker.contract(config),
    secretFields: broker.secretFields,
    issue: async (key) => broker.readIssueReply(await call(endpoint, broker.issueRequest(key), limits), key),
    revoke: async (key, token) => {
      const reply = await call(endpoint, broker.revokeRequest(key, token), limits);
      broker.readRevokeReply(reply, secretsOf(key, token));
    },
    verify: async (key, token) => {
      try {
        const reply = await call(endpoint, broker.verifyRequest(key, token), limits);
        return broker.readVerifyReply(reply, secretsOf(key, token));
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

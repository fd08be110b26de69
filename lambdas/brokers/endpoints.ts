import { BrokerTokensError } from '../shared/broker-tokens-error.ts';
import { BROKERS, type BrokerId, MARKETS, type Market } from '../shared/credential.ts';
import { BROKER_URL_ENVIRONMENT } from '../shared/names.ts';
import type { Broker } from './broker.ts';
import { kis } from './kis.ts';
import { kiwoom } from './kiwoom.ts';

export const BROKERS_BY_ID: Readonly<Record<BrokerId, Broker>> = { kis, kiwoom };

export type ResolveEndpoint = (broker: BrokerId, market: Market) => string;

/** The error for an override that is not a loopback address: the app key would be sent to this host. */
export class ForeignEndpointError extends BrokerTokensError {
  readonly code = 'ForeignEndpoint';
}

/**
 * For tests and local runs, an environment variable can replace the base URL of a broker with a loopback URL.
 * @throws ForeignEndpointError for an override that is not loopback
 */
export function createEndpointResolver(
  environment: Readonly<Record<string, string | undefined>>,
): ResolveEndpoint {
  const resolve: ResolveEndpoint = (broker, market) => {
    const name = BROKER_URL_ENVIRONMENT[broker][market];
    const override = environment[name];
    return override ? requireLoopback(name, override) : BROKERS_BY_ID[broker].baseUrls[market];
  };
  // An invalid override must fail at the start, even if no credential uses it.
  for (const broker of BROKERS) for (const market of MARKETS) resolve(broker, market);
  return resolve;
}

function requireLoopback(name: string, value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const isLoopback =
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname) &&
    url.username === '' &&
    url.password === '';
  if (!isLoopback)
    throw new ForeignEndpointError(
      `${name} must be an http(s) URL on loopback (127.0.0.1, localhost or [::1]); it is for tests only. Remove it to use the broker's own host`,
    );
  return url.origin;
}

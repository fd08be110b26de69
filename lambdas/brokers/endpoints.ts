import { BrokerTokensError } from '../shared/broker-tokens-error.ts';
import type { BrokerId, Market } from '../shared/credential.ts';
import { BROKERS, MARKETS } from '../shared/credential.ts';
import { BROKER_URL_ENVIRONMENT } from '../shared/names.ts';
import type { Broker } from './broker.ts';
import { kis } from './kis.ts';
import { kiwoom } from './kiwoom.ts';

export const BROKERS_BY_ID: Readonly<Record<BrokerId, Broker>> = { kis, kiwoom };

/** Returns the base URL for a broker and a market. */
export type ResolveEndpoint = (broker: BrokerId, market: Market) => string;

/**
 * An environment variable overrides a broker URL with a host that is not a loopback address. The refresher
 * would send the app key to this host.
 */
export class ForeignEndpointError extends BrokerTokensError {
  readonly code = 'ForeignEndpoint';
}

/**
 * Creates a function that returns the base URL of a broker. For tests and local runs, an environment variable
 * can replace the base URL of a broker with a loopback URL.
 * @throws ForeignEndpointError for an override that is not loopback
 */
export function createEndpointResolver(
  environment: Readonly<Record<string, string | undefined>>,
): ResolveEndpoint {
  const overrides = new Map<string, string>();
  for (const broker of BROKERS) {
    for (const market of MARKETS) {
      const name = BROKER_URL_ENVIRONMENT[broker][market];
      const value = environment[name];
      if (value === undefined || value === '') continue;
      overrides.set(`${broker} ${market}`, requireLoopback(name, value));
    }
  }
  return (broker, market) => overrides.get(`${broker} ${market}`) ?? BROKERS_BY_ID[broker].baseUrls[market];
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

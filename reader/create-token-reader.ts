import type { SNSClient } from '@aws-sdk/client-sns';
import type { SSMClient } from '@aws-sdk/client-ssm';
import {
  CREDENTIAL_ID,
  DEFAULT_PARAMETER_PREFIX,
  READER_ENVIRONMENT,
  reportTopicVariable,
} from '../lambdas/shared/names.ts';
import type { BrokerName } from './rejection.ts';
import { type Reporter, topicReporter } from './report.ts';
import type { ParameterSource } from './source.ts';
import { ssmSource } from './ssm.ts';
import { TokenReader } from './token-reader.ts';
import { TokenReaderError } from './token-reader-error.ts';

export interface TokenReaderOptions {
  /** The credential's id. @default BROKER_TOKENS_CREDENTIAL of the environment (set by `bindReader`) */
  readonly credential?: string;
  /** @default BROKER_TOKENS_PREFIX of the environment, else `/broker-tokens` */
  readonly prefix?: string;
  /** An SDK client of your own. @default one made from the environment, on first use */
  readonly client?: SSMClient;
  /** Where parameters come from instead of the SDK, e.g. `extensionSource()`. */
  readonly source?: ParameterSource;
  /** Narrows which answers can say that a token is dead. @default both brokers' */
  readonly broker?: BrokerName;
  /**
   * Where rejected tokens are reported: the ARN of the credential's report topic, or anything that does it; `false`: nowhere.
   * @default BROKER_TOKENS_REPORT_TOPIC_<ID> of the environment, else nowhere
   */
  readonly report?: string | Reporter | false;
  readonly reportClient?: SNSClient;
  /** Told when a report could not be sent; by itself that is silent. */
  readonly onReportError?: (error: unknown) => void;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: () => number;
  /** @default the global one */
  readonly fetch?: typeof globalThis.fetch;
  /** Between two reads while a renewal is due, milliseconds. @default 30_000 */
  readonly pollInterval?: number;
  /** How old a token may be without a grant on the state, milliseconds. @default 60_000 */
  readonly maximumAge?: number;
  /** For one read of the parameters, milliseconds. @default 5_000 */
  readonly timeout?: number;
}

const HOUR = 3_600_000;

/**
 * A reader for one credential; make one and keep it. Nothing is read before the first `get`.
 * @throws TokenReaderError `BadOption`
 */
export function createTokenReader(options: TokenReaderOptions = {}): TokenReader {
  const environment = process.env;
  const credential = options.credential ?? environment[READER_ENVIRONMENT.credential];
  if (credential === undefined || !CREDENTIAL_ID.test(credential))
    throw new TokenReaderError(
      'BadOption',
      `credential must be an id such as "kis-main" (a-z, 0-9, -; at most 40), got ${JSON.stringify(credential)}. Give it, or set BROKER_TOKENS_CREDENTIAL`,
    );
  const prefix = options.prefix ?? environment[READER_ENVIRONMENT.prefix] ?? DEFAULT_PARAMETER_PREFIX;
  if (!/^(\/[\w.-]+)+$/.test(prefix))
    throw new TokenReaderError(
      'BadOption',
      `prefix must be a path such as "/broker-tokens", got ${JSON.stringify(prefix)}`,
    );
  const topic = options.report ?? environment[reportTopicVariable(credential)] ?? false;
  return new TokenReader({
    credential,
    prefix,
    source: options.source ?? ssmSource(options.client),
    reporter:
      topic === false
        ? undefined
        : typeof topic === 'string'
          ? topicReporter(topic, options.reportClient)
          : topic,
    broker: options.broker,
    now: options.now ?? Date.now,
    wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    fetch: options.fetch ?? globalThis.fetch,
    cacheLimits: {
      pollInterval: positive('pollInterval', options.pollInterval ?? 30_000),
      maximumAge: positive('maximumAge', options.maximumAge ?? 60_000),
      maximumStale: HOUR,
    },
    timeout: positive('timeout', options.timeout ?? 5_000),
    onReportError: options.onReportError,
  });
}

function positive(name: string, value: number): number {
  if (Number.isFinite(value) && value > 0) return value;
  throw new TokenReaderError('BadOption', `${name} must be a number of milliseconds above 0, got ${value}`);
}

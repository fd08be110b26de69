import {
  CREDENTIAL_ID_PATTERN,
  DEFAULT_PARAMETER_PREFIX,
  READER_ENVIRONMENT,
  reportTopicVariable,
} from '../lambdas/shared/names.ts';
import { BadOptionError } from './errors.ts';
import type { BrokerName } from './rejection.ts';
import { type Reporter, type SnsClientLike, topicReporter } from './report.ts';
import type { ParameterSource } from './source.ts';
import { type SsmClientLike, ssmSource } from './ssm.ts';
import { TokenReader } from './token-reader.ts';

export interface TokenReaderOptions {
  /**
   * The credential's id.
   * @default the environment variable BROKER_TOKENS_CREDENTIAL, which `bindReader` sets
   */
  readonly credential?: string;
  /** The prefix of the parameter names. @default the variable BROKER_TOKENS_PREFIX, or `/broker-tokens` */
  readonly prefix?: string;
  /** The client of Parameter Store. @default an SDK client that is created on first use */
  readonly client?: SsmClientLike;
  /** A source that reads parameters without the SDK, such as `extensionSource()`. */
  readonly source?: ParameterSource;
  /** The broker whose replies `TokenReader.fetch` checks for a rejected token. @default both brokers */
  readonly broker?: BrokerName;
  /**
   * The destination for reports of rejected tokens: the ARN of the report topic, or a `Reporter`. The value
   * `false` turns the reports off.
   * @default the environment variable BROKER_TOKENS_REPORT_TOPIC_<ID>, or no reports
   */
  readonly report?: string | Reporter | false;
  readonly reportClient?: SnsClientLike;
  /** Receives the error if `TokenReader.fetch` or `replaced` cannot send a report. Neither throws it. */
  readonly onReportError?: (error: unknown) => void;
  /** Returns the current time in epoch milliseconds. @default Date.now */
  readonly now?: () => number;
  /** The function with which `TokenReader.fetch` sends requests. @default the global `fetch` */
  readonly fetch?: typeof globalThis.fetch;
  /**
   * The time from the planned renewal (`renewAt`) to the first read of the new token, in milliseconds. The
   * intervals between later reads are longer.
   * @default 30_000
   */
  readonly pollInterval?: number;
  /**
   * The longest time for which a token without a readable state is cached, in milliseconds.
   * @default 60_000
   */
  readonly maximumAge?: number;
  /** The timeout of one read of the parameters, in milliseconds. @default 5_000 */
  readonly timeout?: number;
}

/**
 * Creates a reader for one credential. Create one reader per process. The reader reads no parameter before
 * the first call of a method.
 * @throws BadOptionError
 */
export function createTokenReader(options: TokenReaderOptions = {}): TokenReader {
  const credential = credentialId(options.credential ?? process.env[READER_ENVIRONMENT.credential]);
  return new TokenReader({
    credential,
    prefix: parameterPrefix(options.prefix ?? process.env[READER_ENVIRONMENT.prefix]),
    source: options.source ?? ssmSource(options.client),
    reporter: createReporter(credential, options),
    broker: options.broker,
    now: options.now ?? Date.now,
    wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    fetch: options.fetch ?? globalThis.fetch,
    limits: {
      pollInterval: requirePositive('pollInterval', options.pollInterval ?? 30_000),
      maximumAge: requirePositive('maximumAge', options.maximumAge ?? 60_000),
    },
    timeout: requirePositive('timeout', options.timeout ?? 5_000),
    onReportError: options.onReportError,
  });
}

function credentialId(id: string | undefined): string {
  if (id !== undefined && CREDENTIAL_ID_PATTERN.test(id)) return id;
  throw new BadOptionError(
    `credential must be an id such as "kis-main" (a-z, 0-9, -; at most 40), got ${JSON.stringify(id)}. Set the option, or BROKER_TOKENS_CREDENTIAL`,
  );
}

function parameterPrefix(prefix = DEFAULT_PARAMETER_PREFIX): string {
  if (/^(\/[\w.-]+)+$/.test(prefix)) return prefix;
  throw new BadOptionError(`prefix must be a path such as "/broker-tokens", got ${JSON.stringify(prefix)}`);
}

function createReporter(
  credential: string,
  { report, reportClient }: TokenReaderOptions,
): Reporter | undefined {
  const target = report ?? process.env[reportTopicVariable(credential)] ?? false;
  if (target === false) return undefined;
  return typeof target === 'string' ? topicReporter(target, reportClient) : target;
}

function requirePositive(name: string, value: number): number {
  if (Number.isFinite(value) && value > 0) return value;
  throw new BadOptionError(`${name} must be a number of milliseconds above 0, got ${value}`);
}

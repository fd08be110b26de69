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
  /** The credential's id. @default BROKER_TOKENS_CREDENTIAL of the environment (set by `bindReader`) */
  readonly credential?: string;
  /** @default BROKER_TOKENS_PREFIX of the environment, else `/broker-tokens` */
  readonly prefix?: string;
  /** @default an SDK client that is created from the environment on first use */
  readonly client?: SsmClientLike;
  /** A source of parameters other than the SDK, e.g. `extensionSource()`. */
  readonly source?: ParameterSource;
  /** Limits the replies that count as a rejected token to those of one broker. @default both brokers */
  readonly broker?: BrokerName;
  /**
   * The receiver of reports of rejected tokens: the ARN of the report topic, or a `Reporter`; `false` for no
   * reports.
   * @default BROKER_TOKENS_REPORT_TOPIC_<ID> of the environment, else none
   */
  readonly report?: string | Reporter | false;
  readonly reportClient?: SnsClientLike;
  /** Called if `fetch` or `replaced` failed to send a report. The two methods do not throw that error. */
  readonly onReportError?: (error: unknown) => void;
  /** Returns epoch milliseconds. @default Date.now */
  readonly now?: () => number;
  /** @default the global one */
  readonly fetch?: typeof globalThis.fetch;
  /**
   * The time from `renewAt` to the first read, in milliseconds. The intervals between later reads are longer.
   * @default 30_000
   */
  readonly pollInterval?: number;
  /** How long a token without a readable state is cached, in milliseconds. @default 60_000 */
  readonly maximumAge?: number;
  /** The timeout of one read of the parameters, in milliseconds. @default 5_000 */
  readonly timeout?: number;
}

const HOUR = 3_600_000;

/**
 * Creates a reader for one credential. Create one per process. It reads nothing before the first call.
 * @throws BadOptionError
 */
export function createTokenReader(options: TokenReaderOptions = {}): TokenReader {
  const credential = credentialId(options.credential ?? process.env[READER_ENVIRONMENT.credential]);
  return new TokenReader({
    credential,
    prefix: parameterPrefix(options.prefix ?? process.env[READER_ENVIRONMENT.prefix]),
    source: options.source ?? ssmSource(options.client),
    reporter: reporterOf(credential, options),
    broker: options.broker,
    now: options.now ?? Date.now,
    wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    fetch: options.fetch ?? globalThis.fetch,
    limits: {
      pollInterval: requirePositive('pollInterval', options.pollInterval ?? 30_000),
      maximumAge: requirePositive('maximumAge', options.maximumAge ?? 60_000),
      maximumStale: HOUR,
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

function reporterOf(credential: string, { report, reportClient }: TokenReaderOptions): Reporter | undefined {
  const target = report ?? process.env[reportTopicVariable(credential)] ?? false;
  if (target === false) return undefined;
  return typeof target === 'string' ? topicReporter(target, reportClient) : target;
}

function requirePositive(name: string, value: number): number {
  if (Number.isFinite(value) && value > 0) return value;
  throw new BadOptionError(`${name} must be a number of milliseconds above 0, got ${value}`);
}

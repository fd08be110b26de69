import type { SSMClient } from '@aws-sdk/client-ssm';
import { BadOptionError } from './errors.ts';
import { type ParameterSource, sourceError } from './source.ts';

/**
 * The part of `SSMClient` that the reader uses. With this type, programs compile without the package
 * `@aws-sdk/client-ssm`.
 */
export interface SsmClientLike {
  readonly config: { readonly systemClockOffset?: number | undefined; region(): Promise<string> };
  send(command: never, options?: { readonly abortSignal?: AbortSignal }): Promise<unknown>;
}

/**
 * Creates a source that reads Parameter Store with the AWS SDK. The source loads the SDK on first use,
 * because `@aws-sdk/client-ssm` is an optional peer dependency. The Lambda runtime contains this package.
 * @param client default: a client that is created from the environment
 */
export function ssmSource(client?: SsmClientLike): ParameterSource {
  let loading: Promise<SSMClient> | undefined;
  let used = client as SSMClient | undefined;
  let region: string | undefined;
  const loadClient = async (): Promise<SSMClient> => {
    const { SSMClient } = await loadSdk();
    // The caller waits for the read, so the number of attempts is small.
    return new SSMClient({ maxAttempts: 3 });
  };
  return {
    get clockOffset() {
      return used?.config.systemClockOffset ?? 0;
    },
    get region() {
      return region;
    },
    read: async (names, signal) => {
      loading ??= used ? Promise.resolve(used) : loadClient();
      used = await loading;
      const { GetParametersCommand } = await loadSdk();
      try {
        region ??= await used.config.region();
        const command = new GetParametersCommand({ Names: [...names], WithDecryption: true });
        const { Parameters = [] } = await used.send(command, { abortSignal: signal });
        return new Map(
          Parameters.flatMap(({ Name, Value }) => (Name && Value !== undefined ? [[Name, Value]] : [])),
        );
      } catch (error) {
        const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
        throw sourceError(name, message, error);
      }
    },
  };
}

/** Loads the SDK in a `try`, because bundlers then treat the package as optional. */
async function loadSdk() {
  try {
    return await import('@aws-sdk/client-ssm');
  } catch (cause) {
    throw new BadOptionError('install @aws-sdk/client-ssm', { cause });
  }
}

import type { SSMClient } from '@aws-sdk/client-ssm';
import { BadOptionError } from './errors.ts';
import { createSourceError, type ParameterSource } from './source.ts';

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
  let currentClient = client as SSMClient | undefined;
  let region: string | undefined;
  return {
    get clockOffset() {
      return currentClient?.config.systemClockOffset ?? 0;
    },
    get region() {
      return region;
    },
    read: async (names, signal) => {
      const { GetParametersCommand, SSMClient } = await loadSdk();
      // The caller waits for the read, so the number of attempts is small.
      currentClient ??= new SSMClient({ maxAttempts: 3 });
      try {
        region ??= await currentClient.config.region();
        const command = new GetParametersCommand({ Names: [...names], WithDecryption: true });
        const { Parameters = [] } = await currentClient.send(command, { abortSignal: signal });
        return new Map(
          Parameters.flatMap(({ Name, Value }) => (Name && Value !== undefined ? [[Name, Value]] : [])),
        );
      } catch (error) {
        const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
        throw createSourceError(name, message, error);
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

import type { SSMClient } from '@aws-sdk/client-ssm';
import { type ParameterSource, sourceError } from './source.ts';

/**
 * Parameter Store through the AWS SDK, which is loaded on first use: `@aws-sdk/client-ssm` is an optional
 * peer dependency, and the Lambda runtime contains it.
 * @param client default: a client that is created from the environment
 */
export function ssmSource(client?: SSMClient): ParameterSource {
  let loading: Promise<SSMClient> | undefined;
  let used: SSMClient | undefined = client;
  let region: string | undefined;
  const load = async (): Promise<SSMClient> => {
    const { SSMClient } = await import('@aws-sdk/client-ssm');
    // The caller waits for the read, so the number of attempts is lower than for a background task.
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
      loading ??= client === undefined ? load() : Promise.resolve(client);
      used = await loading;
      const { GetParametersCommand } = await import('@aws-sdk/client-ssm');
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

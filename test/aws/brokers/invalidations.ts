import { GetParameterCommand, PutParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';

/**
 * Stores, for each app key, the instant up to which its tokens are revoked, in epoch milliseconds; 0 if no
 * token is revoked.
 */
export interface Invalidations {
  read(appkey: string): Promise<number>;
  write(appkey: string, upTo: number): Promise<void>;
}

/**
 * Stores the instants in one parameter per app key, which every execution environment of every function
 * reads. The stack of the test creates these parameters.
 */
export function invalidationParameters(ssm: SSMClient, path: string): Invalidations {
  const nameOf = (appkey: string) => `${path}/${appkey}`;
  return {
    read: async (appkey) => {
      const { Parameter } = await ssm.send(new GetParameterCommand({ Name: nameOf(appkey) }));
      return Number(Parameter?.Value);
    },
    write: async (appkey, upTo) => {
      const Value = String(upTo);
      await ssm.send(
        new PutParameterCommand({ Name: nameOf(appkey), Value, Type: 'String', Overwrite: true }),
      );
    },
  };
}

import { GetParameterCommand, PutParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';

/**
 * The instant up to which the tokens of an app key are revoked, in epoch milliseconds; 0 if none is revoked.
 */
export interface Invalidations {
  read(appkey: string): Promise<number>;
  write(appkey: string, upTo: number): Promise<void>;
}

/**
 * Uses one parameter per app key, which every execution environment of every function reads. The stack of the
 * test creates these parameters.
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

import { GetParameterCommand, PutParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';

/**
 * Stores one instant per app key, in epoch milliseconds. All tokens of the app key that were issued until
 * this instant are invalid. The value 0 means that no token is invalid.
 */
export interface Invalidations {
  read(appkey: string): Promise<number>;
  write(appkey: string, upTo: number): Promise<void>;
}

/**
 * Stores the instants in one parameter per app key, because all execution environments of all functions
 * need the same values. The stack of the test creates the parameters.
 */
export function createParameterInvalidations(ssm: SSMClient, path: string): Invalidations {
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

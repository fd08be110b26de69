import {
  GetParameterCommand,
  PutParameterCommand,
  type PutParameterCommandInput,
  type SSMClient,
} from '@aws-sdk/client-ssm';

export function put(
  ssm: SSMClient,
  Name: string,
  Value: string,
  more: Partial<PutParameterCommandInput> = {},
) {
  return ssm.send(new PutParameterCommand({ Name, Value, Type: 'String', ...more }));
}

export function overwrite(
  ssm: SSMClient,
  Name: string,
  Value: string,
  more: Partial<PutParameterCommandInput> = {},
) {
  return ssm.send(new PutParameterCommand({ Name, Value, Overwrite: true, ...more }));
}

export async function read(ssm: SSMClient, Name: string, WithDecryption = false) {
  const { Parameter = {} } = await ssm.send(new GetParameterCommand({ Name, WithDecryption }));
  return Parameter;
}

import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetParametersCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { connect } from '../../lambdas/brokers/client.ts';
import { resolveEndpoints } from '../../lambdas/brokers/endpoints.ts';
import type { CredentialConfig } from '../../lambdas/shared/credential.ts';
import { ENVIRONMENT } from '../../lambdas/shared/names.ts';
import type { State } from '../../lambdas/shared/state.ts';
import { readAppKey } from '../../lambdas/store/secrets.ts';
import { formatState } from '../../lambdas/store/state-codec.ts';
import { names } from '../../simulator/world.ts';

/**
 * The least that renews a token and tells readers of it: read, ask for the key, ask the broker, write both.
 * It forgets a call that it does not survive, so it may ask the broker again too soon: no way to do it,
 * but what the five calls cost.
 * @param state what the refresher would write
 */
export async function renewByTheShortestWay(
  config: CredentialConfig,
  state: State,
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const client = {
    endpoint: environment['AWS_ENDPOINT_URL'] ?? '',
    region: environment['AWS_REGION'] ?? '',
    credentials: {
      accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  };
  const ssm = new SSMClient(client);
  const secrets = new SecretsManagerClient(client);
  const name = names(config.id);
  try {
    await ssm.send(new GetParametersCommand({ Names: [name.config, name.state] }));
    const broker = connect(config, resolveEndpoints(environment));
    const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: config.secretArn }));
    const key = readAppKey(SecretString, broker.secretFields, config.secretArn, '');
    const { token } = await broker.issue(key);
    const KeyId = environment[ENVIRONMENT.tokenKeyArn];
    const common = { Tier: 'Standard', Overwrite: true } as const;
    await ssm.send(
      new PutParameterCommand({ ...common, Name: name.token, Value: token, Type: 'SecureString', KeyId }),
    );
    await ssm.send(
      new PutParameterCommand({ ...common, Name: name.state, Value: formatState(state), Type: 'String' }),
    );
  } finally {
    ssm.destroy();
    secrets.destroy();
  }
}

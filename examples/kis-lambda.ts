import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createTokenReader } from 'broker-token-refresher/reader';

// The reader is created once per execution environment, so that later invocations use the cached token.
const tokens = createTokenReader({ broker: 'kis' });
const secrets = new SecretsManagerClient();
let key: { readonly generation: number | undefined; readonly appkey: string; readonly appsecret: string };

export async function handler(): Promise<{ readonly price: string }> {
  const { appkey, appsecret } = await appKey();
  const host = process.env['KIS_HOST'] ?? 'https://openapi.koreainvestment.com:9443';
  const query = 'FID_COND_MRKT_DIV_CODE=J&FID_INPUT_ISCD=005930';
  const url = `${host}/uapi/domestic-stock/v1/quotations/inquire-price?${query}`;
  const response = await tokens.fetch(url, { headers: { appkey, appsecret, tr_id: 'FHKST01010100' } });
  const { output } = (await response.json()) as { readonly output: { readonly stck_prpr: string } };
  return { price: output.stck_prpr };
}

/**
 * KIS requires the app key with every call. After a change of the app key, the refresher publishes a new
 * token, so the function reads the secret once per generation of the token.
 */
async function appKey() {
  const { generation } = await tokens.get();
  if (key === undefined || key.generation !== generation) {
    const SecretId = process.env['BROKER_TOKENS_APP_KEY_KIS_MAIN'];
    const { SecretString = '{}' } = await secrets.send(new GetSecretValueCommand({ SecretId }));
    const { appkey, appsecret } = JSON.parse(SecretString) as { appkey: string; appsecret: string };
    key = { generation, appkey, appsecret };
  }
  return key;
}

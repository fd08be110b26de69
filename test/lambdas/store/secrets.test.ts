import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { AwsTrouble } from '../../../lambdas/store/errors.ts';
import { SecretsManagerSecrets, Unconfigured } from '../../../lambdas/store/secrets.ts';

const client = mockClient(SecretsManagerClient);
const secrets = new SecretsManagerSecrets(new SecretsManagerClient({ region: 'ap-northeast-2' }));
const ARN = 'arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:fake-AbCdEf';
const FIELDS = { appkey: 'appkey', secret: 'appsecret' } as const;

afterAll(() => client.restore());
beforeEach(() => client.reset());

const read = (SecretString: string | undefined) => {
  client
    .on(GetSecretValueCommand)
    .resolves({ ...(SecretString !== undefined && { SecretString }), VersionId: 'v-7' });
  return secrets.read(ARN, FIELDS);
};
const error = (name: string) => Object.assign(new Error('because'), { name });

describe('the secret of a credential', () => {
  it('holds the app key under the names of the broker, and has a version', async () => {
    expect(await read('{"appkey":"FAKE-key","appsecret":"FAKE-secret","note":"mine"}')).toEqual({
      key: { appkey: 'FAKE-key', secret: 'FAKE-secret' },
      version: 'v-7',
    });
    expect(client.call(0).args[0].input).toEqual({ SecretId: ARN });
  });

  it('may have white space round it, as copying from a web page leaves it', async () => {
    const { key } = await read('{"appkey":" FAKE-key\\n","appsecret":"\\tFAKE-secret "}');
    expect(key).toEqual({ appkey: 'FAKE-key', secret: 'FAKE-secret' });
  });

  it.each<[string, string | undefined, string]>([
    ['that has no text', undefined, 'the secret is not JSON'],
    ['that is empty', '', 'the secret is not JSON'],
    ['that is no JSON', 'appkey=MARKED', 'the secret is not JSON'],
    ['that is a list', '["MARKED"]', '"appkey" is missing'],
    ['that is a text', '"MARKED"', 'the secret is no object'],
    ['without the key', '{"appsecret":"MARKED"}', '"appkey" is missing, empty or no text'],
    ['without the secret half', '{"appkey":"MARKED"}', '"appsecret" is missing, empty or no text'],
    ['of the other broker', '{"appkey":"MARKED","secretkey":"MARKED"}', '"appsecret" is missing'],
    ['with a key of blanks', '{"appkey":"  ","appsecret":"MARKED"}', '"appkey" is missing, empty or no text'],
    ['with a number', '{"appkey":1,"appsecret":"MARKED"}', '"appkey" is missing, empty or no text'],
    ['with a placeholder', '{"appkey":"<your key>","appsecret":"MARKED"}', 'appkey is a placeholder'],
    [
      'with half a placeholder',
      '{"appkey":"MARKED","appsecret":"YOUR_APPSECRET"}',
      'appsecret is a placeholder',
    ],
    ['with crosses', '{"appkey":"xxxxxxxx","appsecret":"MARKED"}', 'appkey is a placeholder'],
    [
      "with the broker's own sample",
      '{"appkey":"AxserEsdcredca.....","appsecret":"MARKED"}',
      'appkey is a placeholder',
    ],
    ['with dots', '{"appkey":"MARKED","appsecret":"…"}', 'appsecret is a placeholder'],
  ])(
    '%s is refused, with the shape it must have and nothing of what it held',
    async (_sentence, text, why) => {
      const refusal = await read(text).catch((caught: unknown) => caught);
      expect(refusal).toBeInstanceOf(Unconfigured);
      const { message, secretVersion } = refusal as Unconfigured;
      expect(message).toContain(why);
      expect(message).toContain('{"appkey":"…","appsecret":"…"}');
      expect(message).toContain(ARN);
      expect(message).not.toContain('MARKED');
      expect(secretVersion).toBe('v-7');
    },
  );

  it.each([
    ...['<appkey>', 'x', 'XXXX', '****', '*', '????', '?', '----', '-', 'your key', 'YOUR-APP-KEY', 'my_key'],
    ...[
      'the key',
      'changeme',
      'change-me',
      'Change me please',
      'TODO',
      'tbd',
      'placeholder',
      'placeholder-1',
    ],
    ...['replace', 'replace this', 'PS12..', 'PS12…'],
  ])('%j stands for a key that is still to come, in either field', async (text) => {
    await expect(read(JSON.stringify({ appkey: text, appsecret: 'FAKE-secret' }))).rejects.toThrow(
      'appkey is a placeholder',
    );
    await expect(read(JSON.stringify({ appkey: 'FAKE-key', appsecret: text }))).rejects.toThrow(
      'appsecret is a placeholder',
    );
  });

  it.each([
    ...[
      'PS<appkey>',
      '<appkey>PS',
      'PSxxxx',
      'xxxxPS',
      'PS****',
      '****PS',
      'PS????',
      '????PS',
      'PS----',
      '----PS',
    ],
    ...[
      'PSyour-key',
      'PSchangeme',
      'PStodo',
      'todoPS',
      'PStbd',
      'tbdPS',
      'PSplaceholder',
      'PSreplace',
      '..PS',
      '.PS.',
    ],
    ...['yours', 'changeable', 'changeXme'],
  ])('%s might be a key', async (appkey) => {
    expect((await read(JSON.stringify({ appkey, appsecret: 'FAKE-secret' }))).key.appkey).toBe(appkey);
  });

  it.each([
    'ResourceNotFoundException',
    'InvalidRequestException',
    'InvalidParameterException',
    'DecryptionFailure',
    'AccessDeniedException',
  ])('that answers %s needs a person', async (name) => {
    client.on(GetSecretValueCommand).rejects(error(name));
    await expect(secrets.read(ARN, FIELDS)).rejects.toThrow(Unconfigured);
    await expect(secrets.read(ARN, FIELDS)).rejects.toMatchObject({
      code: 'Unconfigured',
      message: `${name}: because; secret ${ARN}`,
      secretVersion: '',
      cause: { message: 'because' },
    });
  });

  it.each(['ThrottlingException', 'InternalServiceError', 'TimeoutError'])(
    '%s passes by itself',
    async (name) => {
      client.on(GetSecretValueCommand).rejects(error(name));
      await expect(secrets.read(ARN, FIELDS)).rejects.toMatchObject({
        code: 'AwsTrouble',
        message: `read the secret ${ARN}: ${name}: because`,
        cause: { message: 'because' },
      });
    },
  );

  it('what is thrown and is no error passes too', async () => {
    client.on(GetSecretValueCommand).callsFake(() => Promise.reject('no error'));
    await expect(secrets.read(ARN, FIELDS)).rejects.toThrow(AwsTrouble);
  });

  it('a version that AWS does not tell is none', async () => {
    client.on(GetSecretValueCommand).resolves({ SecretString: '{"appkey":"FAKE-k","appsecret":"FAKE-s"}' });
    expect(await secrets.read(ARN, FIELDS)).toMatchObject({ version: '' });
  });
});

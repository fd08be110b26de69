import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { AwsError } from '../../../lambdas/store/aws-error.ts';
import { SecretsManagerSecrets, UnconfiguredError } from '../../../lambdas/store/secrets.ts';

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

describe('SecretsManagerSecrets.read', () => {
  it('returns the app key and the version id of the current secret value', async () => {
    expect(await read('{"appkey":"FAKE-key","appsecret":"FAKE-secret","note":"mine"}')).toEqual({
      key: { appkey: 'FAKE-key', secret: 'FAKE-secret' },
      version: 'v-7',
    });
    expect(client.call(0).args[0].input).toEqual({ SecretId: ARN });
  });

  it.each<[string, string | undefined, string]>([
    ['that has no text', undefined, 'the secret is not JSON'],
    ['that is no JSON', 'appkey=MARKED', 'the secret is not JSON'],
    ['that is a list', '["MARKED"]', '"appkey" is missing'],
    ['that is a text', '"MARKED"', 'the secret is no object'],
    ['without the app secret', '{"appkey":"MARKED"}', '"appsecret" is missing, empty or no text'],
    ['of a different broker', '{"appkey":"MARKED","secretkey":"MARKED"}', '"appsecret" is missing'],
    ['with a key of blanks', '{"appkey":"  ","appsecret":"MARKED"}', '"appkey" is missing, empty or no text'],
    ['with a number', '{"appkey":1,"appsecret":"MARKED"}', '"appkey" is missing, empty or no text'],
    ['with half a placeholder', '{"appkey":"MARKED","appsecret":"x"}', 'appsecret is a placeholder'],
  ])(
    'rejects a secret %s with an error that shows the required JSON but no value of the secret',
    async (_sentence, text, why) => {
      const refusal = await read(text).catch((caught: unknown) => caught);
      expect(refusal).toBeInstanceOf(UnconfiguredError);
      const { message, secretVersion } = refusal as UnconfiguredError;
      expect(message).toContain(why);
      expect(message).toContain('{"appkey":"…","appsecret":"…"}');
      expect(message).toContain(ARN);
      expect(message).not.toContain('MARKED');
      expect(secretVersion).toBe('v-7');
    },
  );

  const PLACEHOLDERS =
    '<appkey>|x|XXXX|****|*|????|?|----|-|your key|YOUR-APP-KEY|my_key|the key|changeme|change-me|' +
    'Change me please|TODO|tbd|placeholder|placeholder-1|replace|replace this|PS12..|PS12…';
  it.each(PLACEHOLDERS.split('|'))('rejects the placeholder %j in both fields', async (text) => {
    await expect(read(JSON.stringify({ appkey: text, appsecret: 'FAKE-secret' }))).rejects.toThrow(
      'appkey is a placeholder',
    );
    await expect(read(JSON.stringify({ appkey: 'FAKE-key', appsecret: text }))).rejects.toThrow(
      'appsecret is a placeholder',
    );
  });

  const KEYS =
    'PS<appkey>|<appkey>PS|PSxxxx|xxxxPS|PS****|****PS|PS????|????PS|PS----|----PS|PSyour-key|PSchangeme|' +
    'PStodo|todoPS|PStbd|tbdPS|PSplaceholder|PSreplace|..PS|.PS.|yours|changeable|changeXme';
  it.each(KEYS.split('|'))('accepts %s as a key', async (appkey) => {
    expect((await read(JSON.stringify({ appkey, appsecret: 'FAKE-secret' }))).key.appkey).toBe(appkey);
  });

  it.each([
    'ResourceNotFoundException',
    'InvalidRequestException',
    'InvalidParameterException',
    'DecryptionFailure',
    'AccessDeniedException',
  ])('throws UnconfiguredError on %s, for which a retry does not help', async (name) => {
    client.on(GetSecretValueCommand).rejects(error(name));
    await expect(secrets.read(ARN, FIELDS)).rejects.toThrow(UnconfiguredError);
    await expect(secrets.read(ARN, FIELDS)).rejects.toMatchObject({
      code: 'Unconfigured',
      message: `${name}: because; secret ${ARN}`,
      secretVersion: '',
      cause: { message: 'because' },
    });
  });

  it.each(['ThrottlingException', 'InternalServiceError', 'TimeoutError'])(
    'throws AwsError on %s, for which a retry may help',
    async (name) => {
      client.on(GetSecretValueCommand).rejects(error(name));
      await expect(secrets.read(ARN, FIELDS)).rejects.toMatchObject({
        code: 'Aws',
        message: `read the secret ${ARN}: ${name}: because`,
        cause: { message: 'because' },
      });
    },
  );

  it('returns an empty version id if AWS returns no version id', async () => {
    client.on(GetSecretValueCommand).resolves({ SecretString: '{"appkey":"FAKE-k","appsecret":"FAKE-s"}' });
    expect(await secrets.read(ARN, FIELDS)).toMatchObject({ version: '' });
  });
});

describe('SecretsManagerSecrets.currentVersion', () => {
  it('returns the version id with the label AWSCURRENT without reading the secret value', async () => {
    const VersionIdsToStages = { 'v-6': ['AWSPREVIOUS'], 'v-7': ['AWSCURRENT', 'mine'] };
    client.on(DescribeSecretCommand).resolves({ VersionIdsToStages });
    expect(await secrets.currentVersion(ARN)).toBe('v-7');
    expect(client.commandCalls(DescribeSecretCommand)[0]?.args[0].input).toEqual({ SecretId: ARN });
    expect(client.commandCalls(GetSecretValueCommand)).toEqual([]);
  });

  it.each([
    ['has no value yet', {}],
    ['has no current version', { VersionIdsToStages: { 'v-8': ['AWSPENDING'] } }],
    ['will be deleted', { VersionIdsToStages: { 'v-7': ['AWSCURRENT'] }, DeletedDate: new Date(0) }],
  ])('returns an empty version id for a secret that %s', async (_sentence, description) => {
    client.on(DescribeSecretCommand).resolves(description);
    expect(await secrets.currentVersion(ARN)).toBe('');
  });

  it('returns an empty version id if the access to the secret is denied', async () => {
    client.on(DescribeSecretCommand).rejects(error('AccessDeniedException'));
    expect(await secrets.currentVersion(ARN)).toBe('');
  });

  it.each([error('ThrottlingException'), error('InternalServiceError'), 'no error'])(
    'throws AwsError for %s, for which a retry may help',
    async (thrown) => {
      client.on(DescribeSecretCommand).callsFake(() => Promise.reject(thrown));
      await expect(secrets.currentVersion(ARN)).rejects.toThrow(AwsError);
      await expect(secrets.currentVersion(ARN)).rejects.toThrow(`describe the secret ${ARN}: `);
    },
  );
});

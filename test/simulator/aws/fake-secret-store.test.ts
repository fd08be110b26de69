import {
  CreateSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from 'vitest';
import { rejection, startFakeAws } from './aws-harness.ts';

const NAME = 'broker-tokens/kis-main';
const VALUE = '{"appkey":"FAKE","appsecret":"FAKE"}';

// The tests in test/conformance compare the fake Secrets Manager with the behavior that AWS documents.
describe('a secret in the fake Secrets Manager', () => {
  it('keeps its current version while a new version is pending', async () => {
    const { secrets } = await startFakeAws();
    await secrets.send(new CreateSecretCommand({ Name: NAME, SecretString: VALUE }));
    const pending = { SecretId: NAME, SecretString: '{"FAKE":2}', VersionStages: ['AWSPENDING'] };
    await secrets.send(new PutSecretValueCommand(pending));
    expect((await secrets.send(new GetSecretValueCommand({ SecretId: NAME }))).SecretString).toBe(VALUE);
  });

  it('without a value cannot be read, and the ResourceNotFoundException names the missing staging label', async () => {
    const { secrets, aws } = await startFakeAws();
    const SecretId = aws.putSecret(NAME);
    await expect(secrets.send(new GetSecretValueCommand({ SecretId }))).rejects.toBeInstanceOf(
      ResourceNotFoundException,
    );
    expect((await rejection(secrets.send(new GetSecretValueCommand({ SecretId })))).message).toContain(
      'staging label: AWSCURRENT',
    );
    expect((await rejection(secrets.send(new GetSecretValueCommand({ SecretId: 'none' })))).message).toBe(
      "Secrets Manager can't find the specified secret.",
    );
    expect(aws.putSecret(NAME, VALUE)).toBe(SecretId);
    expect((await secrets.send(new GetSecretValueCommand({ SecretId }))).SecretString).toBe(VALUE);
  });
});

describe('the fake Secrets Manager', () => {
  it('rejects an invalid name and an operation that it does not support', async () => {
    const { secrets } = await startFakeAws();
    const create = secrets.send(new CreateSecretCommand({ Name: 'two words', SecretString: VALUE }));
    expect(await rejection(create)).toMatchObject({ name: 'ValidationException' });
    const list = secrets.send(new ListSecretsCommand({}));
    expect(await rejection(list)).toMatchObject({ name: 'UnknownOperationException' });
  });
});

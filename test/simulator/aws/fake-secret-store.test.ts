import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from 'vitest';
import { HOUR, START } from '../brokers/broker-harness.ts';
import { refusal, startFakeAws } from './aws-harness.ts';

const NAME = 'broker-tokens/kis-main';
const VALUE = '{"appkey":"FAKE","appsecret":"FAKE"}';

describe('a secret in the fake Secrets Manager', () => {
  it('is found by name, by ARN, and by an ARN without its six random characters', async () => {
    const { secrets } = await startFakeAws();
    const { ARN = '', VersionId } = await secrets.send(
      new CreateSecretCommand({ Name: NAME, SecretString: VALUE }),
    );
    expect(ARN).toMatch(
      /^arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:broker-tokens\/kis-main-\w{6}$/,
    );
    for (const SecretId of [NAME, ARN, ARN.slice(0, -7)]) {
      const got = await secrets.send(new GetSecretValueCommand({ SecretId }));
      expect(got).toMatchObject({
        ARN,
        Name: NAME,
        VersionId,
        SecretString: VALUE,
        VersionStages: ['AWSCURRENT'],
        CreatedDate: new Date(START),
      });
    }
  });

  it('moves its staging labels when a new value is stored', async () => {
    const { secrets, clock } = await startFakeAws();
    const first = await secrets.send(new CreateSecretCommand({ Name: NAME, SecretString: VALUE }));
    clock.advance(HOUR);
    const second = await secrets.send(
      new PutSecretValueCommand({ SecretId: NAME, SecretString: '{"FAKE":2}' }),
    );
    expect(second.VersionStages).toEqual(['AWSCURRENT']);
    expect(second.VersionId).not.toBe(first.VersionId);
    expect(await secrets.send(new GetSecretValueCommand({ SecretId: NAME }))).toMatchObject({
      SecretString: '{"FAKE":2}',
      VersionId: second.VersionId,
    });
    const previous = new GetSecretValueCommand({ SecretId: NAME, VersionStage: 'AWSPREVIOUS' });
    expect(await secrets.send(previous)).toMatchObject({ SecretString: VALUE, VersionId: first.VersionId });
    const byId = new GetSecretValueCommand({ SecretId: NAME, VersionId: first.VersionId });
    expect(await secrets.send(byId)).toMatchObject({ SecretString: VALUE, VersionStages: ['AWSPREVIOUS'] });
    expect(await secrets.send(new DescribeSecretCommand({ SecretId: NAME }))).toMatchObject({
      Name: NAME,
      LastChangedDate: new Date(START + HOUR),
      VersionIdsToStages: {
        [String(first.VersionId)]: ['AWSPREVIOUS'],
        [String(second.VersionId)]: ['AWSCURRENT'],
      },
    });
  });

  it('keeps its current version while a new one is pending', async () => {
    const { secrets } = await startFakeAws();
    await secrets.send(new CreateSecretCommand({ Name: NAME, SecretString: VALUE }));
    const pending = { SecretId: NAME, SecretString: '{"FAKE":2}', VersionStages: ['AWSPENDING'] };
    await secrets.send(new PutSecretValueCommand(pending));
    expect((await secrets.send(new GetSecretValueCommand({ SecretId: NAME }))).SecretString).toBe(VALUE);
  });

  it('is written once if the same request arrives several times', async () => {
    const { secrets } = await startFakeAws();
    await secrets.send(new CreateSecretCommand({ Name: NAME, SecretString: VALUE }));
    const put = { SecretId: NAME, SecretString: '{"FAKE":2}', ClientRequestToken: 'FAKE'.repeat(8) };
    const first = await secrets.send(new PutSecretValueCommand(put));
    expect((await secrets.send(new PutSecretValueCommand(put))).VersionId).toBe(first.VersionId);
    const other = new PutSecretValueCommand({ ...put, SecretString: '{"FAKE":3}' });
    expect(await refusal(secrets.send(other))).toMatchObject({ name: 'ResourceExistsException' });
  });

  it('returns the error of a missing secret, with another text, if it has no value', async () => {
    const { secrets, aws } = await startFakeAws();
    const SecretId = aws.putSecret(NAME);
    await expect(secrets.send(new GetSecretValueCommand({ SecretId }))).rejects.toBeInstanceOf(
      ResourceNotFoundException,
    );
    expect((await refusal(secrets.send(new GetSecretValueCommand({ SecretId })))).message).toContain(
      'staging label: AWSCURRENT',
    );
    expect((await refusal(secrets.send(new GetSecretValueCommand({ SecretId: 'none' })))).message).toBe(
      "Secrets Manager can't find the specified secret.",
    );
    expect(aws.putSecret(NAME, VALUE)).toBe(SecretId);
    expect((await secrets.send(new GetSecretValueCommand({ SecretId }))).SecretString).toBe(VALUE);
  });
});

describe('the fake Secrets Manager', () => {
  it('rejects a second secret of one name, an invalid name, an empty value, and fields that are not simulated', async () => {
    const { secrets } = await startFakeAws();
    await secrets.send(new CreateSecretCommand({ Name: NAME, SecretString: VALUE }));
    const names = [];
    for (const input of [
      { Name: NAME, SecretString: VALUE },
      { Name: 'two words', SecretString: VALUE },
      { Name: 'empty', SecretString: '' },
    ]) {
      names.push((await refusal(secrets.send(new CreateSecretCommand(input)))).name);
    }
    names.push((await refusal(secrets.send(new ListSecretsCommand({})))).name);
    expect(names).toEqual([
      'ResourceExistsException',
      'ValidationException',
      'InvalidParameterException',
      'UnknownOperationException',
    ]);
  });
});

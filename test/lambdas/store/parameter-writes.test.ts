import { GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { AwsError } from '../../../lambdas/store/aws-error.ts';
import { formatState } from '../../../lambdas/store/state-codec.ts';
import {
  createStoreHarness,
  error,
  HEALTHY_STATE,
  mockGetParameters,
  PARAMETER_NAMES,
  putInputsOf,
  writesOf,
} from './parameter-harness.ts';

const world = createStoreHarness();

describe('ParameterStore.writeToken and writeState', () => {
  it('create the token parameter with tags, without Overwrite, and with the KMS key of the stack', async () => {
    world.ssm.on(PutParameterCommand).resolves({ Version: 1 });
    await world.store.writeToken('kis-main', 'FAKE-token');
    expect(putInputsOf(world)).toEqual([
      {
        Name: PARAMETER_NAMES.token,
        Value: 'FAKE-token',
        Type: 'SecureString',
        KeyId: 'arn:aws:kms:fake',
        Tier: 'Standard',
        Tags: [{ Key: 'broker-tokens:credential', Value: 'kis-main' }],
        Overwrite: false,
      },
    ]);
  });

  it('overwrite an existing parameter without tags', async () => {
    world.ssm.on(PutParameterCommand, { Overwrite: false }).rejects(error('ParameterAlreadyExists'));
    world.ssm.on(PutParameterCommand, { Overwrite: true }).resolves({ Version: 2 });
    await world.store.writeState('kis-main', HEALTHY_STATE);
    await world.store.writeState('kis-main', HEALTHY_STATE);
    expect(writesOf(world)).toEqual(['create state', 'overwrite state', 'overwrite state']);
  });

  it('do not try to create an existing parameter if they cannot overwrite it', async () => {
    world.ssm.on(PutParameterCommand, { Overwrite: false }).rejects(error('ParameterAlreadyExists'));
    world.ssm.on(PutParameterCommand, { Overwrite: true }).rejects(error('ThrottlingException'));
    await expect(world.store.writeState('kis-main', HEALTHY_STATE)).rejects.toThrow('ThrottlingException');
    await expect(world.store.writeState('kis-main', HEALTHY_STATE)).rejects.toThrow('ThrottlingException');
    expect(writesOf(world)).toEqual(['create state', 'overwrite state', 'overwrite state']);
  });

  it('overwrite a parameter that they created', async () => {
    world.ssm.on(PutParameterCommand).resolves({ Version: 1 });
    await world.store.writeToken('kis-main', 'FAKE-token-1');
    await world.store.writeToken('kis-main', 'FAKE-token-2');
    expect(writesOf(world)).toEqual(['create token', 'overwrite token']);
  });

  it('throw if AWS rejects the creation, and do not overwrite', async () => {
    world.ssm.on(PutParameterCommand, { Overwrite: false }).rejects(error('AccessDeniedException'));
    world.ssm.on(PutParameterCommand, { Overwrite: true }).resolves({ Version: 2 });
    await expect(world.store.writeToken('kis-main', 'FAKE-token')).rejects.toThrow(
      `write ${PARAMETER_NAMES.token}: AccessDeniedException`,
    );
    expect(putInputsOf(world)).toHaveLength(1);
  });

  it('create the state if the last read returned no state', async () => {
    world.ssm.on(PutParameterCommand).resolves({ Version: 1 });
    mockGetParameters(world, undefined);
    await world.store.read('kis-main');
    await world.store.writeState('kis-main', HEALTHY_STATE);
    expect(writesOf(world)).toEqual(['create state']);
  });

  it('overwrite the token and the state if the last read returned both', async () => {
    world.ssm.on(PutParameterCommand).resolves({ Version: 8 });
    mockGetParameters(world, formatState(HEALTHY_STATE), 3);
    await world.store.read('kis-main');
    await world.store.writeToken('kis-main', 'FAKE-token');
    await world.store.writeState('kis-main', HEALTHY_STATE);
    expect(writesOf(world)).toEqual(['overwrite token', 'overwrite state']);
    expect(putInputsOf(world).map(({ Type }) => Type)).toEqual(['SecureString', 'String']);
  });

  it('create the token parameter again if it was deleted since the last read', async () => {
    world.ssm.on(PutParameterCommand).resolves({ Version: 1 });
    mockGetParameters(world, formatState(HEALTHY_STATE), 3);
    await world.store.read('kis-main');
    mockGetParameters(world, formatState(HEALTHY_STATE));
    await world.store.read('kis-main');
    await world.store.writeToken('kis-main', 'FAKE-token');
    expect(writesOf(world)).toEqual(['create token']);
  });

  it.each<[string, boolean]>([
    ['ThrottlingException', false],
    ['InternalServerError', false],
    ['TimeoutError', false],
    ['KMSInternalException', false],
    ['RequestLimitExceeded', false],
    ['ParameterMaxVersionLimitExceeded', true],
    ['AccessDeniedException', true],
    ['InvalidKeyId', true],
    ['KMSDisabledException', true],
    ['ParameterLimitExceeded', true],
    ['HierarchyTypeMismatch', true],
    ['ValidationException', true],
  ])('throw for %s an AwsError with permanent: %s', async (name, permanent) => {
    world.ssm.on(PutParameterCommand).rejects(error(name));
    const write = world.store.writeState('kis-main', HEALTHY_STATE);
    await expect(write).rejects.toMatchObject({ awsCode: name, permanent });
  });
});

describe('the error of a failed token write', () => {
  it('does not contain the token if the error of AWS contains the token', async () => {
    const message = "Value 'FAKE-token' at 'value' failed to satisfy constraint";
    const error = Object.assign(new Error(message), { name: 'ValidationException' });
    world.ssm.on(PutParameterCommand).rejects(error);
    await expect(world.store.writeToken('kis-main', 'FAKE-token')).rejects.toThrow(
      "write /bt/kis-main/token: ValidationException: Value '***' at 'value' failed to satisfy constraint",
    );
  });
});

describe('ParameterStore.readToken', () => {
  it('reads the current token with decryption', async () => {
    world.ssm.on(GetParameterCommand).resolves({ Parameter: { Value: 'FAKE-token', Version: 4 } });
    expect(await world.store.readToken('kis-main')).toEqual({ value: 'FAKE-token', version: 4 });
    expect(world.ssm.call(0).args[0].input).toEqual({ Name: PARAMETER_NAMES.token, WithDecryption: true });
  });

  it.each(['ParameterNotFound', 'ParameterVersionNotFound'])('returns undefined on %s', async (name) => {
    world.ssm.on(GetParameterCommand).rejects(error(name));
    expect(await world.store.readToken('kis-main', 3)).toBeUndefined();
  });

  it('returns undefined for a reply without a value', async () => {
    world.ssm.on(GetParameterCommand).resolves({});
    expect(await world.store.readToken('kis-main')).toBeUndefined();
  });

  it.each([error('AccessDeniedException'), 'no error'])('throws AwsError for %s', async (thrown) => {
    world.ssm.on(GetParameterCommand).callsFake(() => Promise.reject(thrown));
    await expect(world.store.readToken('kis-main', 3)).rejects.toThrow(AwsError);
    await expect(world.store.readToken('kis-main', 3)).rejects.toThrow(`read ${PARAMETER_NAMES.token}:3`);
  });
});

import { GetParameterCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { AwsError } from '../../../lambdas/store/aws-error.ts';
import { formatState } from '../../../lambdas/store/state-codec.ts';
import { error, HEALTHY, NAMES, parameterStore, putInputsOf, stored } from './parameter-harness.ts';

const world = parameterStore();

describe('ParameterStore.writeToken and writeState', () => {
  it('create the token parameter with tags, without Overwrite, and with the KMS key of the stack', async () => {
    world.ssm.on(PutParameterCommand).resolves({ Version: 1 });
    await world.store.writeToken('kis-main', 'FAKE-token');
    expect(putInputsOf(world)).toEqual([
      {
        Name: NAMES.token,
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
    await world.store.writeState('kis-main', HEALTHY);
    await world.store.writeState('kis-main', HEALTHY);
    expect(putInputsOf(world).map(({ Overwrite, Tags }) => [Overwrite, Tags?.length])).toEqual([
      [false, 1],
      [true, undefined],
      [true, undefined],
    ]);
  });

  it('overwrite a parameter that they created', async () => {
    world.ssm.on(PutParameterCommand).resolves({ Version: 1 });
    await world.store.writeToken('kis-main', 'FAKE-token-1');
    await world.store.writeToken('kis-main', 'FAKE-token-2');
    expect(putInputsOf(world).map(({ Overwrite, Tags }) => [Overwrite, Tags?.length])).toEqual([
      [false, 1],
      [true, undefined],
    ]);
  });

  it('throw if AWS rejects the creation, and do not overwrite', async () => {
    world.ssm.on(PutParameterCommand, { Overwrite: false }).rejects(error('AccessDeniedException'));
    world.ssm.on(PutParameterCommand, { Overwrite: true }).resolves({ Version: 2 });
    await expect(world.store.writeToken('kis-main', 'FAKE-token')).rejects.toThrow(
      `write ${NAMES.token}: AccessDeniedException`,
    );
    expect(putInputsOf(world)).toHaveLength(1);
  });

  it('create the state if the last read returned none', async () => {
    world.ssm.on(PutParameterCommand).resolves({ Version: 1 });
    stored(world, undefined);
    await world.store.read('kis-main');
    await world.store.writeState('kis-main', HEALTHY);
    expect(putInputsOf(world).map(({ Overwrite }) => Overwrite)).toEqual([false]);
  });

  it('overwrite token and state if the last read returned both', async () => {
    world.ssm.on(PutParameterCommand).resolves({ Version: 8 });
    stored(world, formatState(HEALTHY), 3);
    await world.store.read('kis-main');
    await world.store.writeToken('kis-main', 'FAKE-token');
    await world.store.writeState('kis-main', HEALTHY);
    expect(putInputsOf(world).map(({ Name, Type, Overwrite }) => [Name, Type, Overwrite])).toEqual([
      [NAMES.token, 'SecureString', true],
      [NAMES.state, 'String', true],
    ]);
  });

  it('create the token parameter again if it was deleted since the last read', async () => {
    world.ssm.on(PutParameterCommand).resolves({ Version: 1 });
    stored(world, formatState(HEALTHY), 3);
    await world.store.read('kis-main');
    stored(world, formatState(HEALTHY));
    await world.store.read('kis-main');
    await world.store.writeToken('kis-main', 'FAKE-token');
    expect(putInputsOf(world).map(({ Overwrite, Tags }) => [Overwrite, Tags?.length])).toEqual([[false, 1]]);
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
    await expect(world.store.writeState('kis-main', HEALTHY)).rejects.toMatchObject({
      awsCode: name,
      permanent,
    });
  });
});

describe('the error of a failed token write', () => {
  it('does not contain the token, even if the error of AWS does', async () => {
    const message = "Value 'FAKE-token' at 'value' failed to satisfy constraint";
    world.ssm
      .on(PutParameterCommand)
      .rejects(Object.assign(new Error(message), { name: 'ValidationException' }));
    await expect(world.store.writeToken('kis-main', 'FAKE-token')).rejects.toThrow(
      "write /bt/kis-main/token: ValidationException: Value '***' at 'value' failed to satisfy constraint",
    );
  });
});

describe('ParameterStore.readToken', () => {
  it('reads the current token with decryption', async () => {
    world.ssm.on(GetParameterCommand).resolves({ Parameter: { Value: 'FAKE-token', Version: 4 } });
    expect(await world.store.readToken('kis-main')).toEqual({ value: 'FAKE-token', version: 4 });
    expect(world.ssm.call(0).args[0].input).toEqual({ Name: NAMES.token, WithDecryption: true });
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
    await expect(world.store.readToken('kis-main', 3)).rejects.toThrow(`read ${NAMES.token}:3`);
  });
});

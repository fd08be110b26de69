import { GetParametersCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { INITIAL_STATE } from '../../../lambdas/shared/state.ts';
import { AwsError } from '../../../lambdas/store/aws-error.ts';
import { UnknownCredentialError, UnreadableConfigError } from '../../../lambdas/store/parameters.ts';
import { formatState } from '../../../lambdas/store/state-codec.ts';
import { CONFIG } from '../../sample-state.ts';
import {
  config,
  createStoreHarness,
  error,
  HEALTHY_STATE,
  mockGetParameters,
  NOON,
  PARAMETER_NAMES,
} from './parameter-harness.ts';

const world = createStoreHarness();

describe('ParameterStore.read', () => {
  it('reads config, state and token in one call without decryption', async () => {
    mockGetParameters(world, formatState(HEALTHY_STATE), 3);
    expect(await world.store.read('kis-main')).toEqual({
      config: CONFIG,
      state: HEALTHY_STATE,
      tokenVersion: 3,
    });
    expect(world.ssm.calls()).toHaveLength(1);
    expect(world.ssm.call(0).args[0].input).toEqual({
      Names: [PARAMETER_NAMES.config, PARAMETER_NAMES.state, PARAMETER_NAMES.token],
      WithDecryption: false,
    });
  });

  it('returns an empty state and no token version for a new credential', async () => {
    mockGetParameters(world, undefined);
    expect(await world.store.read('kis-main')).toEqual({
      config: CONFIG,
      state: INITIAL_STATE,
      tokenVersion: undefined,
    });
  });

  it.each([[{ InvalidParameters: [PARAMETER_NAMES.config] }], [{}]])(
    'throws UnknownCredentialError if the config parameter does not exist (%j)',
    async (reply) => {
      world.ssm.on(GetParametersCommand).resolves(reply);
      await expect(world.store.read('kis-main')).rejects.toThrow(UnknownCredentialError);
      await expect(world.store.read('kis-main')).rejects.toMatchObject({ code: 'UnknownCredential' });
      await expect(world.store.read('kis-main')).rejects.toThrow(/\/bt\/kis-main\/config does not exist/);
    },
  );

  it('throws UnreadableConfigError with the names of the invalid fields if the config is not valid', async () => {
    const bad = { ...config, Value: '{"version":1,"id":"kis-main"}' };
    const state = { Name: PARAMETER_NAMES.state, Value: formatState(HEALTHY_STATE), Version: 7 };
    world.ssm.on(GetParametersCommand).resolves({ Parameters: [bad, state] });
    const thrown = await world.store.read('kis-main').catch((caught: unknown) => caught);
    expect(thrown).toBeInstanceOf(UnreadableConfigError);
    expect(thrown).toMatchObject({
      message: expect.stringMatching(/broker: .*market: /s),
      state: HEALTHY_STATE,
    });
  });

  it('uses the modification time of the parameter as lastCallAt of a damaged state', async () => {
    mockGetParameters(world, 'oops', 3, { LastModifiedDate: new Date(NOON - 60_000) });
    expect(await world.store.read('kis-main')).toMatchObject({
      unreadable: 'it is not JSON',
      state: { generation: 0, lastCallAt: NOON - 60_000 },
      tokenVersion: 3,
    });
  });

  it('returns no lastCallAt for a damaged state if the modification time of the parameter is unknown', async () => {
    mockGetParameters(world, 'oops', 3);
    const { state } = await world.store.read('kis-main');
    expect(state.lastCallAt).toBeUndefined();
  });

  it('ignores the modification time of the parameter if the state is valid', async () => {
    mockGetParameters(world, formatState(INITIAL_STATE), 3, { LastModifiedDate: new Date(NOON) });
    const { state, unreadable } = await world.store.read('kis-main');
    expect([state, unreadable]).toEqual([INITIAL_STATE, undefined]);
  });

  it('throws AwsError with the call and the error name', async () => {
    world.ssm.on(GetParametersCommand).rejects(error('ThrottlingException'));
    const thrown = await world.store.read('kis-main').catch((caught: unknown) => caught);
    expect(thrown).toBeInstanceOf(AwsError);
    expect(thrown).toMatchObject({
      awsCode: 'ThrottlingException',
      permanent: false,
      message: `read ${PARAMETER_NAMES.config}, ${PARAMETER_NAMES.state} and ${PARAMETER_NAMES.token}: ThrottlingException: ThrottlingException happened`,
    });
  });
});

describe('ParameterStore.read after a write by the same instance', () => {
  const generation = async () => (await world.store.read('kis-main')).state.generation;
  const tokenVersion = async () => (await world.store.read('kis-main')).tokenVersion;

  it('ignores a state that is older than the write of the last minute', async () => {
    world.ssm.on(PutParameterCommand).resolves({ Version: 8 });
    mockGetParameters(world, formatState(INITIAL_STATE));
    await world.store.writeState('kis-main', HEALTHY_STATE);
    expect(await generation()).toBe(41);
  });

  it('ignores a reply that does not contain the state written in the last minute', async () => {
    world.ssm.on(PutParameterCommand).resolves({ Version: 1 });
    mockGetParameters(world, undefined);
    await world.store.writeState('kis-main', HEALTHY_STATE);
    expect(await generation()).toBe(41);
  });

  it('returns a state that has the version of the write', async () => {
    world.ssm.on(PutParameterCommand).resolves({ Version: 7 });
    mockGetParameters(world, formatState(INITIAL_STATE));
    await world.store.writeState('kis-main', HEALTHY_STATE);
    expect(await generation()).toBe(0);
  });

  it('returns no token version if PutParameter returned no version', async () => {
    world.ssm.on(PutParameterCommand).resolves({});
    mockGetParameters(world, formatState(HEALTHY_STATE));
    await world.store.writeToken('kis-main', 'FAKE-token');
    expect(await tokenVersion()).toBeUndefined();
  });

  it.each([
    ['is stale', 3],
    ['contains no token', undefined],
  ])('returns the token version of the write if the reply of AWS %s', async (_sentence, read) => {
    world.ssm.on(PutParameterCommand).resolves({ Version: 4 });
    mockGetParameters(world, formatState(HEALTHY_STATE), read);
    expect(await world.store.writeToken('kis-main', 'FAKE-token')).toBe(4);
    expect(await tokenVersion()).toBe(4);
  });

  it('returns the token version of the reply if the write was a minute ago', async () => {
    world.ssm.on(PutParameterCommand).resolves({ Version: 4 });
    mockGetParameters(world, formatState(HEALTHY_STATE));
    await world.store.writeToken('kis-main', 'FAKE-token');
    world.now += 60_000;
    expect(await tokenVersion()).toBeUndefined();
  });
});

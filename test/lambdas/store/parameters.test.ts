import { GetParametersCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { INITIAL_STATE } from '../../../lambdas/shared/state.ts';
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
    const stored = { config: CONFIG, state: HEALTHY_STATE, tokenVersion: 3 };
    expect(await world.store.read('kis-main')).toEqual(stored);
    expect(world.ssm.calls()).toHaveLength(1);
    expect(world.ssm.call(0).args[0].input).toEqual({
      Names: [PARAMETER_NAMES.config, PARAMETER_NAMES.state, PARAMETER_NAMES.token],
      WithDecryption: false,
    });
  });

  it('returns an empty state and no token version for a new credential', async () => {
    mockGetParameters(world, undefined);
    const stored = { config: CONFIG, state: INITIAL_STATE, tokenVersion: undefined };
    expect(await world.store.read('kis-main')).toEqual(stored);
  });

  it.each([[{ InvalidParameters: [PARAMETER_NAMES.config] }], [{}]])(
    'throws UnknownCredentialError if the config parameter does not exist (%j)',
    async (reply) => {
      world.ssm.on(GetParametersCommand).resolves(reply);
      const message = expect.stringContaining('/bt/kis-main/config does not exist');
      const error = { name: 'UnknownCredentialError', code: 'UnknownCredential', message };
      await expect(world.store.read('kis-main')).rejects.toMatchObject(error);
    },
  );

  it('throws UnreadableConfigError with the names of the invalid fields if the config is not valid', async () => {
    const bad = { ...config, Value: '{"version":1,"id":"kis-main"}' };
    const state = { Name: PARAMETER_NAMES.state, Value: formatState(HEALTHY_STATE), Version: 7 };
    world.ssm.on(GetParametersCommand).resolves({ Parameters: [bad, state] });
    const message = expect.stringMatching(/broker: .*market: /s);
    const error = { name: 'UnreadableConfigError', message, state: HEALTHY_STATE };
    await expect(world.store.read('kis-main')).rejects.toMatchObject(error);
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
    const { config, state, token } = PARAMETER_NAMES;
    const message = `read ${config}, ${state} and ${token}: ThrottlingException: ThrottlingException happened`;
    const failure = { name: 'AwsError', awsCode: 'ThrottlingException', permanent: false, message };
    await expect(world.store.read('kis-main')).rejects.toMatchObject(failure);
  });
});

describe('ParameterStore.read after a write by the same instance', () => {
  const tokenVersion = async () => (await world.store.read('kis-main')).tokenVersion;

  it.each([
    ['ignores a state that is older than the write of the last minute', 8, formatState(INITIAL_STATE), 41],
    ['ignores a reply that does not contain the state written in the last minute', 1, undefined, 41],
    ['returns a state that has the version of the write', 7, formatState(INITIAL_STATE), 0],
  ])('%s', async (_sentence, Version, read, generation) => {
    world.ssm.on(PutParameterCommand).resolves({ Version });
    mockGetParameters(world, read);
    await world.store.writeState('kis-main', HEALTHY_STATE);
    expect((await world.store.read('kis-main')).state.generation).toBe(generation);
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

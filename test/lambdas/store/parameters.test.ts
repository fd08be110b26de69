import {
  GetParameterCommand,
  GetParametersCommand,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { formatConfig } from '../../../lambdas/shared/credential.ts';
import { formatState, NO_STATE } from '../../../lambdas/shared/state.ts';
import { AwsTrouble } from '../../../lambdas/store/errors.ts';
import { ParameterStore, UnknownCredential, UnreadableConfig } from '../../../lambdas/store/parameters.ts';
import { CONFIG, HEALTHY, kst } from '../refresher/facts.ts';

const ssm = mockClient(SSMClient);
const NAMES = { token: '/bt/kis-main/token', state: '/bt/kis-main/state', config: '/bt/kis-main/config' };
const config = { Name: NAMES.config, Value: formatConfig(CONFIG), Version: 1 };

let now = kst('12:00');
let store: ParameterStore;
afterAll(() => ssm.restore());
beforeEach(() => {
  ssm.reset();
  now = kst('12:00');
  store = new ParameterStore({
    ssm: new SSMClient({ region: 'ap-northeast-2' }),
    prefix: '/bt',
    tokenKeyArn: 'arn:aws:kms:fake',
    now: () => now,
  });
});

const stored = (state: string | undefined, more: object = {}) =>
  ssm.on(GetParametersCommand).resolves({
    Parameters:
      state === undefined ? [config] : [{ Name: NAMES.state, Value: state, Version: 7, ...more }, config],
  });
const error = (name: string) => Object.assign(new Error(`${name} happened`), { name });
const puts = () => ssm.commandCalls(PutParameterCommand).map((call) => call.args[0].input);

describe('reading a credential', () => {
  it('is one call for config and state, in clear and without decryption', async () => {
    stored(formatState(HEALTHY));
    expect(await store.read('kis-main')).toMatchObject({
      config: { id: 'kis-main' },
      state: { generation: 41 },
    });
    expect(ssm.calls()).toHaveLength(1);
    expect(ssm.call(0).args[0].input).toEqual({ Names: [NAMES.config, NAMES.state] });
  });

  it('without a state there is none yet', async () => {
    stored(undefined);
    expect(await store.read('kis-main')).toEqual({ config: CONFIG, state: NO_STATE });
  });

  it('without a config there is no such credential', async () => {
    ssm.on(GetParametersCommand).resolves({ InvalidParameters: [NAMES.config] });
    await expect(store.read('kis-main')).rejects.toThrow(UnknownCredential);
    await expect(store.read('kis-main')).rejects.toThrow(/\/bt\/kis-main\/config does not exist/);
  });

  it('an answer of nothing is no credential either', async () => {
    ssm.on(GetParametersCommand).resolves({});
    await expect(store.read('kis-main')).rejects.toThrow(UnknownCredential);
  });

  it('a config that the stack did not write is told with its fields', async () => {
    ssm
      .on(GetParametersCommand)
      .resolves({ Parameters: [{ ...config, Value: '{"version":1,"id":"kis-main"}' }] });
    await expect(store.read('kis-main')).rejects.toThrow(UnreadableConfig);
    await expect(store.read('kis-main')).rejects.toThrow(/broker: .*market: /s);
  });

  it('a state that cannot be read is bounded by when it was written', async () => {
    const LastModifiedDate = new Date(kst('11:59'));
    stored('oops', { LastModifiedDate });
    expect(await store.read('kis-main')).toMatchObject({
      unreadable: 'it is not JSON',
      state: { generation: 0, lastCallAt: kst('11:59') },
    });
  });

  it('AWS trouble names the call and the error', async () => {
    ssm.on(GetParametersCommand).rejects(error('ThrottlingException'));
    const trouble = await store.read('kis-main').catch((caught: unknown) => caught);
    expect(trouble).toBeInstanceOf(AwsTrouble);
    expect(trouble).toMatchObject({
      awsCode: 'ThrottlingException',
      permanent: false,
      message: `read ${NAMES.config} and ${NAMES.state}: ThrottlingException: ThrottlingException happened`,
    });
  });
});

describe('what is read within a minute of our own write', () => {
  it('is not believed if it is older', async () => {
    ssm.on(PutParameterCommand).resolves({ Version: 8 });
    stored(formatState(NO_STATE));
    await store.writeState('kis-main', HEALTHY);
    expect((await store.read('kis-main')).state.generation).toBe(41);
  });

  it('nor is its absence', async () => {
    ssm.on(PutParameterCommand).resolves({ Version: 1 });
    stored(undefined);
    await store.writeState('kis-main', HEALTHY);
    expect((await store.read('kis-main')).state.generation).toBe(41);
  });

  it('is believed if it is as new', async () => {
    ssm.on(PutParameterCommand).resolves({ Version: 7 });
    stored(formatState(NO_STATE));
    await store.writeState('kis-main', HEALTHY);
    expect((await store.read('kis-main')).state.generation).toBe(0);
  });

  it('after the minute whatever is there is believed: somebody may have put it back', async () => {
    ssm.on(PutParameterCommand).resolves({ Version: 8 });
    stored(formatState(NO_STATE));
    await store.writeState('kis-main', HEALTHY);
    now += 60_000;
    expect((await store.read('kis-main')).state.generation).toBe(0);
  });

  it('a write that does not say its version proves nothing', async () => {
    ssm.on(PutParameterCommand).resolves({});
    stored(formatState(NO_STATE));
    await store.writeState('kis-main', HEALTHY);
    expect((await store.read('kis-main')).state.generation).toBe(0);
  });
});

describe('writing', () => {
  it('creates the token with tags and without Overwrite, encrypted with the own key', async () => {
    ssm.on(PutParameterCommand).resolves({ Version: 1 });
    await store.writeToken('kis-main', 'FAKE-token');
    expect(puts()).toEqual([
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

  it('overwrites one that exists, without tags, and does not try to create it again', async () => {
    ssm.on(PutParameterCommand, { Overwrite: false }).rejects(error('ParameterAlreadyExists'));
    ssm.on(PutParameterCommand, { Overwrite: true }).resolves({ Version: 2 });
    await store.writeState('kis-main', HEALTHY);
    await store.writeState('kis-main', HEALTHY);
    expect(puts().map(({ Overwrite, Tags }) => [Overwrite, Tags?.length])).toEqual([
      [false, 1],
      [true, undefined],
      [true, undefined],
    ]);
  });

  it('overwrites what it has created itself', async () => {
    ssm.on(PutParameterCommand).resolves({ Version: 1 });
    await store.writeToken('kis-main', 'FAKE-token-1');
    await store.writeToken('kis-main', 'FAKE-token-2');
    expect(puts().map(({ Overwrite, Tags }) => [Overwrite, Tags?.length])).toEqual([
      [false, 1],
      [true, undefined],
    ]);
  });

  it('a refusal to create is told, and not answered by overwriting', async () => {
    ssm.on(PutParameterCommand, { Overwrite: false }).rejects(error('AccessDeniedException'));
    ssm.on(PutParameterCommand, { Overwrite: true }).resolves({ Version: 2 });
    await expect(store.writeToken('kis-main', 'FAKE-token')).rejects.toThrow(
      `write ${NAMES.token}: AccessDeniedException`,
    );
    expect(puts()).toHaveLength(1);
  });

  it('a state without a token says nothing of a token parameter', async () => {
    ssm.on(PutParameterCommand).resolves({ Version: 1 });
    stored(formatState(NO_STATE));
    await store.read('kis-main');
    await store.writeToken('kis-main', 'FAKE-token');
    await store.writeState('kis-main', HEALTHY);
    expect(puts().map(({ Name, Overwrite }) => [Name, Overwrite])).toEqual([
      [NAMES.token, false],
      [NAMES.state, true],
    ]);
  });

  it('without a state that was read it is created', async () => {
    ssm.on(PutParameterCommand).resolves({ Version: 1 });
    stored(undefined);
    await store.read('kis-main');
    await store.writeState('kis-main', HEALTHY);
    expect(puts().map(({ Overwrite }) => Overwrite)).toEqual([false]);
  });

  it('knows from a state that was read what exists', async () => {
    ssm.on(PutParameterCommand).resolves({ Version: 8 });
    stored(formatState(HEALTHY));
    await store.read('kis-main');
    await store.writeToken('kis-main', 'FAKE-token');
    await store.writeState('kis-main', HEALTHY);
    expect(puts().map(({ Name, Type, Overwrite }) => [Name, Type, Overwrite])).toEqual([
      [NAMES.token, 'SecureString', true],
      [NAMES.state, 'String', true],
    ]);
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
  ])('%s: a person must look: %s', async (name, permanent) => {
    ssm.on(PutParameterCommand).rejects(error(name));
    await expect(store.writeState('kis-main', HEALTHY)).rejects.toMatchObject({ awsCode: name, permanent });
  });

  it('what is thrown and is no error is told as well', () => {
    expect(new AwsTrouble('read', 'a text')).toMatchObject({
      awsCode: 'Error',
      message: 'read: Error: a text',
    });
  });
});

describe('what AWS says of a token that it does not take', () => {
  it('is told without the token, should it be repeated', async () => {
    const message = "Value 'FAKE-token' at 'value' failed to satisfy constraint";
    ssm.on(PutParameterCommand).rejects(Object.assign(new Error(message), { name: 'ValidationException' }));
    await expect(store.writeToken('kis-main', 'FAKE-token')).rejects.toThrow(
      "write /bt/kis-main/token: ValidationException: Value '***' at 'value' failed to satisfy constraint",
    );
  });
});

describe('reading the token, which only a revocation or a check does', () => {
  it('asks for it in clear', async () => {
    ssm.on(GetParameterCommand).resolves({ Parameter: { Value: 'FAKE-token' } });
    expect(await store.readToken('kis-main')).toBe('FAKE-token');
    expect(ssm.call(0).args[0].input).toEqual({ Name: NAMES.token, WithDecryption: true });
  });

  it('finds nothing where nothing is', async () => {
    ssm.on(GetParameterCommand).rejects(error('ParameterNotFound'));
    expect(await store.readToken('kis-main')).toBeUndefined();
  });

  it.each([error('AccessDeniedException'), 'no error'])('tells %s', async (thrown) => {
    ssm.on(GetParameterCommand).callsFake(() => Promise.reject(thrown));
    await expect(store.readToken('kis-main')).rejects.toThrow(`read ${NAMES.token}`);
  });
});

import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  DeleteParametersCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersCommand,
  ListTagsForResourceCommand,
  ParameterAlreadyExists,
  ParameterNotFound,
  PutParameterCommand,
  type PutParameterCommandInput,
} from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { HOUR, START } from '../brokers/broker-harness.ts';
import { refusal, startFakeAws } from './aws-harness.ts';

const NAME = '/broker-tokens/kis-main/token';
const ARN = `arn:aws:ssm:ap-northeast-2:123456789012:parameter${NAME}`;
const SECURE = { Name: NAME, Value: 'FAKE-TOKEN', Type: 'SecureString', KeyId: 'FAKE-KEY' } as const;

describe('a parameter in the fake Parameter Store', () => {
  it('is returned in plain text with decryption, and as opaque text without', async () => {
    const { ssm } = await startFakeAws();
    expect(await ssm.send(new PutParameterCommand(SECURE))).toMatchObject({ Version: 1, Tier: 'Standard' });
    const clear = await ssm.send(new GetParameterCommand({ Name: NAME, WithDecryption: true }));
    expect(clear.Parameter).toEqual({
      Name: NAME,
      Type: 'SecureString',
      Value: 'FAKE-TOKEN',
      Version: 1,
      LastModifiedDate: new Date(START),
      ARN,
      DataType: 'text',
    });
    const opaque = await ssm.send(new GetParameterCommand({ Name: NAME }));
    expect(opaque.Parameter?.Value).toMatch(/^AQICAFAKE/);
    expect(opaque.Parameter?.Value).not.toContain('TOKEN');
  });

  it('has numbered versions with the time of the simulated clock, and keeps its type', async () => {
    const { ssm, clock } = await startFakeAws();
    await ssm.send(new PutParameterCommand(SECURE));
    clock.advance(HOUR);
    const put = await ssm.send(new PutParameterCommand({ Name: NAME, Value: 'FAKE-2', Overwrite: true }));
    expect(put.Version).toBe(2);
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: ARN, WithDecryption: true }));
    expect(Parameter).toMatchObject({
      Value: 'FAKE-2',
      Type: 'SecureString',
      LastModifiedDate: new Date(START + HOUR),
    });
    const first = await ssm.send(new GetParameterCommand({ Name: `${NAME}:1`, WithDecryption: true }));
    expect(first.Parameter?.Value).toBe('FAKE-TOKEN');
  });

  it('keeps the newest 100 versions', async () => {
    const { ssm, aws } = await startFakeAws();
    for (let i = 0; i < 101; i += 1) aws.putParameter(NAME, `FAKE-${i}`);
    expect(aws.parameterVersions(NAME).map(({ version }) => version)).toEqual(
      Array.from({ length: 100 }, (_, i) => i + 2),
    );
    expect(await refusal(ssm.send(new GetParameterCommand({ Name: `${NAME}:1` })))).toMatchObject({
      name: 'ParameterVersionNotFound',
    });
  });

  it('has the tags of its creation and later ones', async () => {
    const { ssm } = await startFakeAws();
    const about = { ResourceType: 'Parameter', ResourceId: NAME } as const;
    await ssm.send(new PutParameterCommand({ ...SECURE, Tags: [{ Key: 'a', Value: '1' }] }));
    await ssm.send(new AddTagsToResourceCommand({ ...about, Tags: [{ Key: 'b', Value: '2' }] }));
    const { TagList } = await ssm.send(new ListTagsForResourceCommand(about));
    expect(TagList).toEqual([
      { Key: 'a', Value: '1' },
      { Key: 'b', Value: '2' },
    ]);
    const unknown = { ...about, ResourceId: '/none' };
    expect(await refusal(ssm.send(new ListTagsForResourceCommand(unknown)))).toMatchObject({
      name: 'InvalidResourceId',
    });
  });

  it('starts again at version 1 without tags after its deletion', async () => {
    const { ssm } = await startFakeAws();
    await ssm.send(new PutParameterCommand({ ...SECURE, Tags: [{ Key: 'a', Value: '1' }] }));
    await ssm.send(new DeleteParameterCommand({ Name: NAME }));
    expect(await refusal(ssm.send(new DeleteParameterCommand({ Name: NAME })))).toMatchObject({
      name: 'ParameterNotFound',
    });
    expect((await ssm.send(new PutParameterCommand(SECURE))).Version).toBe(1);
    const about = { ResourceType: 'Parameter', ResourceId: NAME } as const;
    expect((await ssm.send(new ListTagsForResourceCommand(about))).TagList).toEqual([]);
    const deleted = await ssm.send(new DeleteParametersCommand({ Names: [NAME, '/none'] }));
    expect(deleted).toMatchObject({ DeletedParameters: [NAME], InvalidParameters: ['/none'] });
  });
});

describe('several parameters in one call of the fake Parameter Store', () => {
  it('are returned in another order than requested, with the names of missing ones', async () => {
    const { ssm, aws } = await startFakeAws();
    aws.putParameter('/a/config', '{}');
    aws.putParameter('/a/state', '{"version":1}');
    const got = await ssm.send(new GetParametersCommand({ Names: ['/a/config', '/a/state', '/a/token'] }));
    expect(got.Parameters?.map(({ Name }) => Name)).toEqual(['/a/state', '/a/config']);
    expect(got.InvalidParameters).toEqual(['/a/token']);
    expect(aws.calls).toEqual([
      {
        at: START,
        service: 'ssm',
        operation: 'GetParameters',
        name: '/a/config,/a/state,/a/token',
        outcome: 'ok',
      },
    ]);
  });

  it.each([0, 11])('are rejected if their number is %i', async (length) => {
    const { ssm } = await startFakeAws();
    const Names = Array.from({ length }, (_, i) => `/a/${i}`);
    expect(await refusal(ssm.send(new GetParametersCommand({ Names })))).toMatchObject({
      name: 'ValidationException',
    });
  });
});

describe('the fake Parameter Store', () => {
  const tags = [{ Key: 'a', Value: '1' }];
  it.each<[string, Partial<PutParameterCommandInput>, string]>([
    ['tags together with overwrite', { Overwrite: true, Tags: tags }, 'ValidationException'],
    ['a second parameter of the same name', {}, 'ParameterAlreadyExists'],
    [
      'a change of type',
      { Overwrite: true, Type: 'String', KeyId: undefined },
      'HierarchyTypeMismatchException',
    ],
    ['an unknown type', { Overwrite: true, Type: 'Secret' as 'String' }, 'ValidationException'],
    ['an empty value', { Overwrite: true, Value: '' }, 'ValidationException'],
    ['4,097 bytes', { Overwrite: true, Value: 'x'.repeat(4097) }, 'ValidationException'],
    [
      '1,366 characters that are 4,098 bytes',
      { Overwrite: true, Value: '가'.repeat(1366) },
      'ValidationException',
    ],
    ['a new parameter without a type', { Name: '/new', Type: undefined }, 'ValidationException'],
    ['a KMS key for a String', { Name: '/new', Type: 'String' }, 'ValidationException'],
    ['a name that starts with ssm', { Name: '/ssm-tokens/a' }, 'ValidationException'],
    ['a name that starts with AWS', { Name: 'AWStokens' }, 'ValidationException'],
    ['a path that is reserved', { Name: '/aws/tokens' }, 'AccessDeniedException'],
    ['a blank within a name', { Name: '/broker tokens/a' }, 'ValidationException'],
    ['an ARN as a name', { Name: ARN }, 'ValidationException'],
    ['a path without its leading slash', { Name: 'broker-tokens/a' }, 'ValidationException'],
    ['an empty level', { Name: '/broker-tokens//a' }, 'ValidationException'],
    ['16 levels', { Name: '/a'.repeat(16) }, 'HierarchyLevelLimitExceededException'],
    ['a field that is not simulated', { AllowedPattern: '.*' }, 'NotSimulatedException'],
  ])('rejects %s', async (_, changes, name) => {
    const { ssm, aws } = await startFakeAws();
    await ssm.send(new PutParameterCommand(SECURE));
    expect(await refusal(ssm.send(new PutParameterCommand({ ...SECURE, ...changes })))).toMatchObject({
      name,
    });
    expect(aws.parameterNames()).toEqual([NAME]);
    expect(aws.parameterVersions(NAME)).toHaveLength(1);
    expect(aws.calls.at(-1)?.outcome).toBe(name);
  });

  it('accepts 4,096 bytes in the standard tier, 8,192 in the advanced tier, and no downgrade', async () => {
    const { ssm } = await startFakeAws();
    const put = (length: number, more: Partial<PutParameterCommandInput> = {}) =>
      ssm.send(
        new PutParameterCommand({
          Name: '/a',
          Type: 'String',
          Value: 'x'.repeat(length),
          Overwrite: true,
          ...more,
        }),
      );
    expect((await put(4096)).Tier).toBe('Standard');
    expect((await put(4097, { Tier: 'Advanced' })).Tier).toBe('Advanced');
    expect(await refusal(put(1, { Tier: 'Standard' }))).toMatchObject({ name: 'ValidationException' });
    expect(await refusal(put(8193))).toMatchObject({ name: 'ValidationException' });
  });

  it('returns errors that the SDK maps to its own classes', async () => {
    const { ssm } = await startFakeAws();
    await ssm.send(new PutParameterCommand(SECURE));
    await expect(ssm.send(new PutParameterCommand(SECURE))).rejects.toBeInstanceOf(ParameterAlreadyExists);
    await expect(ssm.send(new GetParameterCommand({ Name: '/none' }))).rejects.toBeInstanceOf(
      ParameterNotFound,
    );
  });

  it('rejects operations that it does not have', async () => {
    const { ssm } = await startFakeAws();
    expect(await refusal(ssm.send(new GetParameterHistoryCommand({ Name: NAME })))).toMatchObject({
      name: 'UnknownOperationException',
    });
  });

  it('rejects a call without a signature', async () => {
    const { endpoint } = await startFakeAws();
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AmazonSSM.GetParameter',
    };
    const response = await fetch(endpoint, { method: 'POST', headers, body: '{"Name":"/a"}' });
    expect(response.status).toBe(400);
    expect(response.headers.get('x-amzn-requestid')).toMatch(/^fa4e/);
    expect(await response.json()).toMatchObject({ __type: 'MissingAuthenticationTokenException' });
  });
});

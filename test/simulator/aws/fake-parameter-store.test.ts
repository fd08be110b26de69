import {
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersCommand,
  PutParameterCommand,
  type PutParameterCommandInput,
} from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { HOUR, START } from '../brokers/broker-harness.ts';
import { rejection, startFakeAws } from './aws-harness.ts';

const NAME = '/broker-tokens/kis-main/token';
const ARN = `arn:aws:ssm:ap-northeast-2:123456789012:parameter${NAME}`;
const SECURE = { Name: NAME, Value: 'FAKE-TOKEN', Type: 'SecureString', KeyId: 'FAKE-KEY' } as const;

// The tests in test/conformance compare the fake Parameter Store with the behavior that AWS documents.
describe('a parameter in the fake Parameter Store', () => {
  it('has the modification time of the simulated clock and all fields of the real service', async () => {
    const { ssm, clock } = await startFakeAws();
    await ssm.send(new PutParameterCommand(SECURE));
    clock.advance(HOUR);
    await ssm.send(new PutParameterCommand({ Name: NAME, Value: 'FAKE-2', Overwrite: true }));
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: NAME, WithDecryption: true }));
    expect(Parameter).toEqual({
      Name: NAME,
      Type: 'SecureString',
      Value: 'FAKE-2',
      Version: 2,
      LastModifiedDate: new Date(START + HOUR),
      ARN,
      DataType: 'text',
    });
  });
});

describe('a GetParameters call of the fake Parameter Store', () => {
  it('returns the parameters in a different order than requested, and the names of missing parameters', async () => {
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

  it.each([0, 11])('is rejected if it contains %i names', async (length) => {
    const { ssm } = await startFakeAws();
    const Names = Array.from({ length }, (_, i) => `/a/${i}`);
    expect(await rejection(ssm.send(new GetParametersCommand({ Names })))).toMatchObject({
      name: 'ValidationException',
    });
  });
});

describe('the fake Parameter Store', () => {
  it.each<[string, Partial<PutParameterCommandInput>, string]>([
    ['an unknown type', { Overwrite: true, Type: 'Secret' as 'String' }, 'ValidationException'],
    [
      '1,366 characters that are 4,098 bytes',
      { Overwrite: true, Value: '가'.repeat(1366) },
      'ValidationException',
    ],
    ['a KMS key for a String', { Name: '/new', Type: 'String' }, 'ValidationException'],
    ['a path that is reserved', { Name: '/aws/tokens' }, 'AccessDeniedException'],
    ['an ARN as a name', { Name: ARN }, 'ValidationException'],
    ['a field that is not simulated', { AllowedPattern: '.*' }, 'NotSimulatedException'],
    ['a tier that is not simulated', { Overwrite: true, Tier: 'Advanced' }, 'NotSimulatedException'],
  ])('rejects %s', async (_, changes, name) => {
    const { ssm, aws } = await startFakeAws();
    await ssm.send(new PutParameterCommand(SECURE));
    expect(await rejection(ssm.send(new PutParameterCommand({ ...SECURE, ...changes })))).toMatchObject({
      name,
    });
    expect(aws.parameterNames()).toEqual([NAME]);
    expect(aws.parameterVersions(NAME)).toHaveLength(1);
    expect(aws.calls.at(-1)?.outcome).toBe(name);
  });

  it('rejects operations that it does not support', async () => {
    const { ssm } = await startFakeAws();
    expect(await rejection(ssm.send(new GetParameterHistoryCommand({ Name: NAME })))).toMatchObject({
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

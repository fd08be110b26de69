import { CreateSecretCommand, GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import {
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersCommand,
  PutParameterCommand,
  type PutParameterCommandInput,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { FakeAws } from '../../../simulator/aws/fake-aws.ts';
import { FakeAwsError } from '../../../simulator/aws/wire.ts';
import { ManualClock } from '../../../simulator/clock.ts';
import { clientsOf, outcomeOf } from '../../conformance/behavior.ts';
import { HOUR, listenDuringTest, START } from '../brokers/broker-harness.ts';

const TOKEN = '/a/token';
const STATE = '/a/state';

/** Starts the fake AWS over HTTP with two parameters. */
async function startFakeAws() {
  const clock = new ManualClock(START);
  const aws = new FakeAws({ clock });
  aws.putParameter(TOKEN, 'FAKE-1', 'SecureString');
  aws.putParameter(STATE, '{}');
  const endpoint = await listenDuringTest(aws.listen());
  return { clock, aws, endpoint, ...clientsOf(endpoint) };
}

// The tests in test/conformance compare the fake AWS with the behavior that AWS documents.
describe('the fake Parameter Store', () => {
  it('returns the same fields as AWS for an ARN with a version, and uses the simulated clock', async () => {
    const { ssm, clock } = await startFakeAws();
    clock.advance(HOUR);
    await ssm.send(new PutParameterCommand({ Name: TOKEN, Value: 'FAKE-2', Overwrite: true }));
    const ARN = `arn:aws:ssm:ap-northeast-2:123456789012:parameter${TOKEN}`;
    const input = { Name: `${ARN}:2`, WithDecryption: true };
    expect((await ssm.send(new GetParameterCommand(input))).Parameter).toEqual({
      Name: TOKEN,
      Type: 'SecureString',
      Value: 'FAKE-2',
      Version: 2,
      LastModifiedDate: new Date(START + HOUR),
      Selector: ':2',
      ARN,
      DataType: 'text',
    });
  });

  it('returns parameters in a different order than requested, and records one call for all names', async () => {
    const { ssm, aws } = await startFakeAws();
    const { Parameters } = await ssm.send(new GetParametersCommand({ Names: ['/a/config', STATE, TOKEN] }));
    expect(Parameters?.map(({ Name }) => Name)).toEqual([TOKEN, STATE]);
    const name = `/a/config,${STATE},${TOKEN}`;
    expect(aws.calls).toEqual([
      { at: START, service: 'ssm', operation: 'GetParameters', name, outcome: 'ok' },
    ]);
    aws.clearCalls();
    expect(aws.calls).toEqual([]);
  });

  it.each<[string, Partial<PutParameterCommandInput>]>([
    ['an unknown type', { Type: 'Secret' as 'String' }],
    ['1,366 characters that are 4,098 bytes', { Value: '가'.repeat(1366) }],
    ['a field that is not simulated', { AllowedPattern: '.*' }],
    ['a tier that is not simulated', { Tier: 'Advanced' }],
  ])('rejects %s', async (_, changes) => {
    const { ssm, aws } = await startFakeAws();
    const input = { Name: TOKEN, Value: 'FAKE-2', Overwrite: true, ...changes };
    expect(await outcomeOf(ssm.send(new PutParameterCommand(input)))).toBe('ValidationException');
    expect(aws.parameterVersions(TOKEN)).toHaveLength(1);
    expect(aws.calls.at(-1)?.outcome).toBe('ValidationException');
  });

  it('rejects unsupported requests, unsupported operations, and a GetParameters call without names', async () => {
    const { ssm, endpoint } = await startFakeAws();
    expect((await fetch(endpoint)).status).toBe(400);
    const getNothing = ssm.send(new GetParametersCommand({ Names: [] }));
    expect(await outcomeOf(getNothing)).toBe('ValidationException');
    const getHistory = ssm.send(new GetParameterHistoryCommand({ Name: TOKEN }));
    expect(await outcomeOf(getHistory)).toBe('UnknownOperationException');
  });

  it('writes no value if the function "errorOf" returns an error, and records each retry of the SDK', async () => {
    const { aws, endpoint } = await startFakeAws();
    let errors = 1;
    aws.errorOf = (operation) => {
      if (operation !== 'PutParameter' || errors === 0) return undefined;
      errors -= 1;
      return new FakeAwsError('ThrottlingException', 'Rate exceeded');
    };
    const credentials = { accessKeyId: 'FAKE', secretAccessKey: 'FAKE' };
    const retrying = new SSMClient({ endpoint, region: 'ap-northeast-2', credentials, maxAttempts: 2 });
    await retrying.send(new PutParameterCommand({ Name: STATE, Value: '{"version":1}', Overwrite: true }));
    expect(aws.calls.map(({ outcome }) => outcome)).toEqual(['ThrottlingException', 'ok']);
    expect(aws.parameterVersions(STATE)).toHaveLength(2);
  });
});

describe('the fake Secrets Manager', () => {
  it('reports the missing staging label of a secret without a value, and can add a value to the secret', async () => {
    const { secrets, aws } = await startFakeAws();
    const SecretId = aws.putSecret('broker-tokens/kis-main');
    const get = () => secrets.send(new GetSecretValueCommand({ SecretId }));
    await expect(get()).rejects.toThrow('staging label: AWSCURRENT');
    expect(aws.putSecret('broker-tokens/kis-main', 'FAKE')).toBe(SecretId);
    expect((await get()).SecretString).toBe('FAKE');
  });

  it('rejects an invalid name', async () => {
    const { secrets } = await startFakeAws();
    const create = secrets.send(new CreateSecretCommand({ Name: 'two words', SecretString: 'FAKE' }));
    expect(await outcomeOf(create)).toBe('ValidationException');
  });
});

import { DescribeSecretCommand, GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import {
  GetParameterCommand,
  GetParametersCommand,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import type { AwsFaultKind } from '../../../simulator/aws/faults.ts';
import { START } from '../brokers/broker-harness.ts';
import { refusal, startFakeAws } from './aws-harness.ts';

const TOKEN = '/a/token';
const STATE = '/a/state';

async function prepared() {
  const all = await startFakeAws();
  all.aws.putParameter(TOKEN, 'FAKE-1', 'SecureString');
  all.aws.putParameter(STATE, '{"version":1}');
  const putToken = () =>
    all.ssm.send(
      new PutParameterCommand({ Name: TOKEN, Value: 'FAKE-2', Type: 'SecureString', Overwrite: true }),
    );
  const putState = () =>
    all.ssm.send(new PutParameterCommand({ Name: STATE, Value: '{"version":2}', Overwrite: true }));
  const getToken = () => all.ssm.send(new GetParameterCommand({ Name: TOKEN, WithDecryption: true }));
  return { ...all, putToken, putState, getToken };
}

describe('a write with a fault', () => {
  // TimeoutError is the SDK's name for a connection that was reset.
  it.each<[AwsFaultKind, string, string]>([
    ['throttling', 'ThrottlingException', 'FAKE-1'],
    ['access-denied', 'AccessDeniedException', 'FAKE-1'],
    ['internal-error', 'InternalServerError', 'FAKE-1'],
    ['kms-error', 'InvalidKeyId', 'FAKE-1'],
    ['kms-access-denied', 'AccessDeniedException', 'FAKE-1'],
    ['no-answer', 'TimeoutError', 'FAKE-1'],
    ['written-but-error', 'InternalServerError', 'FAKE-2'],
    ['written-but-no-answer', 'TimeoutError', 'FAKE-2'],
  ])('of the kind %s returns %s, and the parameter is %s', async (kind, name, value) => {
    const { aws, putToken, putState } = await prepared();
    aws.faults.add({ kind, operation: 'PutParameter', name: TOKEN });
    expect((await refusal(putToken())).name).toBe(name);
    expect(aws.parameter(TOKEN)?.value).toBe(value);
    await putState();
    expect(aws.parameter(STATE)?.value).toBe('{"version":2}');
  });

  it('succeeds after the fault is removed, used up or cleared', async () => {
    const { aws, putToken } = await prepared();
    const remove = aws.faults.add({ kind: 'access-denied' });
    expect((await refusal(putToken())).name).toBe('AccessDeniedException');
    remove();
    await putToken();
    aws.faults.add({ kind: 'access-denied', times: 1 });
    expect((await refusal(putToken())).name).toBe('AccessDeniedException');
    await putToken();
    aws.faults.add({ kind: 'access-denied' });
    aws.faults.clear();
    await putToken();
    expect(aws.parameter(TOKEN)?.version).toBe(4);
  });

  it('is retried by the SDK, and each retry is logged as a call', async () => {
    const { aws, endpoint } = await prepared();
    aws.faults.add({ kind: 'throttling', times: 1 });
    const credentials = { accessKeyId: 'FAKE', secretAccessKey: 'FAKE' };
    const patient = new SSMClient({ endpoint, region: 'ap-northeast-2', credentials, maxAttempts: 2 });
    await patient.send(new GetParameterCommand({ Name: STATE }));
    expect(aws.calls.map(({ outcome }) => outcome)).toEqual(['ThrottlingException', 'ok']);
  });
});

describe('a read with a fault', () => {
  it('returns the parameter before the last write, or nothing', async () => {
    const { aws, putToken, getToken, ssm } = await prepared();
    await putToken();
    aws.faults.add({ kind: 'stale-read' });
    expect((await getToken()).Parameter).toMatchObject({ Value: 'FAKE-1', Version: 1 });
    const both = await ssm.send(new GetParametersCommand({ Names: [TOKEN, STATE], WithDecryption: true }));
    expect(both.Parameters?.map(({ Name }) => Name)).toEqual([TOKEN]);
    expect(both.InvalidParameters).toEqual([STATE]);
  });

  it('returns the previous value of a secret, and describes it as current', async () => {
    const { aws, secrets } = await prepared();
    aws.putSecret('kis', '{"FAKE":1}');
    aws.putSecret('kis', '{"FAKE":2}');
    aws.faults.add({ kind: 'stale-read' });
    const read = await secrets.send(new GetSecretValueCommand({ SecretId: 'kis' }));
    expect(read.SecretString).toBe('{"FAKE":1}');
    const { VersionIdsToStages } = await secrets.send(new DescribeSecretCommand({ SecretId: 'kis' }));
    expect(VersionIdsToStages?.[String(read.VersionId)]).toContain('AWSCURRENT');
  });

  it('fails with a KMS fault only if it decrypts', async () => {
    const { aws, ssm, getToken } = await prepared();
    aws.faults.add({ kind: 'kms-error' });
    expect((await refusal(getToken())).name).toBe('InvalidKeyId');
    await ssm.send(new GetParameterCommand({ Name: TOKEN }));
    await ssm.send(new GetParameterCommand({ Name: STATE, WithDecryption: true }));
    const both = await ssm.send(new GetParametersCommand({ Names: [TOKEN, STATE] }));
    expect(both.Parameters?.map(({ Version }) => Version)).toEqual([1, 1]);
    expect(aws.calls.map(({ outcome }) => outcome)).toEqual(['InvalidKeyId', 'ok', 'ok', 'ok']);
  });

  it('of a secret by ARN fails with a fault of its name, with the errors of Secrets Manager', async () => {
    const { aws, secrets } = await prepared();
    const SecretId = aws.putSecret('kis', '{"FAKE":1}');
    const get = () => secrets.send(new GetSecretValueCommand({ SecretId }));
    const seen: string[] = [];
    for (const kind of ['kms-error', 'internal-error', 'access-denied'] as const) {
      aws.faults.add({ kind, name: 'kis', times: 1 });
      seen.push((await refusal(get())).name);
    }
    expect(seen).toEqual(['DecryptionFailure', 'InternalServiceError', 'AccessDeniedException']);
    expect((await get()).SecretString).toBe('{"FAKE":1}');
  });
});

describe('the call log of the fake AWS', () => {
  it('contains operation, name, time and outcome of each call over HTTP, and no other access', async () => {
    const { aws, clock, ssm, putState } = await prepared();
    expect(aws.calls).toEqual([]);
    await ssm.send(new GetParametersCommand({ Names: ['/a/config', STATE] }));
    clock.advance(1000);
    aws.faults.add({ kind: 'no-answer', operation: 'PutParameter' });
    await refusal(putState());
    expect(aws.calls).toEqual([
      { at: START, service: 'ssm', operation: 'GetParameters', name: `/a/config,${STATE}`, outcome: 'ok' },
      { at: START + 1000, service: 'ssm', operation: 'PutParameter', name: STATE, outcome: 'no-answer' },
    ]);
    aws.clearCalls();
    expect(aws.calls).toEqual([]);
  });
});

import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import {
  GetParameterCommand,
  GetParametersCommand,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import type { AwsFaultKind } from '../../../simulator/aws/faults.ts';
import { START } from '../brokers/broker-harness.ts';
import { rejection, startFakeAws } from './aws-harness.ts';

const TOKEN = '/a/token';
const STATE = '/a/state';

async function prepared() {
  const all = await startFakeAws();
  all.aws.putParameter(TOKEN, 'FAKE-1', 'SecureString');
  all.aws.putParameter(STATE, '{"version":1}');
  const put = (Name: string, Value: string) =>
    all.ssm.send(new PutParameterCommand({ Name, Value, Overwrite: true }));
  return { ...all, putToken: () => put(TOKEN, 'FAKE-2'), putState: () => put(STATE, '{"version":2}') };
}

describe('a call to the fake AWS for which a fault is set', () => {
  it.each<[AwsFaultKind, string]>([
    ['throttling', 'ThrottlingException'],
    ['access-denied', 'AccessDeniedException'],
    ['kms-error', 'InvalidKeyId'],
  ])('of the kind %s returns %s, has no effect, and affects no other parameter', async (kind, name) => {
    const { aws, putToken, putState } = await prepared();
    aws.faults.add({ kind, operation: 'PutParameter', name: TOKEN });
    expect((await rejection(putToken())).name).toBe(name);
    expect(aws.parameter(TOKEN)?.value).toBe('FAKE-1');
    await putState();
    expect(aws.parameter(STATE)?.value).toBe('{"version":2}');
  });

  it('succeeds after the fault is removed or has occurred as often as configured', async () => {
    const { aws, putToken } = await prepared();
    const remove = aws.faults.add({ kind: 'access-denied' });
    expect((await rejection(putToken())).name).toBe('AccessDeniedException');
    remove();
    await putToken();
    aws.faults.add({ kind: 'access-denied', times: 1 });
    expect((await rejection(putToken())).name).toBe('AccessDeniedException');
    await putToken();
    expect(aws.parameter(TOKEN)?.version).toBe(3);
  });

  it('is retried by the SDK, and each retry is logged as a call', async () => {
    const { aws, endpoint } = await prepared();
    aws.faults.add({ kind: 'throttling', times: 1 });
    const credentials = { accessKeyId: 'FAKE', secretAccessKey: 'FAKE' };
    const retrying = new SSMClient({ endpoint, region: 'ap-northeast-2', credentials, maxAttempts: 2 });
    await retrying.send(new GetParameterCommand({ Name: STATE }));
    expect(aws.calls.map(({ outcome }) => outcome)).toEqual(['ThrottlingException', 'ok']);
  });

  it('fails with InvalidKeyId for the fault kms-error, but only if the call decrypts a parameter', async () => {
    const { aws, ssm } = await prepared();
    aws.faults.add({ kind: 'kms-error' });
    const getToken = new GetParameterCommand({ Name: TOKEN, WithDecryption: true });
    expect((await rejection(ssm.send(getToken))).name).toBe('InvalidKeyId');
    await ssm.send(new GetParameterCommand({ Name: TOKEN }));
    await ssm.send(new GetParameterCommand({ Name: STATE, WithDecryption: true }));
    const both = await ssm.send(new GetParametersCommand({ Names: [TOKEN, STATE] }));
    expect(both.Parameters?.map(({ Version }) => Version)).toEqual([1, 1]);
    expect(aws.calls.map(({ outcome }) => outcome)).toEqual(['InvalidKeyId', 'ok', 'ok', 'ok']);
  });

  it('fails with a Secrets Manager error, even if the call names the secret by ARN instead of by name', async () => {
    const { aws, secrets } = await prepared();
    const SecretId = aws.putSecret('kis', '{"FAKE":1}');
    const get = () => secrets.send(new GetSecretValueCommand({ SecretId }));
    const names: string[] = [];
    for (const kind of ['kms-error', 'access-denied'] as const) {
      aws.faults.add({ kind, name: 'kis', times: 1 });
      names.push((await rejection(get())).name);
    }
    expect(names).toEqual(['DecryptionFailure', 'AccessDeniedException']);
    expect((await get()).SecretString).toBe('{"FAKE":1}');
  });
});

describe('the call log of the fake AWS', () => {
  it('contains operation, name, time and outcome of each HTTP call, but no direct method calls of a test', async () => {
    const { aws, clock, ssm, putState } = await prepared();
    expect(aws.calls).toEqual([]);
    await ssm.send(new GetParametersCommand({ Names: ['/a/config', STATE] }));
    clock.advance(1000);
    aws.faults.add({ kind: 'access-denied', operation: 'PutParameter' });
    await rejection(putState());
    const denied = { operation: 'PutParameter', name: STATE, outcome: 'AccessDeniedException' };
    expect(aws.calls).toEqual([
      { at: START, service: 'ssm', operation: 'GetParameters', name: `/a/config,${STATE}`, outcome: 'ok' },
      { at: START + 1000, service: 'ssm', ...denied },
    ]);
    aws.clearCalls();
    expect(aws.calls).toEqual([]);
  });
});

import { setTimeout } from 'node:timers/promises';
import { GetParametersByPathCommand, SSMClient } from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { formatConfig } from '../../../lambdas/shared/credential.ts';
import { parameterNames } from '../../../lambdas/shared/names.ts';
import { AwsTrouble } from '../../../lambdas/store/errors.ts';
import { readAdded } from '../../../lambdas/store/roster.ts';

vi.mock('node:timers/promises', () => ({ setTimeout: vi.fn(async () => {}) }));

const client = mockClient(SSMClient);
const PREFIX = '/broker-tokens';
const added = (id: string) => ({
  Name: parameterNames(PREFIX, id).config,
  Value: formatConfig({
    version: 1,
    id,
    broker: 'kis',
    market: 'paper',
    secretArn: 'arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:fake',
    renewBeforeSeconds: 3600,
    checkEverySeconds: 300,
    sessions: [],
    maxIssuesPerDay: 8,
    managedBy: 'operator',
  }),
});

afterAll(() => client.restore());
beforeEach(() => {
  client.reset();
  vi.mocked(setTimeout).mockClear();
});

function read() {
  return readAdded(new SSMClient({ region: 'ap-northeast-2' }), PREFIX);
}

describe('the credentials of a fleet', () => {
  it('are read page by page, with a pause between, so that consumers can read meanwhile', async () => {
    client
      .on(GetParametersByPathCommand)
      .resolvesOnce({ Parameters: [added('kis-1'), added('kis-2')], NextToken: 'FAKE-2' })
      .resolvesOnce({ Parameters: [], NextToken: 'FAKE-3' })
      .resolvesOnce({ Parameters: [added('kis-3')] });
    expect((await read()).map(({ id }) => id)).toEqual(['kis-1', 'kis-2', 'kis-3']);
    // Ten pages a second are a quarter of what an account may read.
    expect(vi.mocked(setTimeout).mock.calls).toEqual([[100], [100]]);
  });

  it('are nobody, not a few, when a page could not be read', async () => {
    client
      .on(GetParametersByPathCommand)
      .resolvesOnce({ Parameters: [added('kis-1')], NextToken: 'FAKE-2' })
      .rejectsOnce(Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' }));
    await expect(read()).rejects.toThrow(AwsTrouble);
  });
});

import { setTimeout } from 'node:timers/promises';
import { GetParametersByPathCommand, SSMClient } from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { formatConfig } from '../../../lambdas/shared/credential.ts';
import { parameterNames } from '../../../lambdas/shared/names.ts';
import { INITIAL_STATE } from '../../../lambdas/shared/state.ts';
import { listFleetCredentials, listFleetPages } from '../../../lambdas/store/list-credentials.ts';
import { formatState } from '../../../lambdas/store/state-codec.ts';
import { CONFIG } from '../../sample-state.ts';

vi.mock('node:timers/promises', () => ({ setTimeout: vi.fn(async () => {}) }));

const client = mockClient(SSMClient);
const PREFIX = '/broker-tokens';
const added = (id: string) => ({
  Name: parameterNames(PREFIX, id).config,
  Value: formatConfig({ ...CONFIG, id, managedBy: 'operator' }),
});

afterAll(() => client.restore());
beforeEach(() => {
  client.reset();
  vi.mocked(setTimeout).mockClear();
});

function read() {
  return listFleetCredentials(new SSMClient({ region: 'ap-northeast-2' }), PREFIX);
}

describe('The list of fleet credentials', () => {
  it('is read page by page with pauses, so that quota remains for consumers', async () => {
    client
      .on(GetParametersByPathCommand)
      .resolvesOnce({ Parameters: [added('kis-1'), added('kis-2')], NextToken: 'FAKE-2' })
      .resolvesOnce({ Parameters: [], NextToken: 'FAKE-3' })
      .resolvesOnce({ Parameters: [added('kis-3')] });
    expect((await read()).map(({ id }) => id)).toEqual(['kis-1', 'kis-2', 'kis-3']);
    // Pauses of 100 ms limit the reads to ten pages per second, which is a quarter of the quota of an
    // account.
    expect(vi.mocked(setTimeout).mock.calls).toEqual([[100], [100]]);
  });

  it('is read without decryption from String parameters below the prefix', async () => {
    client.on(GetParametersByPathCommand).resolves({});
    expect(await read()).toEqual([]);
    expect(client.call(0).args[0].input).toMatchObject({
      Path: PREFIX,
      Recursive: true,
      MaxResults: 10,
      ParameterFilters: [{ Key: 'Type', Option: 'Equals', Values: ['String'] }],
    });
    expect(JSON.stringify(client.call(0).args[0].input)).not.toContain('WithDecryption');
  });

  it('contains for each credential the stored state, the initial state, or the valid fields of a damaged state', async () => {
    const state = (id: string, Value: string) => ({ Name: parameterNames(PREFIX, id).state, Value });
    const configWrittenAt = Date.UTC(2026, 10, 21);
    client.on(GetParametersByPathCommand).resolves({
      Parameters: [
        { ...added('kis-1'), LastModifiedDate: new Date(configWrittenAt) },
        state('kis-1', formatState({ generation: 0, issues: [], paused: true })),
        added('kis-2'),
        added('kis-3'),
        state('kis-3', 'not JSON'),
        { ...added('kis-4'), Value: (added('kis-4').Value ?? '').replace('"live"', '"moon"') },
      ],
    });
    expect(await read()).toMatchObject([
      { id: 'kis-1', state: { paused: true }, unreadable: false, configWrittenAt },
      { id: 'kis-2', state: INITIAL_STATE, unreadable: false, configWrittenAt: 0 },
      { id: 'kis-3', state: INITIAL_STATE, unreadable: true },
      { id: 'kis-4', config: undefined },
    ]);
  });

  it('contains only credentials that the command "tokens add" created', async () => {
    const config = added('kis-1').Value;
    client.on(GetParametersByPathCommand).resolves({
      Parameters: [
        { Name: '/another/kis-1/config', Value: config },
        { Name: '/broker-tokenX/kis-1/config', Value: config },
        { Name: `${PREFIX}/kis-1/configs`, Value: config },
        { Name: `${PREFIX}/kis-1/secret`, Value: config },
        { Name: `${PREFIX}/kis/1/config`, Value: config },
        { Name: `${PREFIX}/config`, Value: config },
        { Name: `${PREFIX}/kis-5/config`, Value: (config ?? '').replace(',"managedBy":"operator"', '') },
        { Name: `${PREFIX}/kis-6/config` },
        { Value: config },
        added('kis-7'),
      ],
    });
    expect((await read()).map(({ id }) => id)).toEqual(['kis-7']);
  });

  it('is not returned if AWS rejects the read of a page, and an AwsError is thrown', async () => {
    client
      .on(GetParametersByPathCommand)
      .resolvesOnce({ Parameters: [added('kis-1')], NextToken: 'FAKE-2' })
      .rejectsOnce(Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' }));
    const message = 'read the parameters under /broker-tokens: ThrottlingException: Rate exceeded';
    await expect(read()).rejects.toThrow(expect.objectContaining({ code: 'Aws', message }));
  });
});

describe('The pages of fleet credentials', () => {
  const pages = async () => {
    const each: (readonly string[])[] = [];
    for await (const page of listFleetPages(new SSMClient({ region: 'ap-northeast-2' }), PREFIX))
      each.push(page);
    return each;
  };

  it('contain the ids of fleet credentials, but no credential of a stack', async () => {
    const { Name: name, Value: value } = added('kis-1');
    const ofStack = { Name: parameterNames(PREFIX, 'kis-main').config, Value: '{"version":1}' };
    const state = { Name: parameterNames(PREFIX, 'kis-1').state, Value: value };
    client
      .on(GetParametersByPathCommand)
      .resolvesOnce({ Parameters: [ofStack, { Name: name, Value: value }, state], NextToken: 'FAKE-2' })
      .resolvesOnce({ Parameters: [added('kis-2')] });
    expect(await pages()).toEqual([['kis-1'], ['kis-2']]);
    expect(setTimeout).not.toHaveBeenCalled();
  });
});

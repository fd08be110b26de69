import { GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { AwsError } from '../../../lambdas/store/aws-error.ts';
import { credentialsWithoutSchedule } from '../../../lambdas/store/schedules.ts';

const client = mockClient(SchedulerClient);
const missing = Object.assign(new Error('FAKE'), { name: 'ResourceNotFoundException' });

afterAll(() => client.restore());
beforeEach(() => client.reset());

const read = (...credentials: readonly string[]) =>
  credentialsWithoutSchedule(new SchedulerClient({ region: 'ap-northeast-2' }), 'FAKE-group', credentials);

describe('credentialsWithoutSchedule', () => {
  it('returns the credentials whose schedule is missing or disabled', async () => {
    client.on(GetScheduleCommand, { Name: 'kis-1' }).resolves({ State: 'ENABLED' });
    client.on(GetScheduleCommand, { Name: 'kis-2' }).resolves({ State: 'DISABLED' });
    client.on(GetScheduleCommand, { Name: 'kis-3' }).rejects(missing);
    client.on(GetScheduleCommand, { Name: 'kis-4' }).resolves({});
    expect([...(await read('kis-1', 'kis-2', 'kis-3', 'kis-4'))]).toEqual(['kis-2', 'kis-3']);
    expect(client.call(0).args[0].input).toEqual({ GroupName: 'FAKE-group', Name: 'kis-1' });
  });

  it('reads ten schedules concurrently, and each schedule once', async () => {
    const ids = Array.from({ length: 23 }, (_, index) => `kis-${index}`);
    const asked: string[] = [];
    let open = 0;
    let most = 0;
    client.on(GetScheduleCommand).callsFake(async ({ Name }) => {
      asked.push(Name);
      open += 1;
      most = Math.max(most, open);
      await new Promise(setImmediate);
      open -= 1;
      return { State: 'ENABLED' };
    });
    expect(await read(...ids)).toEqual(new Set());
    expect(asked.sort()).toEqual([...ids].sort());
    expect(most).toBe(10);
  });

  it.each([
    ['ThrottlingException', Object.assign(new Error('FAKE'), { name: 'ThrottlingException' })],
    ['Error', 'no error'],
  ])('throws AwsError for %s and returns no partial result', async (name, thrown) => {
    client.on(GetScheduleCommand, { Name: 'kis-1' }).rejects(missing);
    client.on(GetScheduleCommand, { Name: 'kis-2' }).callsFake(() => Promise.reject(thrown));
    const failure = await read('kis-1', 'kis-2').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AwsError);
    expect(failure).toMatchObject({
      awsCode: name,
      message: expect.stringContaining('read the schedule FAKE-group/kis-2: '),
    });
  });
});

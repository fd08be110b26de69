import { GetScheduleCommand, type SchedulerClient } from '@aws-sdk/client-scheduler';
import { AwsError, errorNameOf } from './aws-error.ts';

/** The maximum number of concurrent calls. The API quota of an account limits calls per second. */
const MAX_CONCURRENT_CALLS = 10;

/** Returns the ids of the credentials whose schedule is missing or disabled. @throws AwsError */
export async function credentialsWithoutSchedule(
  client: SchedulerClient,
  group: string,
  credentials: readonly string[],
): Promise<ReadonlySet<string>> {
  const idsWithoutSchedule = new Set<string>();
  const check = async (id: string) => {
    if (!(await hasEnabledSchedule(client, group, id))) idsWithoutSchedule.add(id);
  };
  for (let index = 0; index < credentials.length; index += MAX_CONCURRENT_CALLS)
    await Promise.all(credentials.slice(index, index + MAX_CONCURRENT_CALLS).map(check));
  return idsWithoutSchedule;
}

async function hasEnabledSchedule(client: SchedulerClient, group: string, id: string): Promise<boolean> {
  try {
    const { State } = await client.send(new GetScheduleCommand({ GroupName: group, Name: id }));
    return State !== 'DISABLED';
  } catch (error) {
    if (errorNameOf(error) === 'ResourceNotFoundException') return false;
    throw new AwsError(`read the schedule ${group}/${id}`, error);
  }
}

import { type FleetSettings, formatFleet } from '../../../lambdas/shared/fleet-settings.ts';
import { DEFAULT_PARAMETER_PREFIX, fleetParameterName } from '../../../lambdas/shared/names.ts';
import { FakeAwsError } from '../../../simulator/aws/wire.ts';
import type { Cloud } from '../cloud.ts';

type Fields = Readonly<Record<string, unknown>>;

export const FLEET: FleetSettings = {
  version: 1,
  secretPrefix: 'broker-tokens/',
  scheduleGroup: 'BrokerTokens-fleet',
  schedulerRoleArn: 'arn:aws:iam::123456789012:role/BrokerTokens-FleetSchedulerRole',
  inboxArn: 'arn:aws:sqs:ap-northeast-2:123456789012:BrokerTokens-inbox.fifo',
  checkEverySeconds: 300,
  responseTimeSeconds: 900,
  egress: 'public',
};

/** Gives the stack a fleet and a scheduler. @returns the schedules by group and name */
export function enableFleet(cloud: Cloud, settings: Partial<FleetSettings> = {}): Map<string, Fields> {
  const schedules = new Map<string, Fields>();
  const { aws } = cloud.refresher.world;
  aws.putParameter(fleetParameterName(DEFAULT_PARAMETER_PREFIX), formatFleet({ ...FLEET, ...settings }));
  const keyOf = ({ GroupName, Name }: Fields) => `${GroupName}/${Name}`;
  const known = (input: Fields): string => {
    const key = keyOf(input);
    if (schedules.has(key)) return key;
    throw new FakeAwsError('ResourceNotFoundException', `Schedule ${key} does not exist.`, 404);
  };
  cloud.services['scheduler:CreateSchedule'] = (input) => {
    if (schedules.has(keyOf(input)))
      throw new FakeAwsError('ConflictException', `Schedule ${input['Name']} already exists.`, 409);
    schedules.set(keyOf(input), input);
    return { ScheduleArn: `arn:aws:scheduler:ap-northeast-2:123456789012:schedule/${keyOf(input)}` };
  };
  cloud.services['scheduler:UpdateSchedule'] = (input) => {
    schedules.set(known(input), input);
    return { ScheduleArn: `arn:aws:scheduler:ap-northeast-2:123456789012:schedule/${keyOf(input)}` };
  };
  cloud.services['scheduler:DeleteSchedule'] = (input) => {
    schedules.delete(known(input));
    return {};
  };
  const ofStack = cloud.services['scheduler:GetSchedule'];
  cloud.services['scheduler:GetSchedule'] = (input) =>
    ofStack !== undefined && input['GroupName'] !== FLEET.scheduleGroup
      ? ofStack(input)
      : (schedules.get(known(input)) ?? {});
  return schedules;
}

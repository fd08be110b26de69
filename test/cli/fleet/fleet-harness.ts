import { type FleetSettings, formatFleetSettings } from '../../../lambdas/shared/fleet-settings.ts';
import { DEFAULT_PARAMETER_PREFIX, fleetParameterName } from '../../../lambdas/shared/names.ts';
import { FakeAwsError } from '../../../simulator/aws/wire.ts';
import type { SimulatedCloud } from '../cloud.ts';

type Fields = Readonly<Record<string, unknown>>;

export const FLEET_SETTINGS: FleetSettings = {
  version: 1,
  secretPrefix: 'broker-tokens/',
  scheduleGroup: 'BrokerTokens-fleet',
  schedulerRoleArn: 'arn:aws:iam::123456789012:role/BrokerTokens-FleetSchedulerRole',
  inboxArn: 'arn:aws:sqs:ap-northeast-2:123456789012:BrokerTokens-inbox.fifo',
  reportTopicArn: 'arn:aws:sns:ap-northeast-2:123456789012:BrokerTokens-reports-*.fifo',
  tokenKeyArn: 'arn:aws:kms:ap-northeast-2:123456789012:key/FAKE-key',
  checkEverySeconds: 300,
  responseTimeSeconds: 900,
  egress: 'public',
};

type Topics = Map<string, { readonly topic: Fields; subscription?: Fields }>;

/** Adds stubs for SNS topics to the cloud. @returns the inputs of CreateTopic and Subscribe by topic ARN */
export function enableTopics({ stubs }: SimulatedCloud): Topics {
  const topics: Topics = new Map();
  stubs['sns:CreateTopic'] = (topic) => {
    const arn = `arn:aws:sns:ap-northeast-2:123456789012:${topic['Name']}`;
    topics.set(arn, { topic, ...topics.get(arn) });
    return `<TopicArn>${arn}</TopicArn>`;
  };
  stubs['sns:Subscribe'] = (subscription) => {
    const found = topics.get(String(subscription['TopicArn']));
    if (found === undefined) throw new FakeAwsError('NotFound', 'Topic does not exist', 404);
    found.subscription = subscription;
    return '<SubscriptionArn>arn:aws:sns:FAKE-subscription</SubscriptionArn>';
  };
  stubs['sns:DeleteTopic'] = ({ TopicArn }) => {
    topics.delete(String(TopicArn));
    return '';
  };
  return topics;
}

/**
 * Adds the fleet parameter and stubs of EventBridge Scheduler and SNS to the cloud.
 * @returns the created schedules by `group/name`
 */
export function enableFleet(cloud: SimulatedCloud, settings: Partial<FleetSettings> = {}) {
  enableTopics(cloud);
  const { stubs, refresher } = cloud;
  const schedules = new Map<string, Fields>();
  const text = formatFleetSettings({ ...FLEET_SETTINGS, ...settings });
  refresher.world.aws.putParameter(fleetParameterName(DEFAULT_PARAMETER_PREFIX), text);
  const scheduleKeyOf = ({ GroupName, Name }: Fields) => `${GroupName}/${Name}`;
  const existingScheduleKeyOf = (input: Fields): string => {
    if (schedules.has(scheduleKeyOf(input))) return scheduleKeyOf(input);
    throw new FakeAwsError(
      'ResourceNotFoundException',
      `Schedule ${scheduleKeyOf(input)} does not exist.`,
      404,
    );
  };
  const put = (key: string, input: Fields) => {
    schedules.set(key, input);
    return { ScheduleArn: `arn:aws:scheduler:ap-northeast-2:123456789012:schedule/${key}` };
  };
  stubs['scheduler:CreateSchedule'] = (input) => {
    if (schedules.has(scheduleKeyOf(input)))
      throw new FakeAwsError('ConflictException', `Schedule ${input['Name']} already exists.`, 409);
    return put(scheduleKeyOf(input), input);
  };
  stubs['scheduler:UpdateSchedule'] = (input) => put(existingScheduleKeyOf(input), input);
  stubs['scheduler:DeleteSchedule'] = (input) => {
    schedules.delete(existingScheduleKeyOf(input));
    return {};
  };
  const getStackSchedule = stubs['scheduler:GetSchedule'];
  stubs['scheduler:GetSchedule'] = (input) =>
    getStackSchedule !== undefined && input['GroupName'] !== FLEET_SETTINGS.scheduleGroup
      ? getStackSchedule(input)
      : (schedules.get(existingScheduleKeyOf(input)) ?? {});
  return schedules;
}

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

/** Adds stubs for SNS topics to the cloud. @returns the inputs of CreateTopic and Subscribe by topic ARN */
export function enableTopics(
  cloud: SimulatedCloud,
): Map<string, { readonly topic: Fields; subscription?: Fields }> {
  const topics = new Map<string, { readonly topic: Fields; subscription?: Fields }>();
  const topicArnOf = (name: unknown) => `arn:aws:sns:ap-northeast-2:123456789012:${name}`;
  cloud.stubs['sns:CreateTopic'] = (topic) => {
    const arn = topicArnOf(topic['Name']);
    topics.set(arn, { topic, ...topics.get(arn) });
    return `<TopicArn>${arn}</TopicArn>`;
  };
  cloud.stubs['sns:Subscribe'] = (subscription) => {
    const found = topics.get(String(subscription['TopicArn']));
    if (found === undefined) throw new FakeAwsError('NotFound', 'Topic does not exist', 404);
    found.subscription = subscription;
    return '<SubscriptionArn>arn:aws:sns:FAKE-subscription</SubscriptionArn>';
  };
  cloud.stubs['sns:DeleteTopic'] = ({ TopicArn }) => {
    topics.delete(String(TopicArn));
    return '';
  };
  return topics;
}

/**
 * Adds the fleet parameter and stubs of EventBridge Scheduler and SNS to the cloud.
 * @returns the created schedules by `group/name`
 */
export function enableFleet(
  cloud: SimulatedCloud,
  settings: Partial<FleetSettings> = {},
): Map<string, Fields> {
  enableTopics(cloud);
  const schedules = new Map<string, Fields>();
  const { aws } = cloud.refresher.world;
  aws.putParameter(
    fleetParameterName(DEFAULT_PARAMETER_PREFIX),
    formatFleetSettings({ ...FLEET_SETTINGS, ...settings }),
  );
  const scheduleKeyOf = ({ GroupName, Name }: Fields) => `${GroupName}/${Name}`;
  const known = (input: Fields): string => {
    const key = scheduleKeyOf(input);
    if (schedules.has(key)) return key;
    throw new FakeAwsError('ResourceNotFoundException', `Schedule ${key} does not exist.`, 404);
  };
  cloud.stubs['scheduler:CreateSchedule'] = (input) => {
    if (schedules.has(scheduleKeyOf(input)))
      throw new FakeAwsError('ConflictException', `Schedule ${input['Name']} already exists.`, 409);
    schedules.set(scheduleKeyOf(input), input);
    return { ScheduleArn: `arn:aws:scheduler:ap-northeast-2:123456789012:schedule/${scheduleKeyOf(input)}` };
  };
  cloud.stubs['scheduler:UpdateSchedule'] = (input) => {
    schedules.set(known(input), input);
    return { ScheduleArn: `arn:aws:scheduler:ap-northeast-2:123456789012:schedule/${scheduleKeyOf(input)}` };
  };
  cloud.stubs['scheduler:DeleteSchedule'] = (input) => {
    schedules.delete(known(input));
    return {};
  };
  const getStackSchedule = cloud.stubs['scheduler:GetSchedule'];
  cloud.stubs['scheduler:GetSchedule'] = (input) =>
    getStackSchedule !== undefined && input['GroupName'] !== FLEET_SETTINGS.scheduleGroup
      ? getStackSchedule(input)
      : (schedules.get(known(input)) ?? {});
  return schedules;
}

import type { Finding } from '../../cli/doctor/finding.ts';
import { ALARMS } from '../../lambdas/shared/names.ts';
import { FakeAwsError } from '../../simulator/aws/wire.ts';
import type { SimulatedCloud } from './cloud.ts';
import { runAtConsole } from './console.ts';
import { type OperationStubs, xml, xmlFields } from './services.ts';

const ACCOUNT = '123456789012';
const REGION = 'ap-northeast-2';
export const ALARM_TOPIC_ARN = `arn:aws:sns:${REGION}:${ACCOUNT}:alarms`;
const FUNCTION_ARN = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:BrokerTokens-Refresher`;
const KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/00000000-fake-fake-fake-000000000000`;
const ALLOW_CLOUDWATCH = { Effect: 'Allow', Principal: { Service: 'cloudwatch.amazonaws.com' } };

type TextFields = Record<string, string>;

/** The simulated resources of a stack. A test changes one resource to simulate a fault. */
export type StackResources = ReturnType<typeof healthyStack>;

function healthyStack({ refresher: { world } }: SimulatedCloud) {
  const ids = world.credentials.map(({ id }) => id);
  const alarm = (name: string) => ({
    AlarmName: `BrokerTokens-${name}`,
    StateValue: 'OK',
    AlarmActions: [ALARM_TOPIC_ARN],
    ActionsEnabled: true,
    StateTransitionedTimestamp: Date.now() / 1000 - 3600,
  });
  const functionConfiguration: Record<string, unknown> = {
    State: 'Active',
    LastUpdateStatus: 'Successful',
    Runtime: 'nodejs24.x',
    Timeout: 450,
    Environment: { Variables: { PARAMETER_PREFIX: '/broker-tokens' } },
  };
  const topicStatement = { ...ALLOW_CLOUDWATCH, Action: 'sns:Publish', Resource: ALARM_TOPIC_ARN };
  const topic: TextFields = {
    SubscriptionsConfirmed: '2',
    SubscriptionsPending: '0',
    KmsMasterKeyId: KEY,
    Policy: JSON.stringify({ Statement: [topicStatement] }),
  };
  const keyPolicy: object = {
    Statement: [{ ...ALLOW_CLOUDWATCH, Action: ['kms:Decrypt', 'kms:GenerateDataKey*'], Resource: '*' }],
  };
  const schedule = { State: 'ENABLED', ScheduleExpression: 'rate(5 minutes)' };
  const history: { HistorySummary: string }[] = [];
  return {
    parameters: world.aws.parameterNames().map((Name) => {
      const { type = 'String', keyId } = world.aws.parameter(Name) ?? {};
      return { Name, Type: type as string, ...(keyId !== undefined && { KeyId: keyId }) };
    }),
    queue: { RedrivePolicy: '{}' } as TextFields,
    eventSourceMappings: [{ FunctionArn: FUNCTION_ARN, State: 'Enabled', UUID: 'fake-mapping' }],
    function: functionConfiguration,
    schedules: Object.fromEntries(ids.map((id) => [id, { ...schedule }])),
    alarms: [
      ...ids.flatMap((id) => ALARMS.credential.map((chapter) => alarm(`${id}-${chapter}`))),
      ...ALARMS.service.map(alarm),
    ],
    topic,
    subscriptions: [
      { Protocol: 'email', Endpoint: 'owner@example.com', SubscriptionArn: `${ALARM_TOPIC_ARN}:1` },
      { Protocol: 'lambda', Endpoint: FUNCTION_ARN, SubscriptionArn: `${ALARM_TOPIC_ARN}:2` },
    ],
    /** The records of alarm actions in the alarm history of CloudWatch. */
    history,
    keyPolicy,
    keyState: 'Enabled',
    outputs: {} as TextFields,
    /** The time since the last tick of each credential, in milliseconds. */
    tickAges: Object.fromEntries(ids.map((id) => [id, 120_000])),
  };
}

/** Installs stubs for `doctor` and `alarm-test` that return the resources of a healthy stack. */
export function installHealthyStack(cloud: SimulatedCloud): StackResources {
  const stack = healthyStack(cloud);
  Object.assign(cloud.stubs, {
    'ssm:DescribeParameters': () => ({ Parameters: stack.parameters }),
    'sqs:GetQueueAttributes': () => ({
      Attributes: { QueueArn: `arn:aws:sqs:${REGION}:${ACCOUNT}:BrokerTokens-inbox.fifo`, ...stack.queue },
    }),
    'lambda:ListEventSourceMappings': () => ({ EventSourceMappings: stack.eventSourceMappings }),
    'lambda:GetFunctionConfiguration': () => stack.function,
    'scheduler:GetSchedule': ({ Name }) => {
      const found = stack.schedules[String(Name)];
      if (found === undefined)
        throw new FakeAwsError('ResourceNotFoundException', `Schedule ${Name} does not exist.`, 404);
      return { Name, ...found };
    },
    'cloudwatch:DescribeAlarms': ({ StateValue, AlarmNames }) => ({
      MetricAlarms: stack.alarms.filter(
        (alarm) =>
          (StateValue === undefined || alarm.StateValue === StateValue) &&
          (!Array.isArray(AlarmNames) || AlarmNames.includes(alarm.AlarmName)),
      ),
    }),
    // The stub changes no alarm, because in AWS the next evaluation replaces the state that SetAlarmState sets.
    'cloudwatch:SetAlarmState': () => ({}),
    'cloudwatch:DescribeAlarmHistory': () => ({ AlarmHistoryItems: stack.history }),
    'cloudwatch:GetMetricData': ({ MetricDataQueries }) => ({
      MetricDataResults: (MetricDataQueries as MetricQuery[]).map((query) => lastTickMetric(stack, query)),
    }),
    'sns:ListSubscriptionsByTopic': () => {
      const members = stack.subscriptions.map((each) => xml('member', ...xmlFields(each)));
      return xml('Subscriptions', ...members);
    },
    'sns:GetTopicAttributes': () => {
      const entries = Object.entries(stack.topic);
      return xml('Attributes', ...entries.map(([key, value]) => xml('entry', ...xmlFields({ key, value }))));
    },
    'kms:GetKeyPolicy': () => ({ Policy: JSON.stringify(stack.keyPolicy) }),
    'kms:DescribeKey': () => ({ KeyMetadata: { KeyId: KEY, KeyState: stack.keyState } }),
    'cloudformation:DescribeStacks': () => {
      const outputs = Object.entries(stack.outputs).map(([OutputKey, OutputValue]) =>
        xml('member', ...xmlFields({ OutputKey, OutputValue })),
      );
      return xml('Stacks', xml('member', xml('Outputs', ...outputs)));
    },
  } satisfies OperationStubs);
  return stack;
}

/** Runs the command `doctor`. @returns its exit code and the findings of all areas */
export async function doctor(cloud: SimulatedCloud) {
  const { code, out } = await runAtConsole(cloud, ['doctor', '--json']);
  const { areas } = JSON.parse(out) as { areas: { findings: Finding[] }[] };
  return { code, findings: areas.flatMap(({ findings }) => findings) };
}

interface MetricQuery {
  readonly Id: string;
  readonly MetricStat: {
    readonly Metric: { readonly Dimensions: readonly Record<'Name' | 'Value', string>[] };
  };
}

/** Returns the metric data that `doctor` reads to find the last tick of a credential. */
function lastTickMetric({ tickAges }: StackResources, { Id, MetricStat }: MetricQuery): object {
  const dimensions = new Map(MetricStat.Metric.Dimensions.map(({ Name, Value }) => [Name, Value]));
  const isOwnStack = dimensions.get('Stack') === 'BrokerTokens';
  const age = isOwnStack ? tickAges[dimensions.get('Credential') ?? ''] : undefined;
  return age === undefined
    ? { Id, Timestamps: [], Values: [] }
    : { Id, Timestamps: [(Date.now() - age) / 1000], Values: [80_000] };
}

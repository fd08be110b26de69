import { ALARMS } from '../../lambdas/shared/names.ts';
import { FakeAwsError } from '../../simulator/aws/wire.ts';
import type { SimulatedCloud } from './cloud.ts';

const ACCOUNT = '123456789012';
const REGION = 'ap-northeast-2';
export const ALARM_TOPIC_ARN = `arn:aws:sns:${REGION}:${ACCOUNT}:alarms`;
export const FUNCTION_ARN = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:BrokerTokens-Refresher`;
const KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/00000000-fake-fake-fake-000000000000`;
const ALLOW_CLOUDWATCH = { Effect: 'Allow', Principal: { Service: 'cloudwatch.amazonaws.com' } };

/** The simulated resources of a stack. A test changes one resource to simulate a fault. */
export interface StackResources {
  parameters: { Name: string; Type: string; KeyId?: string }[];
  queue: Record<string, string>;
  eventSourceMappings: { FunctionArn: string; State: string; UUID: string }[];
  function: Record<string, unknown>;
  schedules: Record<string, { State: string; ScheduleExpression: string }>;
  alarms: {
    AlarmName: string;
    StateValue: string;
    AlarmActions: string[];
    ActionsEnabled: boolean;
    StateTransitionedTimestamp: number;
  }[];
  topic: Record<string, string>;
  subscriptions: { Protocol: string; Endpoint: string; SubscriptionArn: string }[];
  /** The records of alarm actions in the alarm history of CloudWatch. */
  history: { HistorySummary: string }[];
  keyPolicy: object;
  keyState: string;
  outputs: Record<string, string>;
  /** The time since the last tick of each credential, in milliseconds. */
  tickAges: Record<string, number | undefined>;
}

/** Installs stubs for `doctor` and `alarm-test` that return the resources of a healthy stack. */
export function installHealthyStack(cloud: SimulatedCloud): StackResources {
  const ids = cloud.refresher.world.credentials.map(({ id }) => id);
  const alarm = (name: string) => ({
    AlarmName: `BrokerTokens-${name}`,
    StateValue: 'OK',
    AlarmActions: [ALARM_TOPIC_ARN],
    ActionsEnabled: true,
    StateTransitionedTimestamp: Date.now() / 1000 - 3600,
  });
  const { aws } = cloud.refresher.world;
  const stack: StackResources = {
    parameters: aws.parameterNames().flatMap((Name) => {
      const found = aws.parameter(Name);
      if (found === undefined) return [];
      return [{ Name, Type: found.type, ...(found.keyId !== undefined && { KeyId: found.keyId }) }];
    }),
    queue: { RedrivePolicy: '{}' },
    eventSourceMappings: [{ FunctionArn: FUNCTION_ARN, State: 'Enabled', UUID: 'fake-mapping' }],
    function: {
      State: 'Active',
      LastUpdateStatus: 'Successful',
      Runtime: 'nodejs24.x',
      Timeout: 450,
      Environment: { Variables: { PARAMETER_PREFIX: '/broker-tokens' } },
    },
    schedules: Object.fromEntries(
      ids.map((id) => [id, { State: 'ENABLED', ScheduleExpression: 'rate(5 minutes)' }]),
    ),
    alarms: [
      ...ids.flatMap((id) => ALARMS.credential.map((chapter) => alarm(`${id}-${chapter}`))),
      ...ALARMS.service.map(alarm),
    ],
    topic: {
      SubscriptionsConfirmed: '2',
      SubscriptionsPending: '0',
      KmsMasterKeyId: KEY,
      Policy: JSON.stringify({
        Statement: [{ ...ALLOW_CLOUDWATCH, Action: 'sns:Publish', Resource: ALARM_TOPIC_ARN }],
      }),
    },
    subscriptions: [
      { Protocol: 'email', Endpoint: 'owner@example.com', SubscriptionArn: `${ALARM_TOPIC_ARN}:1` },
      { Protocol: 'lambda', Endpoint: FUNCTION_ARN, SubscriptionArn: `${ALARM_TOPIC_ARN}:2` },
    ],
    history: [],
    keyPolicy: {
      Statement: [{ ...ALLOW_CLOUDWATCH, Action: ['kms:Decrypt', 'kms:GenerateDataKey*'], Resource: '*' }],
    },
    keyState: 'Enabled',
    outputs: {},
    tickAges: Object.fromEntries(ids.map((id) => [id, 120_000])),
  };
  installStubs(cloud, stack);
  return stack;
}

function installStubs({ stubs }: SimulatedCloud, stack: StackResources): void {
  const queueArn = (name: string) => `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;
  stubs['ssm:DescribeParameters'] = () => ({ Parameters: stack.parameters });
  stubs['sqs:GetQueueAttributes'] = ({ QueueUrl }) => {
    const name = String(QueueUrl).split('/').at(-1) ?? '';
    return {
      Attributes: {
        QueueArn: queueArn(name),
        ...stack.queue,
      },
    };
  };
  stubs['lambda:ListEventSourceMappings'] = () => ({ EventSourceMappings: stack.eventSourceMappings });
  stubs['lambda:GetFunctionConfiguration'] = () => stack.function;
  stubs['scheduler:GetSchedule'] = ({ Name }) => {
    const found = stack.schedules[String(Name)];
    if (found === undefined)
      throw new FakeAwsError('ResourceNotFoundException', `Schedule ${Name} does not exist.`, 404);
    return { Name, ...found };
  };
  stubs['cloudwatch:DescribeAlarms'] = ({ StateValue, AlarmNames }) => ({
    MetricAlarms: stack.alarms.filter(
      (alarm) =>
        (StateValue === undefined || alarm.StateValue === StateValue) &&
        (!Array.isArray(AlarmNames) || AlarmNames.includes(alarm.AlarmName)),
    ),
    CompositeAlarms: [],
  });
  // The stub changes no alarm, because in AWS the next evaluation replaces the state that SetAlarmState sets.
  stubs['cloudwatch:SetAlarmState'] = () => ({});
  stubs['cloudwatch:DescribeAlarmHistory'] = () => ({ AlarmHistoryItems: stack.history });
  stubs['sns:ListSubscriptionsByTopic'] = () => {
    const members = stack.subscriptions.map((each) =>
      Object.entries(each).map(([key, value]) => `<${key}>${value}</${key}>`),
    );
    return `<Subscriptions>${members.map((each) => `<member>${each.join('')}</member>`).join('')}</Subscriptions>`;
  };
  stubs['cloudwatch:GetMetricData'] = ({ MetricDataQueries }) => ({
    MetricDataResults: (MetricDataQueries as MetricQuery[]).map(({ Id, MetricStat }) =>
      points(stack, Id, MetricStat),
    ),
  });
  stubs['sns:GetTopicAttributes'] = () => {
    const entries = Object.entries(stack.topic).map(
      ([key, value]) => `<entry><key>${key}</key><value>${escaped(value)}</value></entry>`,
    );
    return `<Attributes>${entries.join('')}</Attributes>`;
  };
  stubs['kms:GetKeyPolicy'] = () => ({ Policy: JSON.stringify(stack.keyPolicy) });
  stubs['kms:DescribeKey'] = () => ({ KeyMetadata: { KeyId: KEY, KeyState: stack.keyState } });
  stubs['cloudformation:DescribeStacks'] = () => {
    const outputs = Object.entries(stack.outputs).map(
      ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
    );
    return `<Stacks><member><StackName>BrokerTokens</StackName><StackStatus>CREATE_COMPLETE</StackStatus><CreationTime>2026-11-21T00:00:00Z</CreationTime><Outputs>${outputs.join('')}</Outputs></member></Stacks>`;
  };
}

interface MetricQuery {
  readonly Id: string;
  readonly MetricStat: {
    readonly Metric: {
      readonly Dimensions: readonly { Name: string; Value: string }[];
    };
  };
}

function points({ tickAges }: StackResources, Id: string, { Metric }: MetricQuery['MetricStat']): object {
  const now = Date.now();
  const dimension = (name: string) => Metric.Dimensions.find(({ Name }) => Name === name)?.Value ?? '';
  const ago = dimension('Stack') === 'BrokerTokens' ? tickAges[dimension('Credential')] : undefined;
  if (ago === undefined) return { Id, Label: Id, Timestamps: [], Values: [], StatusCode: 'Complete' };
  return { Id, Label: Id, Timestamps: [(now - ago) / 1000], Values: [80_000], StatusCode: 'Complete' };
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

import { expect, test } from 'vitest';
import { METRICS } from '../../../lambdas/shared/names.ts';
import {
  BOTH_BROKERS,
  manyCredentials,
  onlyResource,
  refresherResource,
  resources,
  type Template,
  templateOf,
  valueText,
} from '../synth.ts';

interface Widget {
  readonly type: string;
  readonly properties: {
    readonly title: string;
    readonly metrics?: readonly (readonly unknown[])[];
    readonly query?: string;
    readonly alarms?: readonly string[];
  };
}

function widgets(template: Template): readonly Widget[] {
  const [, { Properties }] = onlyResource(template, 'AWS::CloudWatch::Dashboard');
  const body = JSON.parse(valueText(Properties['DashboardBody'])) as { widgets: readonly Widget[] };
  return body.widgets;
}

const template = templateOf(BOTH_BROKERS);
const titled = (title: string) => widgets(template).find(({ properties }) => properties.title === title);

test('the dashboard name contains the region, because all regions of an account share one list of dashboards', () => {
  const [, { Properties }] = onlyResource(template, 'AWS::CloudWatch::Dashboard');
  expect(valueText(Properties['DashboardName'])).toBe('BrokerTokens-<AWS::Region>');
});

const STACK_DIMENSIONS = [
  METRICS.stackDimension,
  'BrokerTokens',
  METRICS.serviceDimension,
  METRICS.service,
] as const;

test.for<[title: string, metrics: unknown[][]]>([
  [
    'Time to expiry',
    ['kis-paper', 'kiwoom-paper'].map((credential) => [
      METRICS.namespace,
      METRICS.secondsToExpiry,
      METRICS.credentialDimension,
      credential,
      ...STACK_DIMENSIONS,
      { label: credential, period: 600, stat: 'Minimum' },
    ]),
  ],
  [
    'Issue calls per day',
    [[METRICS.namespace, METRICS.issued, ...STACK_DIMENSIONS, { period: 86400, stat: 'Sum' }]],
  ],
  [
    'Age of the oldest message in the inbox',
    [['AWS/SQS', 'ApproximateAgeOfOldestMessage', 'QueueName', expect.any(String), { stat: 'Maximum' }]],
  ],
  [
    'Dead letters',
    [['AWS/SQS', 'ApproximateNumberOfMessagesVisible', 'QueueName', expect.any(String), { stat: 'Maximum' }]],
  ],
])('the widget "%s" of the dashboard shows the metrics of the stack', ([title, metrics]) => {
  expect(titled(title)?.properties.metrics).toEqual(metrics);
});

test('the dashboard counts the attempts of each outcome with a query on the log of the function', () => {
  const [logs] = refresherResource(template, 'AWS::Logs::LogGroup');
  const query = titled('Attempts by outcome')?.properties.query ?? '';
  expect(query).toContain(`SOURCE '<${logs}>'`);
  expect(query).toContain('filter message = "decision" and ispresent(outcome)');
  expect(query).toContain('by credential, action, reason, outcome, brokerCode');
});

test('the dashboard shows every alarm, in two widgets if one widget cannot contain all alarms', () => {
  for (const each of [template, templateOf(manyCredentials(40))]) {
    const lists = widgets(each).flatMap(({ properties }) => (properties.alarms ? [properties.alarms] : []));
    for (const list of lists) expect(list.length).toBeLessThanOrEqual(100);
    const alarms = [...resources(each, 'AWS::CloudWatch::Alarm').keys()];
    expect(lists.flat().sort()).toEqual(alarms.map((id) => `<${id}.Arn>`).sort());
  }
});

import { beforeAll, describe, expect, it } from 'vitest';
import { chapter, read, tableRows } from '../docs/markdown.ts';
import { createTemporaryDirectory } from '../temp-dir.ts';
import { COST_LIMIT, costOf, PRICES, planText } from './plan.ts';
import { RUN_TAG, runOf } from './settings.ts';
import { type SynthesizedResource, synthesize } from './synthesize.ts';

const run = runOf('3fa09c');
const account = '123456789012';
const region = 'ap-northeast-2';

/** The resource types that CloudFormation cannot tag (CloudFormation Template Reference). */
const UNTAGGED =
  /^(AWS::(SQS::QueuePolicy|SNS::(TopicPolicy|Subscription)|IAM::Policy|CloudWatch::Dashboard|Scheduler::Schedule)|Custom::.*)$/;

const NAMES = ['Name', 'QueueName', 'TopicName', 'AlarmName', 'DashboardName', 'FunctionName', 'RoleName'];

describe('the plan of test:aws', () => {
  let resources: readonly SynthesizedResource[];

  beforeAll(async () => {
    const directory = createTemporaryDirectory('test-aws');
    const synthesized = await synthesize({ run, account, region, directory, emulatorPermissions: [] });
    resources = synthesized.resources;
  });

  const plan = (isBootstrapped: boolean) =>
    planText({ run, account, region, caller: 'arn:FAKE', resources, isBootstrapped });

  it('contains account, region, stacks, duration and cost', () => {
    const text = plan(true);
    for (const part of [
      account,
      region,
      'arn:FAKE',
      run.stack,
      run.consumerStack,
      '25 minutes at most',
      '$0.10',
    ])
      expect(text).toContain(part);
    expect(text).toContain('17 CloudWatch::Alarm');
    expect(text).not.toContain('CDKToolkit');
    expect(plan(false)).toContain('CDKToolkit');
  });

  it('calculates the cost from the template and the prices of docs/costs.md', () => {
    const rows = new Map(
      tableRows(chapter(read('docs/costs.md'), 'Prices')).map(([key, price]) => [key, price]),
    );
    const documented = [
      ['kms-key', PRICES.kmsKeyPerMonth],
      ['secret', PRICES.secretPerMonth],
      ['metric', PRICES.metricPerMonth],
      ['alarm', PRICES.alarmPerMonth],
      ['log-gb', PRICES.logPerGb],
      ['lambda-gb-s', PRICES.lambdaPerGbSecond],
      ['sqs-million', PRICES.sqsPerMillion],
    ] as const;
    for (const [key, price] of documented)
      expect({ key, price: Number(rows.get(key)) }).toEqual({ key, price });
    expect(read('docs/costs.md')).toContain('each further one costs $3');
    expect(costOf(resources)).toBeLessThan(COST_LIMIT);
    expect(costOf(resources)).toBeGreaterThan(0.01);
  });

  it('tags every resource that can have a tag', () => {
    const untagged = resources.filter(({ Type, ...rest }) => {
      return !UNTAGGED.test(Type) && !JSON.stringify(rest).includes(RUN_TAG);
    });
    expect(untagged.map(({ Type }) => Type)).toEqual([]);
    expect(resources.length).toBeGreaterThan(60);
  });

  it('gives every named resource a name that contains the run id', () => {
    const named = resources.flatMap(({ Type, Properties = {} }) =>
      NAMES.map((name) => ({ Type, name: Properties[name] })).filter(({ name }) => typeof name === 'string'),
    );
    expect(named.length).toBeGreaterThan(30);
    // Schedule names need no run id, because they are unique only within their schedule group.
    const foreign = named.filter(
      ({ Type, name }) => Type !== 'AWS::Scheduler::Schedule' && !String(name).includes(run.id),
    );
    expect(foreign).toEqual([]);
  });
});

describe('the run id of test:aws', () => {
  it.each(['', '../x', 'ABCDEF', '3fa09'])(
    'cannot be %j, because resource names contain the run id',
    (id) => {
      expect(() => runOf(id)).toThrow(RangeError);
    },
  );
});

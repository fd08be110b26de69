import { beforeAll, describe, expect, it } from 'vitest';
import { read } from '../docs/markdown.ts';
import { createTemporaryDirectory } from '../temp-dir.ts';
import { COST_LIMIT, costOf, planText } from './plan.ts';
import { RUN_TAG, runOf } from './settings.ts';
import { type SynthesizedResource, synthesize } from './synthesize.ts';

const run = runOf('3fa09c');
const account = '123456789012';
const region = 'ap-northeast-2';

/** The resource types that CloudFormation cannot tag (CloudFormation Template Reference). */
const UNTAGGED =
  /^(AWS::(SQS::QueuePolicy|SNS::(TopicPolicy|Subscription)|IAM::Policy|CloudWatch::Dashboard|Scheduler::Schedule)|Custom::.*)$/;

const NAMES = ['Name', 'QueueName', 'TopicName', 'AlarmName', 'DashboardName', 'FunctionName', 'RoleName'];

describe('the plan of "npm run test:aws"', () => {
  let resources: readonly SynthesizedResource[];

  beforeAll(async () => {
    const options = { run, account, region, emulatorPermissions: [] };
    resources = (await synthesize(createTemporaryDirectory('test-aws'), options)).resources;
  });

  it('contains the account, the region, the stacks, the duration and the cost', () => {
    const plan = (isBootstrapped: boolean) =>
      planText({ run, account, region, caller: 'arn:FAKE', resources, isBootstrapped });
    const parts = [account, region, 'arn:FAKE', run.stack, run.consumerStack, '25 minutes at most', '$0.10'];
    for (const part of [...parts, '17 CloudWatch::Alarm']) expect(plan(true)).toContain(part);
    expect(plan(true)).not.toContain('CDKToolkit');
    expect(plan(false)).toContain('CDKToolkit');
  });

  it('calculates the cost from the template and the prices of docs/costs.md', () => {
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
    // Schedule names need no run id, because they are unique only within their schedule group.
    const names = resources
      .filter(({ Type }) => Type !== 'AWS::Scheduler::Schedule')
      .flatMap(({ Properties = {} }) => NAMES.map((name) => Properties[name]))
      .filter((name) => typeof name === 'string');
    expect(names.length).toBeGreaterThan(26);
    expect(names.filter((name) => !name.includes(run.id))).toEqual([]);
  });
});

describe('the run id of "npm run test:aws"', () => {
  it.each(['', '../x', 'ABCDEF', '3fa09'])(
    'cannot be %j, because resource names contain the run id',
    (id) => {
      expect(() => runOf(id)).toThrow(RangeError);
    },
  );
});

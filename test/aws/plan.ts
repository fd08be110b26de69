import { chapter, read, tableRows } from '../docs/markdown.ts';
import { RUN_TAG, type Run } from './settings.ts';
import type { SynthesizedResource } from './synthesize.ts';

/** The maximum time until the cleanup starts, and the maximum time of the whole run, in minutes. */
export const TIME_LIMITS = { steps: 20, total: 25 } as const;

/** The maximum cost of a run, in US dollars. The plan states this limit. */
export const COST_LIMIT = 0.1;

const HOURS_PER_MONTH = 730;

const BOOTSTRAP_LINE =
  '             the stack CDKToolkit: the account is not bootstrapped, and the test runs cdk bootstrap';

/** The price of a dashboard for one month, without the free dashboards (docs/costs.md). */
const DASHBOARD_PRICE = 3;

/**
 * Returns the cost of a run in US dollars, without the free tier. AWS prorates monthly prices by the hour,
 * and a run uses at most two clock hours. In addition to the resources in the templates, a run uses at
 * most three secrets, two metrics, 5 MB of logs, 400 GB-seconds of Lambda and 5,000 requests to SQS.
 */
export function costOf(resources: readonly SynthesizedResource[]): number {
  const prices = new Map(
    tableRows(chapter(read('docs/costs.md'), 'Prices')).map(([key, price]) => [key, Number(price)]),
  );
  const price = (key: string) => prices.get(key) ?? Number.NaN;
  const count = (type: string) => resources.filter(({ Type }) => Type === type).length;
  const metricCount = 3 * count('Custom::BrokerTokenParameters') + 2;
  const secretCount = count('AWS::SecretsManager::Secret') + 3;
  const monthlyCost =
    count('AWS::KMS::Key') * price('kms-key') +
    secretCount * price('secret') +
    metricCount * price('metric') +
    count('AWS::CloudWatch::Alarm') * price('alarm') +
    count('AWS::CloudWatch::Dashboard') * DASHBOARD_PRICE;
  const usageCost = 0.005 * price('log-gb') + 400 * price('lambda-gb-s') + 0.005 * price('sqs-million');
  return (2 * monthlyCost) / HOURS_PER_MONTH + usageCost;
}

/**
 * Returns the plan that the test prints before it asks for a confirmation.
 * @param plan `isBootstrapped`: whether the account contains the stack of `cdk bootstrap`
 */
export function planText(plan: {
  readonly run: Run;
  readonly account: string;
  readonly region: string;
  readonly caller: string;
  readonly resources: readonly SynthesizedResource[];
  readonly isBootstrapped: boolean;
}): string {
  const { run, account, region, caller, resources, isBootstrapped } = plan;
  const countsByType = new Map<string, number>();
  for (const { Type } of resources) countsByType.set(Type, (countsByType.get(Type) ?? 0) + 1);
  const resourceList = [...countsByType]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([type, count]) => `${count} ${type.replace(/^AWS::/, '')}`)
    .join(', ');
  return [
    `This test deploys a throw-away stack into the account ${account}, region ${region}, as ${caller}.`,
    '',
    `  creates    the stacks ${run.stack} and ${run.consumerStack} with ${resources.length} resources: ${resourceList};`,
    `             three secrets with fake app keys below ${run.secretPrefix}`,
    `  tag        ${RUN_TAG} = ${run.id} on every resource that can have one`,
    `  time       ${TIME_LIMITS.total} minutes at most`,
    `  cost       about $${costOf(resources).toFixed(2)} at list price, at most $${COST_LIMIT.toFixed(2)}`,
    `  deletes    all of it at the end, also after a failure and after Ctrl-C`,
    `  keeps      the KMS key until its deletion in 7 days (without charge), and the code in the bucket of cdk bootstrap`,
    isBootstrapped ? '' : `${BOOTSTRAP_LINE}\n`,
    'It calls no broker and uses no real key: test brokers run within its own functions.',
    '',
  ].join('\n');
}

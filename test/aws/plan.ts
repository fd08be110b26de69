import type { Run } from './settings.ts';
import { RUN_TAG } from './settings.ts';
import type { SynthesizedResource } from './synthesize.ts';

/** The maximum time until the cleanup starts, and the maximum time of the whole run, in minutes. */
export const TIME_LIMITS = { steps: 20, total: 25 } as const;

/** The maximum cost of a run, in US dollars. The plan states this limit. */
export const COST_LIMIT = 0.1;

const HOURS_PER_MONTH = 730;

/**
 * The AWS list prices from docs/costs.md, in US dollars. The price of a dashboard ignores the free
 * dashboards.
 */
export const PRICES = {
  kmsKeyPerMonth: 1,
  secretPerMonth: 0.4,
  metricPerMonth: 0.3,
  alarmPerMonth: 0.1,
  dashboardPerMonth: 3,
  logPerGb: 0.76,
  lambdaPerGbSecond: 0.0000133334,
  sqsPerMillion: 0.5,
} as const;

/** The usage of a run in addition to the resources in the templates. The values are upper estimates. */
const USAGE = { secretsOfTest: 3, metricsOfStack: 2, logGb: 0.005, lambdaGbSeconds: 400, sqsRequests: 5_000 };

/**
 * Returns the cost of a run in US dollars, without the free tier. AWS prorates monthly prices by the hour,
 * and a run is in at most two different hours.
 */
export function costOf(resources: readonly SynthesizedResource[]): number {
  const count = (type: string) => resources.filter(({ Type }) => Type === type).length;
  const credentials = count('Custom::BrokerTokenParameters');
  const monthlyCost =
    count('AWS::KMS::Key') * PRICES.kmsKeyPerMonth +
    (count('AWS::SecretsManager::Secret') + USAGE.secretsOfTest) * PRICES.secretPerMonth +
    (3 * credentials + USAGE.metricsOfStack) * PRICES.metricPerMonth +
    count('AWS::CloudWatch::Alarm') * PRICES.alarmPerMonth +
    count('AWS::CloudWatch::Dashboard') * PRICES.dashboardPerMonth;
  const used =
    USAGE.logGb * PRICES.logPerGb +
    USAGE.lambdaGbSeconds * PRICES.lambdaPerGbSecond +
    (USAGE.sqsRequests / 1e6) * PRICES.sqsPerMillion;
  return (2 * monthlyCost) / HOURS_PER_MONTH + used;
}

/** The plan that the test prints before it asks for a confirmation. */
export interface Plan {
  readonly run: Run;
  readonly account: string;
  readonly region: string;
  readonly caller: string;
  readonly resources: readonly SynthesizedResource[];
  /** Whether the account contains the stack of `cdk bootstrap`. */
  readonly isBootstrapped: boolean;
}

export function planText({ run, account, region, caller, resources, isBootstrapped }: Plan): string {
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
    ...(isBootstrapped
      ? []
      : [
          '             the stack CDKToolkit: the account is not bootstrapped, and the test runs cdk bootstrap',
        ]),
    '',
    'It calls no broker and uses no real key: test brokers run within its own functions.',
    '',
  ].join('\n');
}

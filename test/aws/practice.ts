import { setTimeout as sleep } from 'node:timers/promises';
import { PutMetricDataCommand, type StandardUnit } from '@aws-sdk/client-cloudwatch';
import { METRICS, parameterNames } from '../../lambdas/shared/names.ts';
import type { Deployment } from '../deploy/deployment.ts';
import { updateAlarmStates } from './alarm-states.ts';
import { REJECTION_MARKER } from './brokers.ts';
import type { Step } from './execute.ts';
import { CREDENTIALS, type CredentialId, type Run, secretValue } from './settings.ts';

const UPDATE_INTERVAL = 10_000;

/** The environment variables that a program needs to use the emulator. */
const EMULATOR_VARIABLES = [
  'AWS_ENDPOINT_URL',
  'AWS_REGION',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'NODE_EXTRA_CA_CERTS',
] as const;

/**
 * Creates the step that a run with the option --keep executes instead of the test steps. The step prints how
 * to use the deployed stack, and evaluates the alarms of the stack until Ctrl-C.
 */
export function createPracticeStep(print: (line: string) => void): Step {
  return {
    guarantee: 'The stack is kept for practice',
    run: async ({ run, platform, stack, startedAt, signal }) => {
      const consumer = stack.output('ConsumerName');
      print(`\n${practiceText(run, platform.environment, consumer)}`);
      const published = new Set<string>();
      while (!signal.aborted) {
        await publishExpiryMetrics(stack, published);
        await updateAlarmStates(stack, { from: startedAt });
        await sleep(UPDATE_INTERVAL, undefined, { signal });
      }
    },
  };
}

/**
 * Publishes the metric that `doctor` reads, because MiniStack creates no metrics from the log. No alarm uses
 * this metric, so MiniStack does not change the state of an alarm.
 * @param published the data points that are published already
 */
async function publishExpiryMetrics(stack: Deployment, published: Set<string>): Promise<void> {
  for (const point of await stack.metricPoints()) {
    const { namespace: Namespace, name, unit, value, dimensions, at } = point;
    const key = JSON.stringify(point);
    if (name !== METRICS.secondsToExpiry || published.has(key)) continue;
    published.add(key);
    const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
    const metricDatum = {
      MetricName: name,
      Unit: unit as StandardUnit,
      Value: value,
      Dimensions,
      Timestamp: at,
    };
    await stack.cloudWatch.send(new PutMetricDataCommand({ Namespace, MetricData: [metricDatum] }));
  }
}

/**
 * Returns the commands with which an operator can practice on the deployed stack.
 * @param environment the environment variables of the platform
 * @param consumer the name of the consumer's function
 */
export function practiceText(
  run: Run,
  environment: Readonly<Record<string, string>>,
  consumer: string,
): string {
  const certificate = environment['NODE_EXTRA_CA_CERTS'];
  const put = (id: CredentialId, secret?: string) =>
    `echo '${JSON.stringify(secretValue(id, secret))}' | npm run tokens -- credentials put ${id} --stdin`;
  const invalidationParameter = `${run.invalidations}/${CREDENTIALS.kiwoom.appkey}`;
  return [
    'The stack is deployed, with one tick per minute. In a second shell, in this folder, set:',
    '',
    '  unset AWS_PROFILE AWS_SESSION_TOKEN',
    ...EMULATOR_VARIABLES.flatMap((name) =>
      environment[name] ? [`  export ${name}=${environment[name]}`] : [],
    ),
    `  export AWS_DEFAULT_REGION=${environment['AWS_REGION']}`,
    ...(certificate ? [`  export AWS_CA_BUNDLE=${certificate}`] : []),
    `  export BROKER_TOKENS_STACK=${run.stack}`,
    `  export BROKER_TOKENS_PREFIX=${run.parameterPrefix}`,
    '  alias aws=.deploy-test/venv/bin/aws',
    '',
    'Credentials: kis and kiwoom have a key; the secret of created is empty; the key of rejected is wrong.',
    `The test brokers accept every app secret that does not contain ${REJECTION_MARKER}. Use the app keys below.`,
    '',
    'Check the stack, and store keys:',
    '',
    '  npm run tokens -- status',
    '  npm run tokens -- doctor',
    `  ${put('created')}`,
    `  ${put('rejected')}`,
    '',
    'Break something, then find and correct it with docs/runbook.md:',
    '',
    '  # A wrong key: ActionRequired fires within about two minutes. The command for a valid key corrects it.',
    `  ${put('kis', `FAKE-${REJECTION_MARKER}`)}`,
    `  ${put('kis')}`,
    '  # A deleted token: the next tick replaces it.',
    `  aws ssm delete-parameter --name ${parameterNames(run.parameterPrefix, 'kis').token}`,
    '  # A token that the broker revoked: the consumer reports the token, and the refresher replaces the token.',
    `  aws ssm put-parameter --name ${invalidationParameter} --value $(date +%s)000 --overwrite`,
    `  aws lambda invoke --function-name ${consumer} \\`,
    `    --payload '{"do":"trade"}' /dev/stdout`,
    '  # The states of the alarms.',
    `  aws cloudwatch describe-alarms --alarm-name-prefix ${run.stack}- --state-value ALARM \\`,
    `    --query MetricAlarms[].AlarmName`,
    '',
    'Ctrl-C ends the practice and deletes everything.',
  ].join('\n');
}

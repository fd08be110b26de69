import { readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { METRICS } from '../../lambdas/shared/names.ts';
import { isEmfLine, MetricsBridge } from '../deploy/bridges.ts';
import { ACCOUNT, cleanEnvironment, REGION, startMiniStack } from '../deploy/emulators.ts';
import { alarms } from '../deploy/notifications.ts';
import { setup as installEmulators } from '../deploy/python.ts';
import type { Platform } from './platform.ts';
import type { Scenario } from './scenario/scenario.ts';

/**
 * Starts the emulator MiniStack with TLS and enforced permissions. docs/testing.md lists the workarounds for
 * MiniStack.
 */
export async function emulatorPlatform(): Promise<Platform> {
  await installEmulators();
  const emulator = await startMiniStack({}, { enforcesPermissions: true, ownProcessGroup: true });
  const environment = cleanEnvironment({
    AWS_ENDPOINT_URL: emulator.endpoint,
    NODE_EXTRA_CA_CERTS: emulator.certificate ?? '',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
  });
  // The AWS clients of this process use only the emulator, never the AWS account that the shell is configured
  // for.
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  for (const [name, value] of Object.entries(environment))
    if (name.startsWith('AWS_')) process.env[name] = value;
  if (emulator.certificate !== undefined)
    setDefaultCACertificates([...getCACertificates(), readFileSync(emulator.certificate, 'utf8')]);
  const bridges = new Map<string, MetricsBridge>();
  return {
    name: 'MiniStack',
    environment,
    emulatorPermissions: ({ stack }) => [
      // For a call with several names, MiniStack checks the permission for the resource "*", but AWS checks
      // the permission for the ARN of each name.
      { actions: ['ssm:GetParameters', 'ssm:DeleteParameters'], resources: ['*'] },
      // In MiniStack, `Ref` of a secret returns the name of the secret instead of its ARN, so the policy for
      // a created secret matches no resource.
      {
        actions: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
        resources: [`arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${stack}-Secretcreated*`],
      },
    ],
    enforcesKeyPolicy: false,
    publishMetrics: async (scenario, name) => {
      const bridge = bridges.get(name) ?? (await createMetricsBridge(scenario, emulator.endpoint, name));
      bridges.set(name, bridge);
      await bridge.publishMetrics((await scenario.stack.log()).filter(isEmfLine));
    },
    close: () => emulator.stop(),
  };
}

/**
 * Creates a bridge that publishes only the metric of one alarm, because MiniStack ignores dimensions when it
 * evaluates an alarm.
 */
async function createMetricsBridge(
  { stack }: Scenario,
  endpoint: string,
  name: string,
): Promise<MetricsBridge> {
  const [alarm] = await alarms(stack, name);
  const credential = alarm?.Dimensions?.find((each) => each.Name === METRICS.credentialDimension)?.Value;
  return new MetricsBridge({
    endpoint,
    window: (alarm?.Period ?? 0) * (alarm?.EvaluationPeriods ?? 0) * 1000,
    visible: 20_000,
    carries: (point) =>
      point.dimensions[METRICS.credentialDimension] === credential && point.name === alarm?.MetricName,
  });
}

import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { readFleetMonitorEnvironment } from '../shared/environment.ts';
import { fleetMonitorParameterName, METRICS } from '../shared/names.ts';
import { AwsError, errorNameOf, request } from '../store/aws-error.ts';
import { listFleetCredentials } from '../store/list-credentials.ts';
import { credentialsWithoutSchedule } from '../store/schedules.ts';
import { checkFleet } from './check-fleet.ts';
import { type NotifyPorts, notify } from './notifications.ts';

/**
 * The fleet monitor Lambda function reports the health of all fleet credentials, even if the refresher fails.
 *
 * EventBridge Scheduler invokes the function at the check interval, independently of the inbox and the
 * refresher. Late, duplicate and concurrent invocations at worst repeat a notification, because the function
 * only reads and reports. After a failed invocation, metrics are missing, and the alarm treats missing
 * metrics as breaching. The function writes metrics before notifications, so a failed notification loses no
 * metrics.
 */
const { parameterPrefix, namePrefix, scheduleGroup, alarmTopicArn } = readFleetMonitorEnvironment(
  process.env,
);
/** More retries than by default, because the function shares the API quota of the account with consumers. */
const ssm = new SSMClient({ maxAttempts: 8 });
const scheduler = new SchedulerClient({ maxAttempts: 8 });
const sns = new SNSClient({ maxAttempts: 8 });
const log = new Logger({ serviceName: METRICS.service });

export async function handler(): Promise<void> {
  const credentials = await listFleetCredentials(ssm, parameterPrefix);
  const idsWithoutSchedule = await credentialsWithoutSchedule(
    scheduler,
    scheduleGroup,
    credentials.map(({ id }) => id),
  );
  const { health, ...report } = checkFleet(credentials, idsWithoutSchedule, Date.now());
  const { headroom, failureLevel } = report;
  log.info('fleet monitor', { ...report });
  const metrics = new Metrics({
    namespace: METRICS.namespace,
    serviceName: METRICS.service,
    defaultDimensions: { [METRICS.stackDimension]: namePrefix },
  });
  metrics.addMetric(METRICS.fleetHeadroom, MetricUnit.Percent, headroom);
  metrics.addMetric(METRICS.fleetFailureLevel, MetricUnit.NoUnit, failureLevel);
  metrics.publishStoredMetrics();
  await notify(health, NOTIFY_PORTS);
}

const NOTIFIED_LEVELS_PARAMETER = fleetMonitorParameterName(parameterPrefix);

const NOTIFY_PORTS: NotifyPorts = {
  prefix: parameterPrefix,
  region: process.env['AWS_REGION'] ?? '',
  read: async () => {
    try {
      const { Parameter } = await ssm.send(new GetParameterCommand({ Name: NOTIFIED_LEVELS_PARAMETER }));
      return Parameter?.Value;
    } catch (error) {
      if (errorNameOf(error) === 'ParameterNotFound') return undefined;
      throw new AwsError(`read ${NOTIFIED_LEVELS_PARAMETER}`, error);
    }
  },
  write: async (text) => {
    const kind = { Type: 'String', Tier: 'Standard', Overwrite: true } as const;
    const command = new PutParameterCommand({ Name: NOTIFIED_LEVELS_PARAMETER, Value: text, ...kind });
    await request(`write ${NOTIFIED_LEVELS_PARAMETER}`, () => ssm.send(command));
  },
  publish: async (Subject, Message) => {
    const input = { TopicArn: alarmTopicArn, Subject, Message, MessageStructure: 'json' };
    await request(`publish to ${alarmTopicArn}`, () => sns.send(new PublishCommand(input)));
  },
};

import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { readFleetMonitorEnvironment } from '../shared/environment.ts';
import { fleetMonitorParameterName, METRICS } from '../shared/names.ts';
import { AwsError, nameOf } from '../store/aws-error.ts';
import { listFleetCredentials } from '../store/list-credentials.ts';
import { credentialsWithoutSchedule } from '../store/schedules.ts';
import { checkFleet } from './check-fleet.ts';
import { type NotifyPorts, notify } from './notify.ts';

/**
 * The fleet monitor Lambda: the dead-man's switch of the fleet credentials.
 *
 * Trigger: EventBridge Scheduler at the check interval, independent of the inbox and the refresher.
 * Late, twice, concurrent: it reads, reports, and may repeat a notification.
 * Failed: the alarm treats missing metrics as breaching. Metrics are written before notifications.
 */
const { parameterPrefix, stackName, scheduleGroup, alarmTopicArn } = readFleetMonitorEnvironment(process.env);
/** More attempts than usual: it shares the API quota of the account with all consumers. */
const ssm = new SSMClient({ maxAttempts: 8 });
const scheduler = new SchedulerClient({ maxAttempts: 8 });
const sns = new SNSClient({ maxAttempts: 8 });
const log = new Logger({ serviceName: METRICS.service });

export async function handler(): Promise<void> {
  const credentials = await listFleetCredentials(ssm, parameterPrefix);
  const withoutSchedule = await credentialsWithoutSchedule(
    scheduler,
    scheduleGroup,
    credentials.map(({ id }) => id),
  );
  const { health, ...report } = checkFleet(credentials, withoutSchedule, Date.now());
  const { headroom, failureLevel } = report;
  log.info('fleet monitor', { ...report });
  const metrics = new Metrics({
    namespace: METRICS.namespace,
    serviceName: METRICS.service,
    defaultDimensions: { [METRICS.stackDimension]: stackName },
  });
  metrics.addMetric(METRICS.fleetHeadroom, MetricUnit.Percent, headroom);
  metrics.addMetric(METRICS.fleetFailureLevel, MetricUnit.NoUnit, failureLevel);
  metrics.publishStoredMetrics();
  await notify(health, PORTS);
}

const PARAMETER = fleetMonitorParameterName(parameterPrefix);

const PORTS: NotifyPorts = {
  prefix: parameterPrefix,
  region: process.env['AWS_REGION'] ?? '',
  read: async () => {
    try {
      const { Parameter } = await ssm.send(new GetParameterCommand({ Name: PARAMETER }));
      return Parameter?.Value;
    } catch (error) {
      if (nameOf(error) === 'ParameterNotFound') return undefined;
      throw new AwsError(`read ${PARAMETER}`, error);
    }
  },
  write: async (text) => {
    try {
      await ssm.send(
        new PutParameterCommand({
          Name: PARAMETER,
          Value: text,
          Type: 'String',
          Tier: 'Standard',
          Overwrite: true,
        }),
      );
    } catch (error) {
      throw new AwsError(`write ${PARAMETER}`, error);
    }
  },
  publish: async (subject, message) => {
    try {
      await sns.send(
        new PublishCommand({
          TopicArn: alarmTopicArn,
          Subject: subject,
          Message: message,
          MessageStructure: 'json',
        }),
      );
    } catch (error) {
      throw new AwsError(`publish to ${alarmTopicArn}`, error);
    }
  },
};

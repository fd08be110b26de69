import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SSMClient } from '@aws-sdk/client-ssm';
import { readFleetMonitorEnvironment } from '../shared/environment.ts';
import { METRICS } from '../shared/names.ts';
import { listAddedCredentials } from '../store/list-credentials.ts';
import { credentialsWithoutSchedule } from '../store/schedules.ts';
import { checkFleet } from './check-fleet.ts';

/**
 * The fleet monitor Lambda: the dead-man's switch of the fleet credentials.
 *
 * Trigger: EventBridge Scheduler at the check interval, independent of the inbox and the refresher.
 * Late, twice, concurrent: it only reads and reports. Failed: the alarm treats missing metrics as breaching.
 */
const { parameterPrefix, stackName, scheduleGroup } = readFleetMonitorEnvironment(process.env);
/** More attempts than usual: it shares the API quota of the account with all consumers. */
const ssm = new SSMClient({ maxAttempts: 8 });
const scheduler = new SchedulerClient({ maxAttempts: 8 });
const log = new Logger({ serviceName: METRICS.service });

export async function handler(): Promise<void> {
  const credentials = await listAddedCredentials(ssm, parameterPrefix);
  const without = await credentialsWithoutSchedule(
    scheduler,
    scheduleGroup,
    credentials.map(({ id }) => id),
  );
  const { headroom, failureLevel, ...roll } = checkFleet(credentials, without, Date.now());
  log.info('fleet monitor', { headroom, failureLevel, ...roll });
  const metrics = new Metrics({
    namespace: METRICS.namespace,
    serviceName: METRICS.service,
    defaultDimensions: { [METRICS.stackDimension]: stackName },
  });
  metrics.addMetric(METRICS.fleetHeadroom, MetricUnit.Percent, headroom);
  metrics.addMetric(METRICS.fleetFailureLevel, MetricUnit.NoUnit, failureLevel);
  metrics.publishStoredMetrics();
}

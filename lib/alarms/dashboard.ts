import { Duration, Stack } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  GraphWidgetView,
  LogQueryVisualizationType,
  LogQueryWidget,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { METRICS } from '../../lambdas/shared/names.ts';
import { alarmPeriodSeconds } from './lead-time.ts';
import { credentialMetric, serviceMetric } from './stack-metrics.ts';

export interface RefresherDashboardProps {
  /** Begin of the dashboard's name. */
  readonly namePrefix: string;
  readonly checkEvery: Duration;
  readonly inbox: IQueue;
  readonly deadLetters: IQueue;
  readonly logGroup: ILogGroup;
  /** Alarms that concern all credentials. */
  readonly alarms: readonly Alarm[];
}

/** A widget shows no more. Source: CloudWatch API Reference, "Dashboard body structure", alarm widgets. */
const MOST_ALARMS = 100;
const FULL_WIDTH = 24;

/** One page for all credentials. An account has three dashboards for nothing, more cost $3 a month each. */
export class RefresherDashboard extends Construct {
  readonly dashboard: Dashboard;
  readonly #timeToExpiry: GraphWidget;
  readonly #period: Duration;
  #alarms: Alarm[] = [];

  constructor(scope: Construct, id: string, props: RefresherDashboardProps) {
    super(scope, id);
    this.#period = Duration.seconds(alarmPeriodSeconds(props.checkEvery.toSeconds()));

    this.#timeToExpiry = new GraphWidget({
      title: 'Time to expiry',
      width: FULL_WIDTH,
      leftYAxis: { min: 0, label: 'seconds', showUnits: false },
    });
    const half = FULL_WIDTH / 2;
    this.dashboard = new Dashboard(this, 'Dashboard', {
      // Dashboards are the account's, not the region's: without the region two stacks would share one.
      dashboardName: `${props.namePrefix}-${Stack.of(this).region}`,
      defaultInterval: Duration.days(7),
      widgets: [
        [this.#alarmStatus('Alarms of all credentials')],
        [this.#timeToExpiry],
        [
          new GraphWidget({
            title: 'Issues a day',
            width: half,
            view: GraphWidgetView.BAR,
            left: [serviceMetric(METRICS.issued, { statistic: Stats.SUM, period: Duration.days(1) })],
          }),
          new LogQueryWidget({
            title: 'Attempts by outcome',
            width: half,
            view: LogQueryVisualizationType.TABLE,
            logGroupNames: [props.logGroup.logGroupName],
            queryLines: [
              'filter message = "decision" and ispresent(outcome)',
              'stats count(*) as attempts, latest(@timestamp) as last by credential, action, reason, outcome, brokerCode',
              'sort attempts desc',
            ],
          }),
        ],
        [
          new GraphWidget({
            title: 'Age of the oldest message in the inbox',
            width: half,
            left: [props.inbox.metricApproximateAgeOfOldestMessage({ statistic: Stats.MAXIMUM })],
          }),
          new GraphWidget({
            title: 'Dead letters',
            width: half,
            left: [props.deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM })],
          }),
        ],
      ],
    });
    this.#alarms.push(...props.alarms);
  }

  /** Shows one more credential. */
  addCredential(credential: string, alarms: readonly Alarm[]): void {
    this.#timeToExpiry.addLeftMetric(
      credentialMetric(credential, METRICS.secondsToExpiry, {
        statistic: Stats.MINIMUM,
        period: this.#period,
        label: credential,
      }),
    );
    if (this.#alarms.length + alarms.length > MOST_ALARMS) {
      this.#alarms = [];
      this.dashboard.addWidgets(this.#alarmStatus('Alarms of more credentials'));
    }
    this.#alarms.push(...alarms);
  }

  /** A widget whose list is filled later: it is read when the template is written. */
  #alarmStatus(title: string): AlarmStatusWidget {
    return new AlarmStatusWidget({ title, width: FULL_WIDTH, height: 4, alarms: this.#alarms });
  }
}

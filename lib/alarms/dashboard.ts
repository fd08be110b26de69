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
import { Construct } from 'constructs';
import { METRICS } from '../../lambdas/shared/names.ts';
import type { RefresherParts } from '../refresher-parts.ts';
import { alarmPeriodSeconds } from './lead-time.ts';
import { stackMetric } from './stack-metrics.ts';

/** Source: CloudWatch API Reference, "Dashboard body structure", alarm widgets. */
const MAX_ALARMS_PER_WIDGET = 100;
const FULL_WIDTH = 24;
const HALF_WIDTH = FULL_WIDTH / 2;

/**
 * The dashboard of all credentials. Three dashboards of an account are free; each further dashboard costs $3
 * a month.
 */
export class RefresherDashboard extends Construct {
  readonly dashboard: Dashboard;
  readonly #timeToExpiry: GraphWidget;
  readonly #parts: RefresherParts;
  #alarms: Alarm[] = [];

  /** @internal */
  constructor(scope: Construct, id: string, parts: RefresherParts, alarms: readonly Alarm[]) {
    super(scope, id);
    this.#parts = parts;
    this.#timeToExpiry = new GraphWidget({
      title: 'Time to expiry',
      width: FULL_WIDTH,
      leftYAxis: { min: 0, label: 'seconds', showUnits: false },
    });
    this.dashboard = new Dashboard(this, 'Dashboard', {
      // The regions of an account share one list of dashboards, so the name contains the region.
      dashboardName: `${parts.namePrefix}-${Stack.of(this).region}`,
      defaultInterval: Duration.days(7),
      widgets: [
        [this.#alarmStatus('Alarms of all credentials')],
        [this.#timeToExpiry],
        [issuesPerDayWidget(parts), attemptsByOutcomeWidget(parts)],
        queueWidgets(parts),
      ],
    });
    this.#alarms.push(...alarms);
  }

  /** Adds a credential and its alarms. */
  addCredential(credential: string, alarms: readonly Alarm[]): void {
    const { namePrefix, checkEvery } = this.#parts;
    const period = Duration.seconds(alarmPeriodSeconds(checkEvery.toSeconds()));
    const options = { statistic: Stats.MINIMUM, period, label: credential };
    this.#timeToExpiry.addLeftMetric(stackMetric(namePrefix, METRICS.secondsToExpiry, options, credential));
    if (this.#alarms.length + alarms.length > MAX_ALARMS_PER_WIDGET) {
      this.#alarms = [];
      this.dashboard.addWidgets(this.#alarmStatus('Alarms of more credentials'));
    }
    this.#alarms.push(...alarms);
  }

  /** Creates a widget whose list of alarms can grow until synthesis. */
  #alarmStatus(title: string): AlarmStatusWidget {
    return new AlarmStatusWidget({ title, width: FULL_WIDTH, height: 4, alarms: this.#alarms });
  }
}

function issuesPerDayWidget({ namePrefix }: RefresherParts): GraphWidget {
  return new GraphWidget({
    title: 'Issue calls per day',
    width: HALF_WIDTH,
    view: GraphWidgetView.BAR,
    left: [stackMetric(namePrefix, METRICS.issued, { statistic: Stats.SUM, period: Duration.days(1) })],
  });
}

function attemptsByOutcomeWidget({ refresher }: RefresherParts): LogQueryWidget {
  return new LogQueryWidget({
    title: 'Attempts by outcome',
    width: HALF_WIDTH,
    view: LogQueryVisualizationType.TABLE,
    logGroupNames: [refresher.logGroup.logGroupName],
    queryLines: [
      'filter message = "decision" and ispresent(outcome)',
      'stats count(*) as attempts, latest(@timestamp) as last by credential, action, reason, outcome, brokerCode',
      'sort attempts desc',
    ],
  });
}

function queueWidgets({ inbox: { queue, deadLetters } }: RefresherParts): GraphWidget[] {
  const statistic = Stats.MAXIMUM;
  const age = queue.metricApproximateAgeOfOldestMessage({ statistic });
  const messageCount = deadLetters.metricApproximateNumberOfMessagesVisible({ statistic });
  return [
    new GraphWidget({ title: 'Age of the oldest message in the inbox', width: HALF_WIDTH, left: [age] }),
    new GraphWidget({ title: 'Dead letters', width: HALF_WIDTH, left: [messageCount] }),
  ];
}

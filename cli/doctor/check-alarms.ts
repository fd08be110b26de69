import { ALARMS, runbookChapterPath } from '../../lambdas/shared/names.ts';
import { listStackAlarms, type StackAlarm } from '../aws/stack-alarms.ts';
import type { CliContext } from '../cli-context.ts';
import type { Credential } from '../credentials.ts';
import { at } from '../time.ts';
import { checkDelivery } from './check-delivery.ts';
import { REVERT_DRIFT_COMMAND, type Report } from './finding.ts';

export async function checkAlarms(context: CliContext, credentials: readonly Credential[], report: Report) {
  const { clock, stack } = context;
  const alarms = await listStackAlarms(context);
  const expectedNames = expectedAlarmNames(stack, credentials);
  const missingNames = expectedNames.filter((name) => !alarms.some((alarm) => alarm.name === name));
  if (missingNames.length === expectedNames.length)
    return report.failed(
      `There is no alarm whose name starts with ${stack}-.`,
      `Pass --stack <name of the stack>. If the name of the stack is ${stack}, run: ${REVERT_DRIFT_COMMAND}`,
    );
  for (const name of missingNames) report.failed(`The alarm ${name} does not exist.`, REVERT_DRIFT_COMMAND);
  for (const alarm of alarms) checkAlarm(alarm, clock.now(), report);
  if (report.findings.length === 0) report.ok(`${alarms.length} alarms, none is in ALARM state.`);
  const topics = [...new Set(alarms.flatMap(({ actions }) => actions))];
  await report.runForEach(topics, (topic, topicReport) => checkDelivery(context, topic, topicReport));
}

function expectedAlarmNames(stack: string, credentials: readonly Credential[]): readonly string[] {
  const stackCredentials = credentials.filter(({ config }) => config.managedBy === undefined);
  const hasFleet = stackCredentials.length < credentials.length;
  return [
    ...stackCredentials.flatMap(({ config }) =>
      ALARMS.credential.map((chapter) => `${stack}-${config.id}-${chapter}`),
    ),
    ...[...ALARMS.service, ...(hasFleet ? ALARMS.fleet : [])].map((chapter) => `${stack}-${chapter}`),
  ];
}

function checkAlarm(alarm: StackAlarm, now: number, report: Report): void {
  const { name, chapter, state, since, actions } = alarm;
  const sinceText = since === undefined ? '' : ` since ${at(since, now)}`;
  if (actions.length === 0)
    report.failed(`${name} sends no notifications: it has no action.`, REVERT_DRIFT_COMMAND);
  else if (!alarm.actionsEnabled)
    report.failed(
      `${name} sends no notifications: its actions are disabled.`,
      `aws cloudwatch enable-alarm-actions --alarm-names ${name}`,
    );
  if (state === 'ALARM') report.failed(`${name} is in ALARM state${sinceText}.`, runbookChapterPath(chapter));
  if (state === 'INSUFFICIENT_DATA' && chapter.endsWith('ExpiringSoon'))
    report.warning(`${name} has no data yet.`, 'CloudWatch receives data some minutes after a deployment.');
}

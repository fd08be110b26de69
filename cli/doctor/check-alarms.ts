import { ALARMS, runbookChapterPath } from '../../lambdas/shared/names.ts';
import { listStackAlarms, type StackAlarm } from '../aws/stack-alarms.ts';
import type { CliContext } from '../cli-context.ts';
import type { Credential } from '../credentials.ts';
import { at } from '../time.ts';
import { checkDelivery } from './check-delivery.ts';
import {
  type Findings,
  failed,
  failedIf,
  ok,
  REVERT_DRIFT_COMMAND,
  runCheckForEach,
  warning,
} from './finding.ts';

/** Checks the alarms and the delivery of their notifications. */
export async function checkAlarms(
  context: CliContext,
  credentials: readonly Credential[],
): Promise<Findings> {
  const { clock, stack } = context;
  const alarms = await listStackAlarms(context);
  const expectedNames = expectedAlarmNames(stack, credentials);
  const missingNames = expectedNames.filter((name) => !alarms.some((alarm) => alarm.name === name));
  if (missingNames.length === expectedNames.length)
    return [
      failed(
        `There is no alarm whose name starts with ${stack}-.`,
        `Pass --stack <name of the stack>. If the name of the stack is ${stack}, run: ${REVERT_DRIFT_COMMAND}`,
      ),
    ];
  const findings = [
    ...missingNames.map((name) => failed(`The alarm ${name} does not exist.`, REVERT_DRIFT_COMMAND)),
    ...alarms.flatMap((alarm) => checkAlarm(alarm, clock.now())),
  ];
  const topics = [...new Set(alarms.flatMap(({ actions }) => actions))];
  return [
    ...(findings.length > 0 ? findings : [ok(`${alarms.length} alarms, none is in ALARM state.`)]),
    ...(await runCheckForEach(topics, (topic) => checkDelivery(context, topic))),
  ];
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

function checkAlarm({ name, chapter, state, since, ...alarm }: StackAlarm, now: number): Findings {
  const hasAction = alarm.actions.length > 0;
  const sinceText = since === undefined ? '' : ` since ${at(since, now)}`;
  const hasNoData = state === 'INSUFFICIENT_DATA' && /ExpiringSoon$/.test(chapter);
  return [
    ...failedIf(!hasAction, `${name} sends no notifications: it has no action.`, REVERT_DRIFT_COMMAND),
    ...failedIf(
      hasAction && !alarm.actionsEnabled,
      `${name} sends no notifications: its actions are disabled.`,
      `aws cloudwatch enable-alarm-actions --alarm-names ${name}`,
    ),
    ...failedIf(state === 'ALARM', `${name} is in ALARM state${sinceText}.`, runbookChapterPath(chapter)),
    ...(hasNoData
      ? [warning(`${name} has no data yet.`, 'CloudWatch receives data some minutes after a deployment.')]
      : []),
  ];
}

import type { MetricAlarm } from '@aws-sdk/client-cloudwatch';
import type { CliContext } from '../cli-context.ts';

export type StackAlarm = ReturnType<typeof toStackAlarm>;

/** Returns the alarms whose names start with the name of the stack. */
export async function listStackAlarms({ aws, stack }: CliContext, state?: StackAlarm['state']) {
  const prefix = `${stack}-`;
  const pages = await aws.pages('cloudwatch:DescribeAlarms', 'alarm:*', {
    AlarmNamePrefix: prefix,
    AlarmTypes: ['MetricAlarm'],
    StateValue: state,
  });
  // The result is filtered again, because AWS emulators ignore some filters of the request.
  return pages
    .flatMap(({ MetricAlarms = [] }) => MetricAlarms.map((alarm) => toStackAlarm(alarm, prefix)))
    .filter((alarm) => alarm.name.startsWith(prefix) && (state === undefined || alarm.state === state));
}

function toStackAlarm(alarm: MetricAlarm, prefix: string) {
  const name = alarm.AlarmName ?? '';
  const [, credentialId, chapter = ''] = /^(?:(.+)-)?(\w+)$/.exec(name.slice(prefix.length)) ?? [];
  return {
    name,
    /** The title of the alarm's chapter in the runbook, such as `ActionRequired`. */
    chapter,
    /** Undefined for an alarm that monitors all credentials. */
    credentialId,
    state: alarm.StateValue ?? 'INSUFFICIENT_DATA',
    /** The time of the last change of `state`, in epoch milliseconds. */
    since: (alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp)?.getTime(),
    actions: alarm.AlarmActions ?? [],
    actionsEnabled: alarm.ActionsEnabled ?? true,
  };
}

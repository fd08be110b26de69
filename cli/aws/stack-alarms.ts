import type { MetricAlarm } from '@aws-sdk/client-cloudwatch';
import type { CliContext } from '../cli-context.ts';

/** An alarm of the stack, as CloudWatch has it. */
export interface StackAlarm {
  readonly name: string;
  /** The chapter of the runbook: `ActionRequired`. */
  readonly chapter: string;
  /** Absent: it concerns all credentials. */
  readonly credential: string | undefined;
  readonly state: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';
  /** When it came into that state, epoch milliseconds. */
  readonly since: number | undefined;
  readonly actions: readonly string[];
  readonly actionsEnabled: boolean;
}

/** The alarms of the stack, known by the begin of their names. */
export async function stackAlarms(
  context: CliContext,
  state?: StackAlarm['state'],
): Promise<readonly StackAlarm[]> {
  const prefix = `${context.stack}-`;
  const { paginateDescribeAlarms } = await import('@aws-sdk/client-cloudwatch');
  const found = await context.aws.use('cloudwatch:DescribeAlarms', 'alarm:*', async (client) => {
    const input = {
      AlarmNamePrefix: prefix,
      AlarmTypes: ['MetricAlarm' as const],
      ...(state && { StateValue: state }),
    };
    const all: MetricAlarm[] = [];
    for await (const { MetricAlarms = [] } of paginateDescribeAlarms({ client }, input, {
      abortSignal: context.signal,
    }))
      all.push(...MetricAlarms);
    return all;
  });
  // Emulators may give more than was asked for.
  return found
    .map((alarm) => alarmOf(alarm, prefix))
    .filter((alarm) => alarm.name.startsWith(prefix) && (state === undefined || alarm.state === state));
}

function alarmOf(alarm: MetricAlarm, prefix: string): StackAlarm {
  const name = alarm.AlarmName ?? '';
  const [, credential, chapter = ''] = /^(?:(.+)-)?(\w+)$/.exec(name.slice(prefix.length)) ?? [];
  return {
    name,
    chapter,
    credential,
    state: alarm.StateValue ?? 'INSUFFICIENT_DATA',
    since: (alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp)?.getTime(),
    actions: alarm.AlarmActions ?? [],
    actionsEnabled: alarm.ActionsEnabled ?? true,
  };
}

import { ALARMS } from '../../lambdas/shared/names.ts';
import { type StackAlarm, stackAlarms } from '../aws/stack-alarms.ts';
import type { CliContext } from '../cli-context.ts';
import type { Credential } from '../credentials.ts';
import { at } from '../time.ts';
import { checkDelivery } from './check-delivery.ts';
import { check, type Finding, ok, watch, wrong } from './finding.ts';

/** The alarms, and whether their notifications are delivered. */
export async function checkAlarms(
  context: CliContext,
  credentials: readonly Credential[],
): Promise<readonly Finding[]> {
  const found = await stackAlarms(context);
  const own = credentials.filter(({ config }) => config.managedBy === undefined);
  const ofFleet = own.length < credentials.length ? ALARMS.fleet : [];
  const expected = [
    ...own.flatMap(({ config }) =>
      ALARMS.credential.map((chapter) => `${context.stack}-${config.id}-${chapter}`),
    ),
    ...[...ALARMS.service, ...ofFleet].map((chapter) => `${context.stack}-${chapter}`),
  ];
  const missing = expected.filter((name) => !found.some((alarm) => alarm.name === name));
  if (missing.length === expected.length)
    return [
      wrong(
        `There is no alarm whose name begins with ${context.stack}-.`,
        'Pass --stack <name of the stack>, or deploy it again.',
      ),
    ];
  const findings = [
    ...missing.map((name) => wrong(`The alarm ${name} is missing.`, 'Deploy the stack again.')),
    ...found.flatMap((alarm) => stateOf(alarm, context.clock.now())),
  ];
  const topics = [...new Set(found.flatMap(({ actions }) => actions))];
  const delivered = (
    await Promise.all(topics.map((topic) => check(() => checkDelivery(context, topic))))
  ).flat();
  const quiet = findings.length === 0 ? [ok(`${found.length} alarms, none of them on.`)] : findings;
  return [...quiet, ...delivered];
}

function stateOf(alarm: StackAlarm, now: number): readonly Finding[] {
  const { name, chapter, state, since, actions, actionsEnabled } = alarm;
  const findings: Finding[] = [];
  if (actions.length === 0)
    findings.push(wrong(`${name} notifies nothing: it has no action.`, 'Deploy the stack again.'));
  else if (!actionsEnabled)
    findings.push(
      wrong(
        `${name} notifies nothing: its actions are disabled.`,
        `aws cloudwatch enable-alarm-actions --alarm-names ${name}`,
      ),
    );
  if (state === 'ALARM')
    findings.push(
      wrong(
        `${name} is on${since === undefined ? '' : ` since ${at(since, now)}`}.`,
        `docs/runbook.md#${chapter.toLowerCase()}`,
      ),
    );
  if (state === 'INSUFFICIENT_DATA' && /ExpiringSoon$/.test(chapter))
    findings.push(watch(`${name} has no data yet.`, 'Right after a deployment that is so for some minutes.'));
  return findings;
}

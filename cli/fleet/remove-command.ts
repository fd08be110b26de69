import { isLiveAt } from '../../lambdas/decision/health.ts';
import { isFleetConfig } from '../../lambdas/shared/credential.ts';
import { parameterNames } from '../../lambdas/shared/names.ts';
import type { State } from '../../lambdas/shared/state.ts';
import { parseState } from '../../lambdas/store/state-codec.ts';
import { type CliContext, printResult, requireConfirmation } from '../cli-context.ts';
import { CommandFailedError, EXIT_CODE } from '../cli-error.ts';
import { requireCredentialId, unknownCredentialError } from '../credentials.ts';
import { withProgress } from '../terminal/progress.ts';
import { at, MINUTE, SECOND } from '../time.ts';
import { readFleet, reportTopicArn } from './resources.ts';

/**
 * The time within which a running tick writes its result or the outcome `started` to the state. A broker call
 * ends within 15 s.
 */
const MAX_STATE_WRITE_DELAY = 20 * SECOND;
/** The longest time to wait for a tick. Lambda ends an invocation after 15 minutes at the latest. */
const MAX_TICK_WAIT = 20 * MINUTE;

/** `remove <id>`: removes a fleet credential, but keeps its secret. The command can be repeated. */
export async function remove(context: CliContext, id: string, { yes }: { readonly yes?: true }) {
  requireCredentialId(context, id);
  const { aws, terminal } = context;
  const fleet = await readFleet(context);
  const reportTopic = reportTopicArn(fleet, id);
  const { config, state } = await readConfigAndState(context, id);
  if (config !== undefined) {
    if (!isFleetConfig(config))
      throw new CommandFailedError(
        `The credential ${id} belongs to the stack, so it is not a fleet credential.`,
        'Delete the credential from cdk.json, and deploy: npx cdk deploy.',
      );
    await requireConfirmation(context, confirmationQuestion(context, id, state), yes);
  }
  const schedule = `${fleet.scheduleGroup}/${id}`;
  const deletedSchedule = await aws.find('scheduler:DeleteSchedule', `schedule/${schedule}`, {
    GroupName: fleet.scheduleGroup,
    Name: id,
  });
  // A credential exists if it has a schedule, because an operator can have deleted its parameters.
  if (config === undefined && deletedSchedule === undefined) throw await unknownCredentialError(context, id);
  await waitForTick(context, id);
  // SNS reports no error if the topic does not exist (SNS API reference, DeleteTopic).
  await aws.call('sns:DeleteTopic', reportTopic, { TopicArn: reportTopic });
  const Names = Object.values(parameterNames(context.prefix, id));
  const { DeletedParameters: deleted = [] } = await aws.call('ssm:DeleteParameters', Names.join(', '), {
    Names,
  });
  printResult(context, { credential: id, result: 'removed', deleted, schedule, reportTopic }, [
    `${terminal.paint('green', '✔')} ${id} is removed. Deleted: ${[`schedule ${schedule}`, `topic ${reportTopic}`, ...deleted].join(', ')}. Its secret stays.`,
  ]);
  return EXIT_CODE.ok;
}

function confirmationQuestion({ clock, program }: CliContext, id: string, state: State | undefined): string {
  const now = clock.now();
  if (state?.published === undefined || !isLiveAt(state, now)) return `Remove ${id}? It has no live token.`;
  const expiry = at(state.published.expiresAt, now);
  return `Remove ${id}? Programs no longer find its token. The broker accepts the token until ${expiry}; to revoke it first: ${program} revoke ${id} --no-reissue.`;
}

async function readConfigAndState({ aws, prefix }: CliContext, id: string) {
  const names = parameterNames(prefix, id);
  const Names = [names.config, names.state];
  const { Parameters = [] } = await aws.call('ssm:GetParameters', Names.join(', '), { Names });
  const [config, stateText] = Names.map((name) => Parameters.find((each) => each.Name === name)?.Value);
  return { config, state: stateText === undefined ? undefined : parseState(stateText).state };
}

/** Waits until a running tick ends, because the tick could write the parameters after their deletion. */
async function waitForTick(context: CliContext, id: string): Promise<void> {
  const { clock, program, signal } = context;
  const interruptionTexts = [
    'Interrupted: the schedule is deleted, the parameters are not.',
    `To continue, run: ${program} remove ${id}. To keep the credential, run ${program} add ${id} with the same options.`,
  ] as const;
  await withProgress(context, interruptionTexts, async (show) => {
    show(
      `The schedule is deleted. Waiting ${MAX_STATE_WRITE_DELAY / SECOND} s for a tick that may be running`,
    );
    do {
      await clock.sleepUntil(clock.now() + MAX_STATE_WRITE_DELAY, signal);
    } while (await isTickRunning(context, id));
  });
}

/** Returns whether the state contains a started broker call whose invocation may still be running. */
async function isTickRunning(context: CliContext, id: string): Promise<boolean> {
  const attempt = (await readConfigAndState(context, id)).state?.attempt;
  return attempt?.outcome === 'started' && context.clock.now() < attempt.at + MAX_TICK_WAIT;
}
